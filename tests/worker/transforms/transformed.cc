#include "tests/worker/transforms/transformed.h"

#include "base/random_stream.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

TransformSpec Spec(absl::string_view text) {
  TransformSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(text), &spec)) << text;
  return spec;
}

}  // namespace

std::unique_ptr<Transform> TransformOf(absl::string_view text) {
  auto transform = MakeTransform(Spec(text));
  EXPECT_TRUE(transform.ok()) << transform.status();
  return *std::move(transform);
}

std::string TransformError(absl::string_view text) {
  const absl::Status status = MakeTransform(Spec(text)).status();
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

absl::Status FitTo(absl::string_view text, const FeatureMatrix& train) { return TransformOf(text)->Fit(train); }

FeatureMatrix Transformed(absl::string_view text, const FeatureMatrix& train, FeatureMatrix rows) {
  const std::unique_ptr<Transform> transform = TransformOf(text);
  const absl::Status fitted = transform->Fit(train);
  EXPECT_TRUE(fitted.ok()) << fitted;
  EXPECT_TRUE(transform->Apply(rows).ok());
  return rows;
}

FeatureMatrix ThereAndBack(absl::string_view text, const FeatureMatrix& train, FeatureMatrix rows) {
  const std::unique_ptr<Transform> transform = TransformOf(text);
  EXPECT_TRUE(transform->Fit(train).ok());
  EXPECT_TRUE(transform->Apply(rows).ok());
  const absl::Status inverted = transform->Invert(rows);
  EXPECT_TRUE(inverted.ok()) << inverted;
  return rows;
}

FeatureMatrix NormalRows(int64_t rows, int64_t columns, uint64_t seed) {
  RandomStream stream(seed, 0, "rows");
  FeatureMatrix matrix(rows, columns);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t c = 0; c < columns; ++c) matrix(row, c) = static_cast<float>((1. + c) * stream.Normal());
  }
  return matrix;
}

}  // namespace parzen
