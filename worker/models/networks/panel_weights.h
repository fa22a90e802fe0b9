// Weights of inputs x outputs, and a bias for each output, in the panels of worker/linear/panel_products.h.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "worker/linear/panel_products.h"
#include "worker/models/networks/layer.h"

namespace parzen {

class PanelWeights {
 public:
  // `receptive`: places of a kernel, each of which has its share of the inputs; `outputs` count once for each of them.
  PanelWeights(int64_t inputs, int64_t outputs, int64_t receptive)
      : inputs_(inputs), outputs_(outputs), receptive_(receptive), padded_(PaddedToPanels(outputs)) {}

  int64_t inputs() const { return inputs_; }
  int64_t outputs() const { return outputs_; }
  int64_t panels() const { return PanelCount(outputs_); }
  int64_t width(int64_t panel) const { return WidthOfPanel(panel, outputs_); }
  int64_t numbers() const { return (inputs_ + 1) * padded_; }

  // Of those numbers, weights or their gradients.
  float* panel(float* numbers, int64_t panel) const { return numbers + panel * kPanelWidth * inputs_; }
  float* biases(float* numbers) const { return numbers + inputs_ * padded_; }
  float& at(float* numbers, int64_t input, int64_t output) const {
    const int64_t of = output / kPanelWidth;
    return panel(numbers, of)[input * width(of) + output % kPanelWidth];
  }

  void ForEach(float* weights, float* gradients, const std::function<void(const Weight&)>& use) const;

 private:
  int64_t inputs_;
  int64_t outputs_;
  int64_t receptive_;
  int64_t padded_;
};

}  // namespace parzen
