#include "worker/models/networks/initialize.h"

#include <cmath>

namespace parzen {
namespace {

double Draw(const Training& training, const Weight& weight, RandomStream& stream) {
  const auto inputs = static_cast<double>(weight.inputs), outputs = static_cast<double>(weight.outputs);
  switch (training.initializer()) {
    case Training::HE_NORMAL:
      return stream.Normal() * std::sqrt(2 / inputs);
    case Training::GLOROT_UNIFORM: {
      const double limit = std::sqrt(6 / (inputs + outputs));
      return stream.Uniform(-limit, limit);
    }
    case Training::GLOROT_NORMAL:
      return stream.Normal() * std::sqrt(2 / (inputs + outputs));
    case Training::FAN_IN_UNIFORM: {
      const double limit = 1 / std::sqrt(inputs);
      return stream.Uniform(-limit, limit);
    }
    case Training::UNIFORM:
      return stream.Uniform(-training.uniform_limit(), training.uniform_limit());
    default: {
      const double limit = std::sqrt(6 / inputs);
      return stream.Uniform(-limit, limit);
    }
  }
}

bool DrawsBiases(const Training& training) {
  return training.initializer() == Training::UNIFORM || training.initializer() == Training::FAN_IN_UNIFORM;
}

}  // namespace

void InitializeWeights(const Training& training, RandomStream stream, Network& network) {
  network.ForEachWeight([&](const Weight& weight) {
    if (weight.inputs == 0) {
      *weight.value = weight.is_bias ? 0 : 1;
    } else if (weight.is_bias && !DrawsBiases(training)) {
      *weight.value = 0;
    } else {
      *weight.value = static_cast<float>(Draw(training, weight, stream));
    }
  });
}

}  // namespace parzen
