#include "worker/models/networks/loss.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

absl::StatusOr<Loss> Loss::Make(Training::Loss kind, int classes) {
  if (classes == 0) return Loss(Kind::kSquare, 0, 1);
  switch (kind) {
    case Training::BINARY_CROSS_ENTROPY:
      if (classes <= 2) return Loss(Kind::kBinary, classes, 1);
      return absl::InvalidArgumentError(
          absl::StrCat("loss: BINARY_CROSS_ENTROPY tells two classes apart, and there are ", classes,
                       "; CROSS_ENTROPY takes as many as there are"));
    case Training::SQUARE:
      return Loss(Kind::kSquareOfSigmoids, classes, classes <= 2 ? 1 : classes);
    default:
      return Loss(Kind::kSoftmax, classes, classes);
  }
}

double Loss::SoftmaxOfRow(const float* outputs, int32_t label, float factor, float* gradient) const {
  const double largest = *std::max_element(outputs, outputs + outputs_);
  double sum = 0;
  for (int64_t i = 0; i < outputs_; ++i) sum += std::exp(outputs[i] - largest);
  for (int64_t i = 0; gradient != nullptr && i < outputs_; ++i) {
    const double share = std::exp(outputs[i] - largest) / sum;
    gradient[i] = static_cast<float>(factor * (share - (i == label ? 1 : 0)));
  }
  return std::log(sum) + largest - outputs[label];
}

double Loss::SigmoidsOfRow(const float* outputs, int32_t label, float factor, float* gradient) const {
  double loss = 0;
  for (int64_t i = 0; i < outputs_; ++i) {
    const double wanted = outputs_ == 1 ? label : (i == label ? 1 : 0);
    const double share = Sigmoid(outputs[i]), missed = share - wanted;
    const double slope = kind_ == Kind::kBinary ? missed : 2 * missed * share * (1 - share);
    if (gradient != nullptr) gradient[i] = static_cast<float>(factor * slope);
    // -ln(sigmoid(x)) without the loss of large x.
    const double x = wanted > 0 ? -outputs[i] : outputs[i];
    loss += kind_ == Kind::kBinary ? std::max(x, 0.) + std::log1p(std::exp(-std::abs(x))) : missed * missed;
  }
  return loss;
}

double Loss::OfRow(const float* outputs, int64_t row, const Targets& targets, float factor, float* gradient) const {
  const auto at = static_cast<size_t>(row);
  if (kind_ == Kind::kSoftmax) return SoftmaxOfRow(outputs, targets.labels[at], factor, gradient);
  if (kind_ != Kind::kSquare) return SigmoidsOfRow(outputs, targets.labels[at], factor, gradient);
  const double missed = static_cast<double>(outputs[0]) - targets.numbers[at];
  if (gradient != nullptr) gradient[0] = static_cast<float>(2 * factor * missed);
  return missed * missed;
}

double Loss::OfRows(const Batch& outputs, const Targets& targets, float factor, const Batch* gradient) const {
  double sum = 0;
  for (int64_t row = 0; row < outputs.rows; ++row) {
    float* const to = gradient == nullptr ? nullptr : gradient->row(row);
    if (to != nullptr) std::fill(to + outputs_, to + gradient->shape.row_stride(), 0.F);
    const bool weighted = to != nullptr && !weights_.empty();
    const double weight = weighted ? weights_[static_cast<size_t>(targets.labels[static_cast<size_t>(row)])] : 1;
    sum += weight * OfRow(outputs.row(row), row, targets, static_cast<float>(factor * weight), to);
  }
  return sum;
}

double Loss::Value(const Batch& outputs, const Targets& targets) const { return OfRows(outputs, targets, 0, nullptr); }

double Loss::Gradient(const Batch& outputs, const Targets& targets, float factor, const Batch& gradient) const {
  return OfRows(outputs, targets, factor, &gradient);
}

int64_t Loss::CountRight(const Batch& outputs, const Targets& targets) const {
  int64_t right = 0;
  for (int64_t row = 0; kind_ != Kind::kSquare && row < outputs.rows; ++row) {
    const float* const values = outputs.row(row);
    const int64_t best = outputs_ == 1 ? (values[0] > 0 ? 1 : 0) : std::max_element(values, values + outputs_) - values;
    right += best == targets.labels[static_cast<size_t>(row)] ? 1 : 0;
  }
  return right;
}

void Loss::Predict(const Batch& outputs, Eigen::Ref<FeatureMatrix> predictions) const {
  for (int64_t row = 0; row < outputs.rows; ++row) {
    const Eigen::Map<const Eigen::RowVectorXf> values(outputs.row(row), outputs_);
    auto predicted = predictions.row(row);
    if (kind_ == Kind::kSquare) {
      predicted = values;
    } else if (kind_ == Kind::kSoftmax) {
      const Eigen::RowVectorXd shares = (values.cast<double>().array() - values.maxCoeff()).exp();
      predicted = (shares / shares.sum()).cast<float>();
    } else if (outputs_ == 1) {
      const double share = Sigmoid(values[0]);
      if (classes_ == 2) predicted[1] = static_cast<float>(share);
      predicted[0] = classes_ == 2 ? static_cast<float>(1 - share) : 1;
    } else {
      const Eigen::RowVectorXd shares = values.cast<double>().unaryExpr(&Sigmoid);
      const double sum = shares.sum();
      predicted = sum > 0 ? (shares / sum).cast<float>().eval()
                          : Eigen::RowVectorXf::Constant(outputs_, 1.F / static_cast<float>(outputs_)).eval();
    }
  }
}

}  // namespace parzen
