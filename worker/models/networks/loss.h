// What networks lower, and what their outputs mean. Pure functions.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"
#include "worker/models/networks/layer.h"

namespace parzen {

// What rows should be predicted as: classes, or numbers.
struct Targets {
  absl::Span<const int32_t> labels;
  absl::Span<const float> numbers;  // of a regression, brought to mean 0 and variance 1; else empty
};

class Loss {
 public:
  // InvalidArgument: BINARY_CROSS_ENTROPY of more than two classes. Without classes it is a regression.
  static absl::StatusOr<Loss> Make(Training::Loss kind, int classes);

  // What a row of each class counts when it is learned from; empty: one. Value does not ask: how well rows are known is
  // told of them as they are.
  void SetClassWeights(std::vector<double> weights) { weights_ = std::move(weights); }

  // How many outputs it asks for.
  int64_t outputs() const { return outputs_; }

  // Of the outputs before they are predictions, the sum of the rows' losses.
  double Value(const Batch& outputs, const Targets& targets) const;
  // The same, each row's times what it counts, with its gradient times `factor` for each output.
  double Gradient(const Batch& outputs, const Targets& targets, float factor, const Batch& gradient) const;

  // Rows whose most probable class is theirs; 0 in a regression.
  int64_t CountRight(const Batch& outputs, const Targets& targets) const;

  // Probabilities, rows x classes; in a regression the numbers.
  void Predict(const Batch& outputs, Eigen::Ref<FeatureMatrix> predictions) const;

 private:
  enum class Kind { kSoftmax, kBinary, kSquareOfSigmoids, kSquare };

  Loss(Kind kind, int classes, int64_t outputs) : kind_(kind), classes_(classes), outputs_(outputs) {}

  // Of one row; `gradient` may be null.
  double OfRow(const float* outputs, int64_t row, const Targets& targets, float factor, float* gradient) const;
  double OfRows(const Batch& outputs, const Targets& targets, float factor, const Batch* gradient) const;
  double SoftmaxOfRow(const float* outputs, int32_t label, float factor, float* gradient) const;
  double SigmoidsOfRow(const float* outputs, int32_t label, float factor, float* gradient) const;

  Kind kind_;
  int classes_;
  int64_t outputs_;
  std::vector<double> weights_;
};

}  // namespace parzen
