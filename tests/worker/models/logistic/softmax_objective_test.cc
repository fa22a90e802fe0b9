// Values, gradients and curvatures against plain loops, in 64 bits for small data and in 32 bits for large data.
#include "worker/models/logistic/softmax_objective.h"

#include <cmath>

#include "base/random_stream.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "tests/worker/models/fitted.h"

namespace parzen {
namespace {

class SoftmaxObjectiveTest : public testing::Test {
 protected:
  SoftmaxProblem Problem(const LabelledRows& rows, int classes, bool fit_intercept = true) {
    SoftmaxProblem problem{rows.features, rows.labels, {}, .7, fit_intercept, stop_};
    for (int k = 0; k < classes; ++k) problem.class_weights.push_back(1 + .5 * k);
    return problem;
  }
  static Eigen::VectorXd Coefficients(const SoftmaxProblem& problem, uint64_t seed = 1) {
    RandomStream stream(seed, 0, "coefficients");
    Eigen::VectorXd coefficients(problem.coefficients());
    for (double& value : coefficients) value = .3 * stream.Normal();
    return coefficients;
  }
  // By definition.
  static double Value(const SoftmaxProblem& problem, const Eigen::VectorXd& coefficients) {
    const int64_t columns = problem.features.cols();
    const ConstCoefficientRows at(coefficients.data(), problem.classes(), columns + 1);
    double value = problem.l2 / 2 * at.leftCols(columns).squaredNorm();
    for (int64_t row = 0; row < problem.features.rows(); ++row) {
      const Eigen::VectorXd logits =
          at.leftCols(columns) * problem.features.row(row).cast<double>().transpose() + at.col(columns);
      const int label = problem.labels[row];
      value += problem.class_weights[label] * (std::log(logits.array().exp().sum()) - logits(label));
    }
    return value;
  }

  const std::function<bool()> never_ = [] { return false; };
  StopCheck stop_{never_};
};

TEST_F(SoftmaxObjectiveTest, ValueIsLossAndPenalty) {
  const LabelledRows rows = Clouds(700, 13, 4);
  const SoftmaxProblem problem = Problem(rows, 4);
  const Eigen::VectorXd at = Coefficients(problem);
  Eigen::VectorXd gradient;
  EXPECT_NEAR(MakeSoftmaxObjective(problem)->Evaluate(at, gradient), Value(problem, at), 1e-9 * Value(problem, at));
}

TEST_F(SoftmaxObjectiveTest, GradientIsTheSlopeOfTheValue) {
  const LabelledRows rows = Clouds(300, 5, 3);
  const SoftmaxProblem problem = Problem(rows, 3);
  const Eigen::VectorXd at = Coefficients(problem);
  Eigen::VectorXd gradient;
  MakeSoftmaxObjective(problem)->Evaluate(at, gradient);
  for (int64_t i = 0; i < at.size(); ++i) {
    const Eigen::VectorXd step = 1e-5 * Eigen::VectorXd::Unit(at.size(), i);
    EXPECT_NEAR(gradient(i), (Value(problem, at + step) - Value(problem, at - step)) / 2e-5, 1e-4) << i;
  }
}

TEST_F(SoftmaxObjectiveTest, HessianTimesADirectionIsTheChangeOfTheGradient) {
  const LabelledRows rows = Clouds(300, 5, 3);
  const SoftmaxProblem problem = Problem(rows, 3);
  const auto objective = MakeSoftmaxObjective(problem);
  const Eigen::VectorXd at = Coefficients(problem), direction = Coefficients(problem, 2);
  Eigen::VectorXd before, after;
  objective->Evaluate(at - 1e-5 * direction, before);
  objective->Evaluate(at + 1e-5 * direction, after);
  EXPECT_LT((objective->HessianTimes(at, direction) - (after - before) / 2e-5).cwiseAbs().maxCoeff(), 1e-4);
}

TEST_F(SoftmaxObjectiveTest, WithoutInterceptsTheirGradientIsZero) {
  const LabelledRows rows = Clouds(100, 5, 3);
  const SoftmaxProblem problem = Problem(rows, 3, false);
  Eigen::VectorXd gradient;
  MakeSoftmaxObjective(problem)->Evaluate(Coefficients(problem), gradient);
  EXPECT_EQ(CoefficientRows(gradient.data(), 3, 6).col(5), Eigen::VectorXd::Zero(3));
}

TEST_F(SoftmaxObjectiveTest, LargeDataIsNearlyAsExact) {
  const LabelledRows part = Clouds(600, 700, 3);
  LabelledRows rows;  // more than 64 bits are used for
  rows.features = part.features.replicate(11, 1);
  for (int i = 0; i < 11; ++i) rows.labels.insert(rows.labels.end(), part.labels.begin(), part.labels.end());
  const SoftmaxProblem large = Problem(rows, 3), small = Problem(part, 3);
  const Eigen::VectorXd at = Coefficients(small) / 10;
  Eigen::VectorXd gradient, gradient_of_part;
  const double value = MakeSoftmaxObjective(large)->Evaluate(at, gradient);
  const double penalty = small.l2 / 2 * CoefficientRows(Eigen::VectorXd(at).data(), 3, 701).leftCols(700).squaredNorm();
  const double right = 11 * (MakeSoftmaxObjective(small)->Evaluate(at, gradient_of_part) - penalty) + penalty;
  EXPECT_GT(MakeSoftmaxObjective(large)->resolution(), MakeSoftmaxObjective(small)->resolution());
  EXPECT_NEAR(value, right, 1e-6 * right);
  Eigen::VectorXd slope = at;
  CoefficientRows(slope.data(), 3, 701).col(700).setZero();
  EXPECT_LT((gradient - (11 * (gradient_of_part - small.l2 * slope) + small.l2 * slope)).cwiseAbs().maxCoeff(), .02);
}

TEST_F(SoftmaxObjectiveTest, ResultIsTheSameForAnyNumberOfThreads) {
  const tbb::global_control eight(tbb::global_control::max_allowed_parallelism, 8);
  const LabelledRows rows = Clouds(2500, 17, 6);
  const SoftmaxProblem problem = Problem(rows, 6);
  const auto objective = MakeSoftmaxObjective(problem);
  const Eigen::VectorXd at = Coefficients(problem);
  Eigen::VectorXd by_one, gradient;
  double value = 0;
  tbb::task_arena(1).execute([&] { value = objective->Evaluate(at, by_one); });
  for (const int threads : {2, 3, 8}) {
    tbb::task_arena(threads).execute([&] { EXPECT_EQ(objective->Evaluate(at, gradient), value); });
    EXPECT_EQ(gradient, by_one);
  }
}

}  // namespace
}  // namespace parzen
