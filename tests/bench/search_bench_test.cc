// The comparison of samplers measures what it says: its problems have the lowest values that they claim, and its
// statistics are right.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/random_stream.h"
#include "bench/search/quality_table.h"
#include "bench/search/search_problem.h"
#include "bench/search/search_run.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

using testing::HasSubstr;

SamplerSpec Sampler(const std::string& text) {
  SamplerSpec sampler;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &sampler)) << text;
  return sampler;
}

std::vector<double> Search(const SearchProblem& problem, const SearchOptions& options) {
  const absl::StatusOr<std::vector<double>> best = BestSoFar(problem, options);
  EXPECT_TRUE(best.ok()) << best.status();
  return best.value_or(std::vector<double>());
}

const SearchProblem& Named(const std::vector<SearchProblem>& problems, const std::string& name) {
  return *std::find_if(problems.begin(), problems.end(),
                       [&](const SearchProblem& p) { return p.name.find(name) != std::string::npos; });
}

TEST(SearchProblemTest, NoPointIsBelowTheLowestValue) {
  std::vector<SearchProblem> problems = *QualityProblems();
  problems.push_back(*MixtureProblem());
  for (const SearchProblem& problem : problems) {
    RandomStream random(1, 0, problem.name);
    for (int i = 0; i < 2000; ++i) {
      Point point(problem.space.size());
      for (const size_t j : problem.space.activation_order()) {
        if (problem.space.IsActive(j, point)) point[j] = problem.space.axis(j).FromUnit(random.Uniform());
      }
      const double value = problem.At(point);
      ASSERT_TRUE(std::isfinite(value)) << problem.name;
      EXPECT_GE(value, problem.lowest) << problem.name;
    }
  }
}

TEST(SearchProblemTest, TheMadeSpacesReachTheirLowestValues) {
  constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();
  const std::vector<SearchProblem> problems = *QualityProblems();
  EXPECT_NEAR(Named(problems, "Mixed").value({1e-3, 1e-4, 0.18, 0.3, 6, 128, 1, 2}), 0, 1e-12);
  EXPECT_NEAR(Named(problems, "Conditional").value({1, 100, 1e-3, kAbsent, kAbsent, kAbsent}), 0, 1e-12);
  EXPECT_EQ(Named(problems, "Discrete").value({4, 8, 0.5, 1, 2}), 0);
  EXPECT_NEAR(MixtureProblem()->value({2.99905203, -2.00018938}), MixtureProblem()->lowest, 1e-12);
}

TEST(SearchRunTest, TheBestValueNeverRisesAndRepeats) {
  const std::vector<SearchProblem> problems = *QualityProblems();
  for (const int pending : {1, 7}) {
    const SearchOptions options = {.sampler = Sampler("random {}"), .seed = 3, .trials = 40, .pending = pending};
    const std::vector<double> best = Search(problems[0], options);
    EXPECT_EQ(best.size(), 40u);
    EXPECT_TRUE(std::is_sorted(best.rbegin(), best.rend()));
    EXPECT_LT(best.back(), best.front());
    EXPECT_EQ(best, Search(problems[0], options));
  }
}

// Random points do not depend on the order in which trials end, so the same trials are run in the end.
TEST(SearchRunTest, PendingTrialsAreAllCompleteAtTheEnd) {
  const SearchProblem problem = *MixtureProblem();
  SearchOptions options = {.sampler = Sampler("random {}"), .seed = 1, .trials = 30};
  const std::vector<double> sequential = Search(problem, options);
  options.pending = 10;
  const std::vector<double> parallel = Search(problem, options);
  EXPECT_EQ(parallel.back(), sequential.back());
  EXPECT_NE(parallel, sequential);
}

TEST(SearchRunTest, AFinishedSpaceKeepsItsBestValue) {
  const SearchProblem problem = *MixtureProblem();
  const std::vector<double> best = Search(problem, {.sampler = Sampler("grid { points: 3 }"), .trials = 20});
  ASSERT_EQ(best.size(), 20u);
  EXPECT_EQ(best[19], best[8]);
}

TEST(RunAllTest, EveryPieceOfWorkIsDoneOnce) {
  std::vector<int> done(100);
  EXPECT_EQ(RunAll(3, done.size(), [&](size_t i) { return ++done[i], absl::OkStatus(); }), absl::OkStatus());
  EXPECT_THAT(done, testing::Each(1));
}

TEST(RunAllTest, AnErrorIsReported) {
  const absl::Status status =
      RunAll(2, 10, [](size_t i) { return i == 4 ? absl::InternalError("four") : absl::OkStatus(); });
  EXPECT_EQ(status, absl::InternalError("four"));
}

TEST(QualityTableTest, QuantilesInterpolate) {
  EXPECT_EQ(Quantile({4, 1, 3, 2}, 0.5), 2.5);
  EXPECT_EQ(Quantile({4, 1, 3, 2}, 0.25), 1.75);
  EXPECT_EQ(Quantile({7}, 0.75), 7);
}

TEST(QualityTableTest, TheSummaryRanksByMedianAndComparesSeeds) {
  QualityTable table;
  table.checkpoints = {25};
  table.problems = {"one", "two"};
  table.lowest = {0, 0};
  table.samplers = {"first", "second", "recorded"};
  const QualityCell ones{{{1}, {1}}};
  const QualityCell zero_and_one{{{0}, {1}}};
  table.cells = {{ones, zero_and_one, QualityCell{{{0.5}}, true}}, {ones, ones, QualityCell{{{0.25}}, true}}};
  const std::string text = ToMarkdown(table);
  // Below the first in one pair of two on the first problem, all others are ties; on the second problem both win.
  EXPECT_THAT(text, HasSubstr("| first | 1.75, 1, 50.0% |"));
  EXPECT_THAT(text, HasSubstr("| second | 1.25, 2, 62.5% |"));
  EXPECT_THAT(text, HasSubstr("| | | recorded | 0.5 |"));
  EXPECT_THAT(text, testing::Not(HasSubstr("\n| recorded |")));
}

}  // namespace
}  // namespace parzen
