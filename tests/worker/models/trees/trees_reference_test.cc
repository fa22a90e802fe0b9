// On handwritten digits and on the diabetes data our trees do as scikit-learn's do, option for option.
#include <algorithm>
#include <fstream>
#include <numeric>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/worker/models/fitted.h"

namespace parzen {
namespace {

nlohmann::json Parse(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  return nlohmann::json::parse(file);
}

// Made by trees_reference.py.
const nlohmann::json& Reference() {
  static const nlohmann::json* const reference = new nlohmann::json(Parse("tests/testdata/trees_reference.json"));
  return *reference;
}

LabelledRows Digits(size_t begin, size_t end) {
  static const nlohmann::json* const digits =
      new nlohmann::json(Parse("tests/testdata/classification_reference.json")["digits"]);
  LabelledRows rows;
  rows.features.resize(static_cast<int64_t>(end - begin), 64);
  for (size_t i = begin; i < end; ++i) {
    const std::string line = (*digits)[i];
    rows.labels.push_back(line[0] - '0');
    for (int pixel = 0; pixel < 64; ++pixel) {
      const char level = line[2 + pixel];
      rows.features(static_cast<int64_t>(i - begin), pixel) =
          static_cast<float>(level <= '9' ? level - '0' : level - 'a' + 10);
    }
  }
  return rows;
}

LabelledRows Diabetes(size_t begin, size_t end) {
  LabelledRows rows;
  rows.features.resize(static_cast<int64_t>(end - begin), 10);
  for (size_t i = begin; i < end; ++i) {
    const std::vector<float> numbers = Reference()["diabetes"][i];
    std::copy_n(numbers.begin(), 10, rows.features.row(static_cast<int64_t>(i - begin)).data());
    rows.targets.push_back(numbers[10]);
    rows.labels.push_back(0);
  }
  return rows;
}

double R2(const FeatureMatrix& predicted, const LabelledRows& rows) {
  const Eigen::Map<const Eigen::VectorXf> targets(rows.targets.data(), rows.rows());
  const Eigen::ArrayXd truth = targets.cast<double>(), guess = predicted.col(0).cast<double>();
  return 1 - (truth - guess).square().sum() / (truth - truth.mean()).square().sum();
}

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.) / static_cast<double>(values.size());
}

// What ten seeds give: means of the score on test rows, of leaves, out of bag, and of each feature's importance.
struct Results {
  double score = 0, leaves = 0, out_of_bag = 0;
  std::vector<double> importance;
};

class TreesReferenceTest : public testing::TestWithParam<size_t> {
 protected:
  Results Run(const std::string& model, const LabelledRows& learn, const LabelledRows& test, int classes) {
    constexpr int kSeeds = 10;
    Results mean;
    mean.importance.resize(learn.features.cols());
    for (int seed = 0; seed < kSeeds; ++seed) {
      const Fitted fitted(model, learn, classes, seed);
      const TrainMetrics told = fitted.Description();
      mean.score += (classes > 0 ? fitted.Accuracy(test) : R2(fitted.Probabilities(test.features), test)) / kSeeds;
      mean.leaves += told.leaves() / kSeeds;
      mean.out_of_bag += (classes > 0 ? told.out_of_bag_accuracy() : told.out_of_bag_r2()) / kSeeds;
      for (int f = 0; f < told.feature_importance_size(); ++f) {
        mean.importance[f] += told.feature_importance(f) / kSeeds;
      }
    }
    return mean;
  }

  void Expect(const nlohmann::json& theirs, const Results& ours, double margin) {
    const double score = Mean(theirs["score"]), leaves = Mean(theirs["leaves"]);
    RecordProperty("ours", std::to_string(ours.score));
    RecordProperty("theirs", std::to_string(score));
    EXPECT_NEAR(ours.score, score, margin) << theirs["model"];
    EXPECT_NEAR(ours.leaves, leaves, .03 * leaves) << theirs["model"];
    if (theirs.contains("out_of_bag")) {
      EXPECT_NEAR(ours.out_of_bag, Mean(theirs["out_of_bag"]), margin) << theirs["model"];
    }
    for (size_t f = 0; f < ours.importance.size(); ++f) {
      const double importance = theirs["importance"][f];
      EXPECT_NEAR(ours.importance[f], importance, .01 + .1 * importance) << theirs["model"] << " feature " << f;
    }
  }
};

class ClassifierReferenceTest : public TreesReferenceTest {};
class RegressorReferenceTest : public TreesReferenceTest {};

TEST_P(ClassifierReferenceTest, DoesAsScikitLearnsDoes) {
  const nlohmann::json& theirs = Reference()["classifiers"][GetParam()];
  const size_t train = Reference()["digits_train"];
  Expect(theirs, Run(theirs["model"], Digits(0, train), Digits(train, 1000), 10), .01);
}

TEST_P(RegressorReferenceTest, DoesAsScikitLearnsDoes) {
  const nlohmann::json& theirs = Reference()["regressors"][GetParam()];
  const size_t train = Reference()["diabetes_train"], all = Reference()["diabetes"].size();
  Expect(theirs, Run(theirs["model"], Diabetes(0, train), Diabetes(train, all), 0), .02);
}

INSTANTIATE_TEST_SUITE_P(Every, ClassifierReferenceTest, testing::Range(size_t{0}, Reference()["classifiers"].size()));
INSTANTIATE_TEST_SUITE_P(Every, RegressorReferenceTest, testing::Range(size_t{0}, Reference()["regressors"].size()));

}  // namespace
}  // namespace parzen
