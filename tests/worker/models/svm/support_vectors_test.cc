#include "worker/models/svm/support_vectors.h"

#include "gtest/gtest.h"

namespace parzen {
namespace {

TEST(SupportVectorsTest, LargeCoefficientsThatNearlyCancelDoNotBlurALinearBoundary) {
  FeatureMatrix rows(2, 2);
  rows << 3.0F, 4.0F, 3.001F, 4.002F;
  SupportVectors vectors;
  vectors.kernel.kind = Svm::LINEAR;
  vectors.centre = {0, 0};
  vectors.rows = PackedRows(kPanelRows, rows, {0, 1}, vectors.centre);
  vectors.first = {0, 1, 2};
  vectors.coefficients.setZero(vectors.rows.padded_rows(), CoefficientColumns(2));
  vectors.coefficients(0, 0) = 1e6F;
  vectors.coefficients(1, 0) = -1e6F;
  vectors.bias = {0};
  vectors.FindWeights();
  const FeatureMatrix asked = 2 * rows.topRows(1);
  const Eigen::RowVectorXd weight = 1e6 * (rows.row(0).cast<double>() - rows.row(1).cast<double>());
  const double right = weight.dot(asked.row(0).cast<double>());
  double decision = 0;
  ForEachDecision(vectors, asked, [&](int64_t, absl::Span<const double> decisions) { decision = decisions[0]; });
  EXPECT_NEAR(decision, right, 1e-6);
}

}  // namespace
}  // namespace parzen
