// Words for tests of transforms.
#pragma once

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "worker/dataset.h"
#include "worker/transforms/transform.h"

namespace parzen {

// The transform of that text, such as "pca { components: 2 }". The test fails when it cannot be made.
std::unique_ptr<Transform> TransformOf(absl::string_view text);

// The message of the error that making it gives; "" when it is made.
std::string TransformError(absl::string_view text);

// What fitting it to those rows says.
absl::Status FitTo(absl::string_view text, const FeatureMatrix& train);

// `rows` after that transform, fitted to `train`.
FeatureMatrix Transformed(absl::string_view text, const FeatureMatrix& train, FeatureMatrix rows);

// The same rows, and back again.
FeatureMatrix ThereAndBack(absl::string_view text, const FeatureMatrix& train, FeatureMatrix rows);

// Normal numbers; column c has deviation 1 + c.
FeatureMatrix NormalRows(int64_t rows, int64_t columns, uint64_t seed = 1);

}  // namespace parzen
