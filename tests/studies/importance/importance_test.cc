#include "studies/importance/importance.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/studies/importance/importance_fixture.h"

namespace parzen {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

ImportanceData Study(size_t trials) {
  return RandomStudy({{"b", Float(0, 1)}, {"c", Float(0, 1)}, {"a", Float(0, 1)}}, trials,
                     [](absl::Span<const double> u) { return u[1]; });
}

TEST(ImportanceTest, WithoutAChosenEvaluatorPedAnovaDecides) {
  EXPECT_EQ(*EvaluateImportance(Study(50), ImportanceSpec(), 0),
            *EvaluateImportance(Study(50), Evaluator("ped_anova {}"), 0));
}

TEST(ImportanceTest, SharesSumToOneAndTheMostImportantComesFirst) {
  const auto shares = *EvaluateImportance(Study(50), ImportanceSpec(), 0);
  double sum = 0;
  for (const Importance& share : shares) sum += share.second;
  EXPECT_NEAR(sum, 1, 1e-12);
  EXPECT_EQ(shares[0].first, "c");
  EXPECT_GE(shares[1].second, shares[2].second);
}

TEST(ImportanceTest, WhereNothingMattersAllShareEquallyByName) {
  ImportanceData data = Study(50);
  data.target.assign(50, 2.5);
  const auto third = DoubleNear(1.0 / 3, 1e-15);
  EXPECT_THAT(*EvaluateImportance(data, ImportanceSpec(), 0),
              ElementsAre(Pair("a", third), Pair("b", third), Pair("c", third)));
}

TEST(ImportanceTest, WithoutTwoTrialsThereIsNothingToCompare) {
  const auto none = EvaluateImportance(Study(0), ImportanceSpec(), 0);
  EXPECT_EQ(none.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(none.status().message()), HasSubstr("no trial is complete with a finite value"));
  const auto one = EvaluateImportance(Study(1), ImportanceSpec(), 0);
  EXPECT_EQ(one.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(one.status().message()), HasSubstr("only one trial is complete"));
}

TEST(ImportanceTest, WithoutParametersThereIsNothingToEvaluate) {
  ImportanceData data;
  data.target = {1, 2, 3};
  const auto result = EvaluateImportance(data, ImportanceSpec(), 0);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("no parameters"));
}

TEST(ImportanceTest, ProgressGrowsToTheWhole) {
  for (const char* evaluator : {"fanova { trees: 5 }", "mean_decrease_impurity { trees: 5 }"}) {
    std::vector<double> seen;
    const auto note = [&](double share) { seen.push_back(share); };
    ASSERT_TRUE(EvaluateImportance(Study(20), Evaluator(evaluator), 0, note).ok());
    EXPECT_THAT(seen, ElementsAre(0.2, 0.4, 0.6, 0.8, 1.0)) << evaluator;
  }
}

}  // namespace
}  // namespace parzen
