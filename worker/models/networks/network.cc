#include "worker/models/networks/network.h"

#include <algorithm>
#include <utility>

namespace parzen {

Network::Network(std::vector<std::unique_ptr<Layer>> layers, int64_t rows) : layers_(std::move(layers)), rows_(rows) {
  int64_t numbers = 0;
  for (const std::unique_ptr<Layer>& layer : layers_) numbers += layer->weight_numbers();
  weights_.resize(static_cast<size_t>(numbers));
  gradients_.resize(static_cast<size_t>(numbers));
  int64_t first = 0;
  buffer_of_ = {0};
  values_.emplace_back();
  for (const std::unique_ptr<Layer>& layer : layers_) {
    layer->Bind(weights_.data() + first, gradients_.data() + first);
    first += layer->weight_numbers();
    // Features are never written to: a layer that works in place gets a copy of them.
    if (!layer->in_place() || values_.size() == 1) {
      values_.emplace_back(static_cast<size_t>(rows_ * layer->output().row_stride()));
    }
    buffer_of_.push_back(values_.size() - 1);
  }
}

Batch Network::value_batch(size_t i) const {
  const Shape& shape = i < layers_.size() ? layers_[i]->input() : output();
  float* const values = i == 0 ? const_cast<float*>(features_) : values_[buffer_of_[i]].data();
  return {values, batch_rows_, shape};
}

Batch Network::gradient_batch(size_t i) const {
  const Shape& shape = i < layers_.size() ? layers_[i]->input() : output();
  return {gradients_of_values_[buffer_of_[i]].data(), batch_rows_, shape};
}

Batch Network::Forward(const float* features, int64_t rows, const Pass& pass) {
  features_ = features;
  batch_rows_ = rows;
  if (pass.learning && gradients_of_values_.empty()) {
    for (const Floats& values : values_) gradients_of_values_.emplace_back(values.size());
  }
  for (size_t i = 0; i < layers_.size(); ++i) {
    const Batch in = value_batch(i), out = value_batch(i + 1);
    if (layers_[i]->in_place() && in.values != out.values) {
      std::copy_n(in.values, rows * in.shape.row_stride(), out.values);
    }
    layers_[i]->Forward(in, out, pass);
  }
  return value_batch(layers_.size());
}

void Network::Backward() {
  for (size_t i = layers_.size(); i-- > 0;) {
    const Batch in_gradient = gradient_batch(i);
    layers_[i]->Backward(value_batch(i), value_batch(i + 1), gradient_batch(i + 1), i == 0 ? nullptr : &in_gradient);
  }
}

void Network::ForEachWeight(const std::function<void(const Weight&)>& use) const {
  for (const std::unique_ptr<Layer>& layer : layers_) layer->ForEachWeight(use);
}

NetworkState Network::State() const {
  NetworkState state;
  ForEachWeight([&](const Weight& weight) { state.weights.push_back(*weight.value); });
  for (const std::unique_ptr<Layer>& layer : layers_) {
    state.memory.insert(state.memory.end(), layer->memory().begin(), layer->memory().end());
  }
  return state;
}

void Network::SetState(const NetworkState& state) {
  auto weight_from = state.weights.begin();
  ForEachWeight([&](const Weight& weight) { *weight.value = *weight_from++; });
  auto from = state.memory.begin();
  for (const std::unique_ptr<Layer>& layer : layers_) {
    const absl::Span<float> memory = layer->memory();
    std::copy_n(from, memory.size(), memory.begin());
    from += static_cast<int64_t>(memory.size());
  }
}

}  // namespace parzen
