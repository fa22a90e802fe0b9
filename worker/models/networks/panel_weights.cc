#include "worker/models/networks/panel_weights.h"

namespace parzen {

void PanelWeights::ForEach(float* weights, float* gradients, const std::function<void(const Weight&)>& use) const {
  const int64_t fan_out = outputs_ * receptive_;
  for (int64_t input = 0; input < inputs_; ++input) {
    for (int64_t output = 0; output < outputs_; ++output) {
      use({&at(weights, input, output), &at(gradients, input, output), false, inputs_, fan_out});
    }
  }
  for (int64_t output = 0; output < outputs_; ++output) {
    use({biases(weights) + output, biases(gradients) + output, true, inputs_, fan_out});
  }
}

}  // namespace parzen
