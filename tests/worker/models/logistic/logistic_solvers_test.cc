// What the solvers tell of how far they came, and to whom.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/models/fitted.h"

namespace parzen {
namespace {

using testing::ElementsAre;

class SolverTest : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Model> Make(absl::string_view options) const {
    return *MakeModel(ModelSpec(absl::StrCat("logistic_regression { solver: ", GetParam(), " ", options, " }")));
  }
  // What a model of those options says of its fit.
  TrainMetrics Described(absl::string_view options, const LabelledRows& rows, int classes) const {
    const std::unique_ptr<Model> model = Make(options);
    FitContext context{RandomStream(1, 0, "model")};
    EXPECT_TRUE(model->Fit(TrainingRows(rows, classes), context).ok());
    TrainMetrics metrics;
    model->Describe(metrics);
    return metrics;
  }
};

TEST_P(SolverTest, EndsWhenItHasConverged) {
  const TrainMetrics metrics = Described("max_iterations: 5000 tolerance: 1e-4", Clouds(300, 4, 3), 3);
  EXPECT_EQ(metrics.converged(), 1);
  EXPECT_GT(metrics.iterations(), 1);
  EXPECT_LT(metrics.iterations(), 5000);
}

TEST_P(SolverTest, EndOfPatienceIsReported) {
  const TrainMetrics metrics = Described("max_iterations: 2 tolerance: 1e-9", Clouds(300, 4, 3), 3);
  EXPECT_EQ(metrics.converged(), 0);
  EXPECT_EQ(metrics.iterations(), 2);
}

TEST_P(SolverTest, EveryIterationIsReportedToWhoWatches) {
  const LabelledRows rows = Clouds(200, 4, 3);
  const FeatureMatrix watched = Clouds(7, 4, 3, 0, 2).features;
  std::vector<int64_t> steps;
  FeatureMatrix last;
  const Watch watch{watched, [&](int64_t step, const FeatureMatrix& predictions) {
                      steps.push_back(step);
                      last = predictions;
                      return true;
                    }};
  FitContext context{RandomStream(1, 0, "model"), [] { return false; }, &watch};
  const std::unique_ptr<Model> model = Make("max_iterations: 3 tolerance: 1e-12");
  ASSERT_TRUE(model->Fit(TrainingRows(rows, 3), context).ok());
  EXPECT_THAT(steps, ElementsAre(1, 2, 3));
  EXPECT_EQ(last, model->Predict(watched));
}

TEST_P(SolverTest, WhoWatchesMayEndIt) {
  const LabelledRows rows = Clouds(200, 4, 3);
  const Watch watch{rows.features, [&](int64_t step, const FeatureMatrix&) { return step < 2; }};
  FitContext context{RandomStream(1, 0, "model"), [] { return false; }, &watch};
  EXPECT_TRUE(absl::IsCancelled(Make("tolerance: 1e-12")->Fit(TrainingRows(rows, 3), context)));
}

TEST_P(SolverTest, RandomStreamAndDataMakeTheResult) {
  const LabelledRows rows = Clouds(500, 6, 4);
  const std::string text = absl::StrCat("logistic_regression { max_iterations: 5 solver: ", GetParam(), " }");
  const FeatureMatrix one = ProbabilitiesOnThreads(1, text, rows, 4);
  EXPECT_EQ(ProbabilitiesOnThreads(2, text, rows, 4), one);
  EXPECT_EQ(ProbabilitiesOnThreads(2, text, rows, 4), one);
}

TEST_P(SolverTest, HugeAndTinyFeaturesAreNoTrap) {
  for (const float size : {1e30f, 1e-30f}) {
    LabelledRows rows = Clouds(100, 3, 2);
    rows.features *= size;
    const Fitted fitted(absl::StrCat("logistic_regression { penalty: NONE solver: ", GetParam(), " }"), rows, 2);
    EXPECT_TRUE(fitted.Probabilities(rows.features).allFinite()) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(Every, SolverTest, testing::Values("LBFGS", "NEWTON_CG", "SAG", "SAGA"),
                         [](const auto& solver) { return solver.param; });

}  // namespace
}  // namespace parzen
