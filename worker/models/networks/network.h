// A network: layers one after another, their weights in one piece, and buffers for a batch that are planned once.
// Threads: as layers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "worker/models/networks/layer.h"

namespace parzen {

// What a network has learned: its weights, in the order of ForEachWeight, and what its layers remember beside them.
struct NetworkState {
  std::vector<float> weights;
  std::vector<float> memory;
};

class Network {
 public:
  // Takes up to `rows` rows at a time. Requires: each layer takes what the one before gives; at least one.
  Network(std::vector<std::unique_ptr<Layer>> layers, int64_t rows);

  const Shape& input() const { return layers_.front()->input(); }
  const Shape& output() const { return layers_.back()->output(); }
  int64_t rows() const { return rows_; }

  // What the rows become. Valid until the next pass. `features`: rows as features lie in a matrix.
  Batch Forward(const float* features, int64_t rows, const Pass& pass);
  // What went into the last layer then. Valid as long.
  Batch last_input() const { return value_batch(layers_.size() - 1); }
  // The gradients of all weights, from those of the outputs of the last pass, which learned: `output_gradient` has to
  // be filled first. May be called once after each.
  void Backward();
  Batch output_gradient() const { return gradient_batch(layers_.size()); }

  absl::Span<float> weights() { return absl::MakeSpan(weights_); }
  absl::Span<float> gradients() { return absl::MakeSpan(gradients_); }
  void ForEachWeight(const std::function<void(const Weight&)>& use) const;

  NetworkState State() const;
  // Requires: the state of a network of the same layers.
  void SetState(const NetworkState& state);

 private:
  // In front of layer i; behind the last one where there is none.
  Batch value_batch(size_t i) const;
  Batch gradient_batch(size_t i) const;

  std::vector<std::unique_ptr<Layer>> layers_;
  int64_t rows_;
  // Layers keep pointers into these: their size never changes.
  Floats weights_, gradients_;
  // Of each place in front of a layer and behind the last: which buffer it has. The first are the features themselves.
  std::vector<size_t> buffer_of_;
  mutable std::vector<Floats> values_, gradients_of_values_;
  const float* features_ = nullptr;
  int64_t batch_rows_ = 0;
};

}  // namespace parzen
