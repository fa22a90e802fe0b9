// Metrics are scikit-learn's, to the last digit that its doubles give.
#include "worker/metrics/classification.h"

#include <cmath>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

// Made by classification_reference.py.
const nlohmann::json& Cases() {
  static const nlohmann::json* const cases = [] {
    std::ifstream file("tests/testdata/classification_reference.json");
    EXPECT_TRUE(file.good());
    return new nlohmann::json(nlohmann::json::parse(file).at("metrics"));
  }();
  return *cases;
}

FeatureMatrix Probabilities(const std::vector<std::vector<float>>& rows, float scale) {
  FeatureMatrix matrix(rows.size(), rows[0].size());
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t c = 0; c < rows[r].size(); ++c) matrix(static_cast<int64_t>(r), static_cast<int64_t>(c)) = rows[r][c];
  }
  return matrix * scale;
}

std::vector<std::string> Names(int64_t classes) {
  std::vector<std::string> names;
  for (int64_t c = 0; c < classes; ++c) names.push_back("class " + std::to_string(c));
  return names;
}

PartMetrics Measure(const FeatureMatrix& probabilities, const std::vector<int32_t>& labels) {
  return MeasureClassification(probabilities, labels, Names(probabilities.cols()));
}

class ClassificationReferenceTest : public testing::TestWithParam<size_t> {};

TEST_P(ClassificationReferenceTest, EveryMetricIsScikitLearns) {
  const nlohmann::json& reference = Cases()[GetParam()];
  SCOPED_TRACE(reference["case"]);
  const PartMetrics metrics =
      Measure(Probabilities(reference["probabilities_in_64ths"], 1.f / 64), reference["labels"]);
  const google::protobuf::Descriptor& fields = *PartMetrics::descriptor();
  for (int i = 0; i < fields.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *fields.field(i);
    if (field.cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_DOUBLE) continue;
    const bool measured = metrics.GetReflection()->HasField(metrics, &field);
    EXPECT_EQ(measured, reference.contains(field.name())) << field.name();
    if (!measured || !reference.contains(field.name())) continue;
    EXPECT_NEAR(metrics.GetReflection()->GetDouble(metrics, &field), reference.at(field.name()).get<double>(), 1e-12)
        << field.name();
  }
  ASSERT_EQ(metrics.of_class_size(), static_cast<int>(reference["of_class"].size()));
  for (int c = 0; c < metrics.of_class_size(); ++c) {
    const nlohmann::json& of_class = reference["of_class"][static_cast<size_t>(c)];
    EXPECT_EQ(metrics.of_class(c).name(), "class " + std::to_string(c));
    EXPECT_NEAR(metrics.of_class(c).precision(), of_class["precision"].get<double>(), 1e-12);
    EXPECT_NEAR(metrics.of_class(c).recall(), of_class["recall"].get<double>(), 1e-12);
    EXPECT_NEAR(metrics.of_class(c).f1(), of_class["f1"].get<double>(), 1e-12);
    EXPECT_EQ(metrics.of_class(c).support(), of_class["support"].get<double>());
  }
  EXPECT_THAT(metrics.confusion().count(), ElementsAreArray(reference["confusion"].get<std::vector<int64_t>>()));
}

INSTANTIATE_TEST_SUITE_P(Every, ClassificationReferenceTest, testing::Range(size_t{0}, Cases().size()));

TEST(ClassificationTest, ConfusionHasTrueClassesInRowsAndPredictedOnesInColumns) {
  const PartMetrics metrics = Measure(Probabilities({{1, 0}, {0, 1}, {0, 1}}, 1), {0, 0, 1});
  EXPECT_THAT(metrics.confusion().count(), ElementsAre(1, 1, 0, 1));
  EXPECT_THAT(metrics.confusion().class_name(), ElementsAre("class 0", "class 1"));
}

TEST(ClassificationTest, FirstOfEquallyProbableClassesIsPredicted) {
  EXPECT_EQ(Measure(Probabilities({{.4f, .4f, .2f}}, 1), {0}).accuracy(), 1);
  EXPECT_EQ(Measure(Probabilities({{.2f, .4f, .4f}}, 1), {2}).accuracy(), 0);
}

