#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "worker/transforms/transform.h"

namespace parzen {
namespace {

using testing::HasSubstr;

TransformSpec ScaleBy(double subtract, double divide_by) {
  TransformSpec spec;
  spec.mutable_scale()->set_subtract(subtract);
  spec.mutable_scale()->set_divide_by(divide_by);
  return spec;
}

TEST(ScaleTest, SubtractsAndThenDivides) {
  const auto scale = MakeTransform(ScaleBy(10, 4));
  ASSERT_TRUE(scale.ok()) << scale.status();
  FeatureMatrix rows(2, 2);
  rows << 10, 12, 14, 8;
  ASSERT_TRUE((*scale)->Fit(rows).ok());
  ASSERT_TRUE((*scale)->Apply(rows).ok());
  EXPECT_EQ(rows, (FeatureMatrix(2, 2) << 0, .5, 1, -.5).finished());
}

TEST(ScaleTest, BytesByTheirLargestEndExactlyAtOne) {
  const auto scale = MakeTransform(ScaleBy(0, 255));
  FeatureMatrix rows = Eigen::RowVectorXf::LinSpaced(256, 0, 255);
  ASSERT_TRUE((*scale)->Fit(rows).ok());
  ASSERT_TRUE((*scale)->Apply(rows).ok());
  for (int byte = 0; byte < 256; ++byte) EXPECT_EQ(rows(byte), static_cast<float>(byte) / 255.f);
}

TEST(ScaleTest, DividerThatIsNotAPositiveFloatIsAnError) {
  for (const double divider : {0., -1., 1e-60, 1e60, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_THAT(MakeTransform(ScaleBy(0, divider)).status().ToString(),
                HasSubstr("INVALID_ARGUMENT: transform.scale.divide_by: "))
        << divider;
  }
}

TEST(ScaleTest, SubtractThatIsNotAFloatIsAnError) {
  EXPECT_THAT(MakeTransform(ScaleBy(1e60, 1)).status().ToString(), HasSubstr("transform.scale.subtract: 1e+60"));
}

TEST(ScaleTest, DataThatWouldOverflowDoesNotFit) {
  const auto scale = MakeTransform(ScaleBy(0, 1e-30));
  const FeatureMatrix rows = FeatureMatrix::Constant(1, 1, 1e10f);
  EXPECT_THAT((*scale)->Fit(rows).ToString(), HasSubstr("too large for a 32-bit number; choose a larger divide_by"));
}

TEST(TransformTest, SpecWithoutAKindListsTheKinds) {
  EXPECT_THAT(MakeTransform(TransformSpec()).status().ToString(), HasSubstr("choose one of impute, min_max"));
}

}  // namespace
}  // namespace parzen
