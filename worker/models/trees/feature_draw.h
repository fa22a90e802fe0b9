// The order in which a node tries its features.
//
// A shuffle of all features, drawn as far as it is needed, whatever comes of each: so that they can be tried one by one
// or many at once. As in scikit-learn, features in which the node's samples agree are drawn like others and count as
// tried, but more are drawn until there is one that differs. Threads: externally synchronised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/random_stream.h"

namespace parzen {

class FeatureDraw {
 public:
  // `features`: those not known to be constant in the node; borrowed and changed. `constants`: how many others there
  // are. `places`: also draw a place for a random cut with each feature.
  FeatureDraw(std::vector<int32_t>& features, size_t constants, bool places, const RandomStream& stream)
      : features_(features), constants_(constants), places_(places), stream_(stream) {}

  struct Drawn {
    int feature;        // -1: one of the constants
    double place = .5;  // in [0, 1)
  };

  size_t drawn() const { return drawn_; }  // not counting the constants
  size_t left() const { return features_.size() - drawn_; }
  // Requires: left() > 0.
  Drawn Next() {
    const size_t chosen = stream_.Below(left() + constants_);
    if (chosen >= left()) {
      --constants_;
      return {-1};
    }
    std::swap(features_[drawn_], features_[drawn_ + chosen]);
    const double place = places_ ? stream_.Uniform() : .5;
    return {features_[drawn_++], place};
  }
  // The feature that was drawn `place` features after the first one, not counting the constants, is constant, too.
  void MarkConstant(size_t place) { features_[place] = -1; }
  // What the node's children may draw from: a feature that is constant here is constant there.
  void DropConstants() {
    for (size_t place = drawn_; place-- > 0;) {
      if (features_[place] >= 0) continue;
      features_[place] = features_.back();
      features_.pop_back();
    }
  }

 private:
  std::vector<int32_t>& features_;
  size_t constants_;
  const bool places_;
  RandomStream stream_;
  size_t drawn_ = 0;
};

}  // namespace parzen
