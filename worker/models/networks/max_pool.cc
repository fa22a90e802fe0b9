#include "worker/models/networks/max_pool.h"

#include <algorithm>

#include "worker/linear/panel_products.h"

namespace parzen {

void MaxPool::Pool(const float* in, float* out, int32_t* which) const {
  const int64_t lanes = PaddedToPanels(in_.channels);
  ForEach([&](int64_t pooled, int64_t corner) {
    float* const to = out + pooled;
    std::copy_n(in + corner, lanes, to);
    if (which != nullptr) std::fill_n(which + pooled, lanes, 0);
    for (int32_t place = 1; place < pool_ * pool_; ++place) {
      const float* const other = in + corner + Place(place);
      if (which != nullptr) {
        int32_t* const from = which + pooled;
        for (int64_t c = 0; c < lanes; ++c) from[c] = other[c] > to[c] ? place : from[c];
      }
      for (int64_t c = 0; c < lanes; ++c) to[c] = other[c] > to[c] ? other[c] : to[c];
    }
  });
}

void MaxPool::Unpool(const float* out_gradient, const int32_t* which, float* in_gradient) const {
  const int64_t lanes = PaddedToPanels(in_.channels);
  // Only what lies at the right and at the bottom, and between the pixels, is not written to below.
  std::fill_n(in_gradient, in_.row_stride(), 0.F);
  ForEach([&](int64_t pooled, int64_t corner) {
    for (int32_t place = 0; place < pool_ * pool_; ++place) {
      float* const to = in_gradient + corner + Place(place);
      for (int64_t c = 0; c < lanes; ++c) to[c] = which[pooled + c] == place ? out_gradient[pooled + c] : 0;
    }
  });
}

}  // namespace parzen
