// Words for tests of networks.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "worker/models/networks/layers.h"
#include "worker/models/networks/loss.h"
#include "worker/models/networks/network.h"
#include "worker/models/networks/network_plan.h"

namespace parzen {

template <typename Message>
Message FromText(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// Weights and biases drawn between -limit and limit, scales around 1.
inline void DrawWeights(Network& network, uint64_t seed, double limit = .5) {
  RandomStream stream(seed, 0, "weights");
  network.ForEachWeight([&](const Weight& weight) {
    const double middle = weight.inputs == 0 && !weight.is_bias ? 1 : 0;
    *weight.value = static_cast<float>(middle + stream.Uniform(-limit, limit));
  });
}

// Normal numbers.
inline std::vector<float> Normals(int64_t count, uint64_t seed) {
  RandomStream stream(seed, 0, "normals");
  std::vector<float> numbers(static_cast<size_t>(count));
  for (float& number : numbers) number = static_cast<float>(stream.Normal());
  return numbers;
}

inline std::vector<float*> Values(const Network& network) {
  std::vector<float*> values;
  network.ForEachWeight([&](const Weight& weight) { values.push_back(weight.value); });
  return values;
}
inline std::vector<float> Gradients(const Network& network) {
  std::vector<float> gradients;
  network.ForEachWeight([&](const Weight& weight) { gradients.push_back(*weight.gradient); });
  return gradients;
}

}  // namespace parzen
