// Our transforms agree with what scikit-learn makes of its bundled data.
#include <fstream>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/worker/transforms/transformed.h"

namespace parzen {
namespace {

// Made by transforms_reference.py.
const nlohmann::json& Reference() {
  static const nlohmann::json* const reference = [] {
    std::ifstream file("tests/testdata/transforms_reference.json");
    EXPECT_TRUE(file.good());
    return new nlohmann::json(nlohmann::json::parse(file));
  }();
  return *reference;
}

Eigen::MatrixXd MatrixOf(const nlohmann::json& rows) {
  const std::vector<std::vector<double>> values = rows;
  Eigen::MatrixXd matrix(values.size(), values[0].size());
  for (size_t row = 0; row < values.size(); ++row) {
    for (size_t c = 0; c < values[row].size(); ++c) {
      matrix(static_cast<int64_t>(row), static_cast<int64_t>(c)) = values[row][c];
    }
  }
  return matrix;
}

class TransformReferenceTest : public testing::TestWithParam<const char*> {
 protected:
  const nlohmann::json& data_ = Reference()[GetParam()];
  const FeatureMatrix rows_ = MatrixOf(data_["rows"]).cast<float>();
};

TEST_P(TransformReferenceTest, ComponentsAgree) {
  const Eigen::MatrixXd components = MatrixOf(data_["pca"]["components"]);
  const std::vector<double> variances = data_["pca"]["variances"];
  const Eigen::MatrixXd ours = Transformed("pca {}", rows_, rows_).cast<double>();
  const Eigen::MatrixXd centred = rows_.cast<double>().rowwise() - rows_.cast<double>().colwise().mean();
  const Eigen::MatrixXd theirs = centred * components.transpose();
  for (int64_t i = 0; i < theirs.cols(); ++i) {
    if (variances[static_cast<size_t>(i)] < 1e-9 * variances[0]) break;  // constant pixels: any direction will do
    const double size = std::sqrt(variances[static_cast<size_t>(i)]);
    // What projections of 32-bit floats cannot tell, the largest component's size says.
    EXPECT_LT((ours.col(i) - theirs.col(i)).cwiseAbs().maxCoeff(), 1e-4 * size + 1e-6 * std::sqrt(variances[0])) << i;
  }
}

TEST_P(TransformReferenceTest, RowsFromTwoComponentsAgree) {
  const Eigen::MatrixXd theirs = MatrixOf(data_["pca"]["from_two"]);
  for (const char* whiten : {"", " whiten: true"}) {
    const std::string text = absl::StrCat("pca { components: 2", whiten, " }");
    const Eigen::MatrixXd ours = ThereAndBack(text, rows_, rows_.topRows(5)).cast<double>();
    EXPECT_LT((ours - theirs).cwiseAbs().maxCoeff(), 1e-5 * theirs.cwiseAbs().maxCoeff()) << text;
  }
}

TEST_P(TransformReferenceTest, ShareOfVarianceTakesAsManyComponents) {
  for (const auto& [share, count] : data_["pca"]["count_of_share"].items()) {
    EXPECT_EQ(Transformed(absl::StrCat("pca { variance: ", share, " }"), rows_, rows_).cols(), count) << share;
  }
}

TEST_P(TransformReferenceTest, ScalersAgree) {
  const FeatureMatrix train = rows_.topRows(100);
  const Eigen::MatrixXd standard = Transformed("standard {}", train, train.topRows(3)).cast<double>();
  EXPECT_LT((standard - MatrixOf(data_["standard"])).cwiseAbs().maxCoeff(), 1e-5);
  const Eigen::MatrixXd min_max =
      Transformed("min_max { low: -1 high: 2 }", train, rows_.middleRows(100, 3)).cast<double>();
  const Eigen::MatrixXd theirs = MatrixOf(data_["min_max"]);
  // A constant column goes to low, where scikit-learn shifts by the constant.
  const auto varies = (train.colwise().maxCoeff() - train.colwise().minCoeff()).array() > 0;
  for (int64_t c = 0; c < train.cols(); ++c) {
    if (!varies(c)) continue;
    EXPECT_LT((min_max.col(c) - theirs.col(c)).cwiseAbs().maxCoeff(), 1e-5) << c;
  }
}

TEST_P(TransformReferenceTest, FilledValuesAgree) {
  FeatureMatrix holes = rows_;
  for (int64_t row = 0; row < holes.rows(); ++row) {
    for (int64_t c = 0; c < holes.cols(); ++c) {
      if ((row + c) % 5 == 0) holes(row, c) = std::numeric_limits<float>::quiet_NaN();
    }
  }
  for (const auto& [statistic, fills] : data_["filled"].items()) {
    const FeatureMatrix filled =
        Transformed(absl::StrCat("impute { statistic: ", absl::AsciiStrToUpper(statistic), " }"), holes, holes);
    for (int64_t c = 0; c < holes.cols(); ++c) {
      const double theirs = fills[static_cast<size_t>(c)];
      EXPECT_NEAR(filled((5 - c % 5) % 5, c), theirs, 1e-6 * std::abs(theirs)) << statistic << " of column " << c;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every, TransformReferenceTest, testing::Values("iris", "wine", "breast cancer", "digits"),
                         [](const auto& data) { return std::string(absl::StripSuffix(data.param, " cancer")); });

}  // namespace
}  // namespace parzen