TEST(ClassificationTest, AreaIsTheSameForManyRowsAsCountedPairByPair) {
  // Many have the same probability.
  const int rows = 5000;
  FeatureMatrix probabilities(rows, 2);
  std::vector<int32_t> labels;
  for (int row = 0; row < rows; ++row) {
    labels.push_back(row * row % 7 < 2);
    probabilities(row, 1) = static_cast<float>(row * 31 % 97 + 20 * labels.back()) / 200;
    probabilities(row, 0) = 1 - probabilities(row, 1);
  }
  double before = 0, pairs = 0;
  for (int with = 0; with < rows; ++with) {
    if (labels[static_cast<size_t>(with)] == 0) continue;
    for (int without = 0; without < rows; ++without) {
      if (labels[static_cast<size_t>(without)] == 1) continue;
      ++pairs;
      const float a = probabilities(with, 1), b = probabilities(without, 1);
      before += a > b ? 1 : a == b ? .5 : 0;
    }
  }
  EXPECT_NEAR(Measure(probabilities, labels).roc_auc(), before / pairs, 1e-12);
}

TEST(ClassificationTest, RowsThatAConfidentModelIsSureOfAreStillRanked) {
  // Of the second class the model is so sure that its float is 1 in all rows; the first class's tells them apart.
  FeatureMatrix probabilities(4, 2);
  probabilities << 1e-9F, 1, 2e-9F, 1, 3e-9F, 1, 4e-9F, 1;
  EXPECT_EQ(Measure(probabilities, {1, 1, 0, 0}).roc_auc(), 1);
  EXPECT_EQ(Measure(probabilities, {0, 1, 0, 1}).roc_auc(), .25);
  FeatureMatrix of_three(4, 3);
  of_three << 1e-9F, 0, 1, 2e-9F, 0, 1, 2e-9F, 1e-9F, 1, 0, 1, 0;
  EXPECT_NEAR(Measure(of_three, {2, 2, 0, 1}).roc_auc(), (2.5 / 3 + 1 + 1) / 3, 1e-12);
}

TEST(ClassificationTest, AreaIsAbsentWhereAClassHasNoRowsOrAll) {
  EXPECT_FALSE(Measure(Probabilities({{1, 0}, {0, 1}}, 1), {0, 0}).has_roc_auc());
  EXPECT_FALSE(Measure(Probabilities({{1, 0, 0}, {0, 1, 0}}, 1), {0, 1}).has_roc_auc());
}

TEST(ClassificationTest, RankingCanBeLeftOut) {
  const PartMetrics metrics = MeasureClassification(Probabilities({{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, 1), {0, 1, 2},
                                                    Names(3), Ranking::kLeftOut);
  EXPECT_FALSE(metrics.has_roc_auc());
  EXPECT_FALSE(metrics.has_top_2_accuracy());
  EXPECT_EQ(metrics.balanced_accuracy(), 1);
}

TEST(ClassificationTest, ImpossibleClassCostsNoMoreThanTheSmallestProbability) {
  EXPECT_NEAR(Measure(Probabilities({{1, 0}}, 1), {1}).log_loss(), -std::log(1e-15), 1e-9);
}

TEST(ClassificationTest, PerfectPredictionsScoreOneAndLoseNothing) {
  const PartMetrics metrics = Measure(Probabilities({{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, 1), {0, 1, 2});
  EXPECT_EQ(metrics.accuracy(), 1);
  EXPECT_EQ(metrics.macro_f1(), 1);
  EXPECT_EQ(metrics.weighted_precision(), 1);
  EXPECT_EQ(metrics.log_loss(), 0);
}

TEST(ClassificationTest, PairSumsAreRightWhereBothAreOrErrorsCancelOut) {
  // True and predicted digits of five rows; sums of pairs are counted one by one.
  const std::vector<int32_t> labels = {0, 1, 2, 2, 1}, predicted = {1, 1, 1, 0, 1};
  FeatureMatrix probabilities = FeatureMatrix::Zero(5, 3);
  int right = 0;
  for (size_t a = 0; a < 5; ++a) {
    probabilities(static_cast<int64_t>(a), predicted[a]) = 1;
    for (size_t b = 0; b < 5; ++b) right += predicted[a] + predicted[b] == labels[a] + labels[b];
  }
  EXPECT_EQ(MeasureClassification(probabilities, labels, {"0", "1", "2"}).pair_sum_accuracy(), right / 25.);
  EXPECT_FALSE(MeasureClassification(probabilities, labels, {"0", "1", "two"}).has_pair_sum_accuracy());
  EXPECT_EQ(MeasureClassification(probabilities, labels, {"0", "5", "7"}).pair_sum_accuracy(), (right - 2) / 25.)
      << "numbers count, not places: 5 for 0 and 5 for 7 do not cancel out";
}

}  // namespace
}  // namespace parzen
