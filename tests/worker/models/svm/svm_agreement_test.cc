// On scikit-learn's bundled data our support vector machines learn what its do, option for option.
#include <algorithm>
#include <fstream>
#include <optional>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/worker/models/fitted.h"

namespace parzen {
namespace {

// Made by svm_reference.py.
const nlohmann::json& Reference() {
  static const nlohmann::json* const reference = [] {
    std::ifstream file("tests/testdata/svm_reference.json");
    EXPECT_TRUE(file.good());
    return new nlohmann::json(nlohmann::json::parse(file));
  }();
  return *reference;
}

// Every second row of a table, from `first`, its columns from 0 to 1 where they are to be scaled.
LabelledRows HalfOf(const nlohmann::json& name, size_t first, bool scaled = false) {
  LabelledRows half;
  for (const nlohmann::json& table : Reference()["tables"]) {
    if (table["name"] != name) continue;
    const std::vector<std::vector<float>> rows = table["features"];
    const std::string classes = table["classes"];
    FeatureMatrix all(rows.size(), rows[0].size());
    for (size_t i = 0; i < rows.size(); ++i) {
      for (size_t k = 0; k < rows[i].size(); ++k) all(i, k) = rows[i][k];
    }
    const FeatureMatrix low = all.colwise().minCoeff();
    const FeatureMatrix range = (all.colwise().maxCoeff() - low).unaryExpr([](float r) { return r == 0 ? 1 : r; });
    if (scaled) all = (all.rowwise() - low.row(0)).array().rowwise() / range.row(0).array();
    half.features.resize((all.rows() - static_cast<int64_t>(first) + 1) / 2, all.cols());
    for (int64_t i = 0; i < half.features.rows(); ++i) {
      half.features.row(i) = all.row(2 * i + static_cast<int64_t>(first));
      half.labels.push_back(classes[2 * i + first] - '0');
    }
  }
  EXPECT_GT(half.rows(), 0) << name;
  return half;
}

int Classes(const LabelledRows& rows) { return *std::max_element(rows.labels.begin(), rows.labels.end()) + 1; }

struct Agreement {
  int same = 0;
  int all = 0;
};

TEST(SvmAgreementTest, SupportVectorsAndPredictionsAreThoseOfScikitLearn) {
  Agreement agreement;
  for (const nlohmann::json& entry : Reference()["kernel"]) {
    const LabelledRows learn = HalfOf(entry["table"], 0), others = HalfOf(entry["table"], 1);
    const Fitted model(entry["model"].get<std::string>(), learn, Classes(learn));
    const int theirs = entry["support_vectors"];
    EXPECT_NEAR(model.Description().support_vectors(), theirs, std::max(1., theirs * .01))
        << entry["table"] << entry["model"];
    EXPECT_EQ(model.Description().converged(), 1);
    const int same = Same(model.Predicted(others.features), entry["predicted"]);
    EXPECT_GE(same, others.rows() - 2) << entry["table"] << entry["model"];
    agreement.same += same;
    agreement.all += static_cast<int>(others.rows());
  }
  RecordProperty("same", std::to_string(agreement.same));
  EXPECT_GE(agreement.same, .998 * agreement.all);
}

TEST(SvmAgreementTest, LinearPredictionsAreThoseOfScikitLearn) {
  Agreement agreement;
  for (const nlohmann::json& entry : Reference()["linear"]) {
    const LabelledRows learn = HalfOf(entry["table"], 0, true), others = HalfOf(entry["table"], 1, true);
    const Fitted model(entry["model"].get<std::string>(), learn, Classes(learn));
    EXPECT_EQ(model.Description().converged(), 1) << entry["table"] << entry["model"];
    const std::vector<double> theirs = entry["decisions_of_first_row"];
    const FeatureMatrix shares = model.Probabilities(others.features.row(0));
    // The shares are a softmax, which tells decision values but for a constant.
    for (int64_t c = 1; c < shares.cols(); ++c) {
      const double apart = theirs.size() == 1 ? theirs[0] : theirs[static_cast<size_t>(c)] - theirs[0];
      EXPECT_NEAR(std::log(shares(0, c) / shares(0, 0)), apart, 1e-3) << entry["table"] << entry["model"];
    }
    agreement.same += Same(model.Predicted(others.features), entry["predicted"]);
    agreement.all += static_cast<int>(others.rows());
  }
  EXPECT_GE(agreement.same, .998 * agreement.all);
}

TEST(SvmAgreementTest, DecisionValuesAreThoseOfScikitLearn) {
  for (const nlohmann::json& entry : Reference()["decision"]) {
    const LabelledRows learn = HalfOf(entry["table"], 0), others = HalfOf(entry["table"], 1);
    const Fitted model(entry["model"].get<std::string>(), learn, Classes(learn));
    const std::optional<Model::Decisions> ours = model.Decisions(others.features);
    ASSERT_TRUE(ours.has_value());
    const std::vector<std::vector<float>> theirs = entry["decisions"];
    ASSERT_EQ(ours->columns.size(), theirs[0].size()) << entry["table"];
    for (size_t i = 0; i < theirs.size(); ++i) {
      for (size_t pair = 0; pair < theirs[i].size(); ++pair) {
        EXPECT_NEAR(ours->values(i, pair), theirs[i][pair], .01)
            << entry["table"] << ", row " << i << ", pair " << pair;
      }
    }
  }
  const LabelledRows learn = HalfOf("wine", 0);
  const std::optional<Model::Decisions> linear = Fitted("linear_svm {}", learn, 3).Decisions(learn.features);
  ASSERT_TRUE(linear.has_value());
  ASSERT_EQ(linear->columns.size(), 3u);
  for (int64_t row = 0; row < learn.rows(); ++row) {
    Eigen::Index best = 0;
    linear->values.row(row).maxCoeff(&best);
    EXPECT_EQ(best, learn.labels[static_cast<size_t>(row)]);
    EXPECT_EQ(linear->columns[static_cast<size_t>(best)].for_class, best);
  }
}

TEST(SvmAgreementTest, ProbabilitiesAreCloseToThoseOfScikitLearn) {
  for (const nlohmann::json& entry : Reference()["probability"]) {
    const LabelledRows learn = HalfOf(entry["table"], 0), others = HalfOf(entry["table"], 1);
    const Fitted model(entry["model"].get<std::string>(), learn, Classes(learn));
    const FeatureMatrix ours = model.Probabilities(others.features);
    const std::vector<std::vector<float>> theirs = entry["probabilities"];
    double apart = 0;
    for (size_t i = 0; i < theirs.size(); ++i) {
      for (size_t c = 0; c < theirs[i].size(); ++c) apart += std::abs(ours(i, c) - theirs[i][c]);
    }
    // The folds are drawn in another way.
    EXPECT_LT(apart / static_cast<double>(theirs.size()), .06) << entry["table"];
  }
}

}  // namespace
}  // namespace parzen
