// Converged, our logistic regression has scikit-learn's coefficients, option for option, whatever the solver.
#include <algorithm>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/worker/models/fitted.h"
#include "worker/models/logistic/softmax_model.h"

namespace parzen {
namespace {

// Made by logistic_reference.py.
const nlohmann::json& Reference() {
  static const nlohmann::json* const reference = [] {
    std::ifstream file("tests/testdata/logistic_reference.json");
    EXPECT_TRUE(file.good());
    return new nlohmann::json(nlohmann::json::parse(file));
  }();
  return *reference;
}

LabelledRows RowsOf(const nlohmann::json& data) {
  const std::vector<std::vector<float>> values = data["rows"];
  const std::vector<float> labels = data["labels"];
  std::vector<std::vector<float>> table = values;
  for (size_t row = 0; row < table.size(); ++row) table[row].push_back(labels[row]);
  return Table(table);
}

// Rows of coefficients as scikit-learn has them: of two classes, the difference of the two rows.
Eigen::MatrixXd Comparable(const Eigen::MatrixXd& coefficients) {
  if (coefficients.rows() != 2) return coefficients;
  return coefficients.row(1) - coefficients.row(0);
}

void ExpectAgreement(const nlohmann::json& data, const nlohmann::json& theirs, absl::string_view options) {
  const LabelledRows rows = RowsOf(data);
  const int classes = *std::max_element(rows.labels.begin(), rows.labels.end()) + 1;
  const Fitted fitted(absl::StrCat("logistic_regression { ", options, " }"), rows, classes);
  SoftmaxModel model;
  const std::string state = fitted.State();
  ArchiveReader reader(state);
  ASSERT_TRUE(model.Load(reader, rows.features.cols(), classes).ok());
  const Eigen::MatrixXd weights = Comparable(model.weights.cast<double>());
  const Eigen::MatrixXd intercepts =
      Comparable(Eigen::Map<const Eigen::VectorXd>(model.intercepts.data(), model.weights.rows()));
  const std::vector<std::vector<double>> their_weights = theirs["coefficients"];
  const std::vector<double> their_intercepts = theirs["intercepts"];
  for (int64_t k = 0; k < weights.rows(); ++k) {
    const Eigen::Map<const Eigen::RowVectorXd> right(their_weights[k].data(), weights.cols());
    EXPECT_LT((weights.row(k) - right).cwiseAbs().maxCoeff(), 1e-3 * std::max(1., right.cwiseAbs().maxCoeff()))
        << options << ", class " << k;
    EXPECT_NEAR(intercepts(k, 0), their_intercepts[k], 1e-3 * std::max(1., std::abs(their_intercepts[k])))
        << options << ", class " << k;
  }
  const std::vector<std::vector<double>> probabilities = theirs["probabilities"];
  const FeatureMatrix ours = fitted.Probabilities(rows.features.topRows(static_cast<int64_t>(probabilities.size())));
  for (int64_t row = 0; row < ours.rows(); ++row) {
    for (int64_t k = 0; k < ours.cols(); ++k) EXPECT_NEAR(ours(row, k), probabilities[row][k], 1e-3) << options;
  }
}

class LogisticReferenceTest : public testing::TestWithParam<const char*> {
 protected:
  // Runs all cases that the solver knows.
  void ExpectAgreementOf(absl::string_view solver, absl::string_view limits) {
    const nlohmann::json& data = Reference()[GetParam()];
    for (const nlohmann::json& entry : data["cases"]) {
      const std::string options = entry["options"];
      const bool needs_saga = absl::StrContains(options, "SAGA");
      if (needs_saga && solver != "SAGA") continue;
      // One row a step, it takes a hundred thousand passes to where the least penalty lets it go.
      if (absl::StartsWith(solver, "SAG") && options == "c: 100") continue;
      ExpectAgreement(data, entry,
                      absl::StrCat(options, needs_saga ? " " : absl::StrCat(" solver: ", solver, " "), limits));
    }
  }
};

TEST_P(LogisticReferenceTest, LbfgsAgrees) { ExpectAgreementOf("LBFGS", "max_iterations: 5000 tolerance: 1e-7"); }

TEST_P(LogisticReferenceTest, NewtonStepsAgree) {
  ExpectAgreementOf("NEWTON_CG", "max_iterations: 300 tolerance: 1e-7");
}

INSTANTIATE_TEST_SUITE_P(Every, LogisticReferenceTest,
                         testing::Values("iris", "wine", "breast_cancer", "digits", "overlapping"),
                         [](const auto& data) { return data.param; });

class StochasticReferenceTest : public LogisticReferenceTest {};

TEST_P(StochasticReferenceTest, SagAgrees) { ExpectAgreementOf("SAG", "max_iterations: 20000 tolerance: 1e-8"); }

TEST_P(StochasticReferenceTest, SagaAgrees) { ExpectAgreementOf("SAGA", "max_iterations: 20000 tolerance: 1e-8"); }

INSTANTIATE_TEST_SUITE_P(Every, StochasticReferenceTest, testing::Values("wine", "overlapping"),
                         [](const auto& data) { return data.param; });

}  // namespace
}  // namespace parzen
