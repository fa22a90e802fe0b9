// Neighbours are scikit-learn's, and whatever the data is, they are defined.
#include <cmath>
#include <fstream>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/worker/models/fitted.h"
#include "worker/kept_results.h"
#include "worker/models/neighbors/neighbor_lists.h"

namespace parzen {
namespace {

using testing::HasSubstr;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Made by neighbors_reference.py.
const nlohmann::json& Cases() {
  static const nlohmann::json* const cases = [] {
    std::ifstream file("tests/testdata/neighbors_reference.json");
    EXPECT_TRUE(file.good());
    return new nlohmann::json(nlohmann::json::parse(file));
  }();
  return *cases;
}

// Every second row of a case, from `first` on.
LabelledRows Half(const nlohmann::json& reference, size_t first) {
  std::vector<std::vector<float>> rows;
  for (size_t row = first; row < reference["labels"].size(); row += 2) {
    rows.push_back(reference["features"][row].get<std::vector<float>>());
    rows.back().push_back(reference["labels"][row].get<float>());
  }
  return Table(rows);
}

FeatureMatrix Rows(const std::vector<std::vector<float>>& rows) {
  FeatureMatrix matrix(static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size()));
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t j = 0; j < rows[i].size(); ++j) matrix(static_cast<int64_t>(i), static_cast<int64_t>(j)) = rows[i][j];
  }
  return matrix;
}

std::string FitError(const LabelledRows& rows, int classes) {
  FitContext context{RandomStream(1, 0, "model")};
  const absl::Status status =
      (*MakeModel(ModelSpec("nearest_neighbors {}")))->Fit(TrainingRows(rows, classes), context);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

class NeighborsReferenceTest : public testing::TestWithParam<size_t> {};

TEST_P(NeighborsReferenceTest, ProbabilitiesAreScikitLearns) {
  const nlohmann::json& reference = Cases()[GetParam()];
  SCOPED_TRACE(reference["case"]);
  const LabelledRows learn = Half(reference, 0), ask = Half(reference, 1);
  for (const nlohmann::json& result : reference["results"]) {
    const Fitted model(result["model"].get<std::string>(), learn, reference["classes"]);
    const FeatureMatrix probabilities = model.Probabilities(ask.features);
    for (size_t i = 0; i < result["rows"].size(); ++i) {
      const int64_t row = result["rows"][i];
      for (int64_t c = 0; c < probabilities.cols(); ++c) {
        EXPECT_NEAR(probabilities(row, c), result["probabilities"][i][static_cast<size_t>(c)].get<double>(), 1e-6)
            << result["model"] << " row " << row << " class " << c;
      }
      Eigen::Index predicted = 0;
      probabilities.row(row).maxCoeff(&predicted);
      EXPECT_EQ(predicted, result["predicted"][i].get<int64_t>()) << result["model"] << " row " << row;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every, NeighborsReferenceTest, testing::Range(size_t{0}, Cases().size()));

TEST(NearestNeighborsTest, EachNeighbourHasOneVote) {
  const Fitted model("nearest_neighbors { neighbors: 3 }", Table({{0, 0}, {1, 1}, {2, 1}, {9, 0}}), 2);
  EXPECT_EQ(model.Probabilities(Rows({{.4f}})), Rows({{1.f / 3, 2.f / 3}}));
}

TEST(NearestNeighborsTest, NearerNeighboursCountMoreWhenDistancesWeigh) {
  const Fitted model("nearest_neighbors { neighbors: 3 weights: DISTANCE }", Table({{0, 0}, {3, 1}, {4, 1}}), 2);
  const FeatureMatrix probabilities = model.Probabilities(Rows({{1}}));
  EXPECT_NEAR(probabilities(0, 0), 1 / (1 + 1 / 2. + 1 / 3.), 1e-7);
}

TEST(NearestNeighborsTest, NeighboursAtDistanceZeroVoteAlone) {
  const Fitted model("nearest_neighbors { neighbors: 4 weights: DISTANCE }", Table({{1, 0}, {1, 2}, {1.5f, 1}, {2, 1}}),
                     3);
  EXPECT_EQ(model.Probabilities(Rows({{1}})), Rows({{.5f, 0, .5f}}));
}

TEST(NearestNeighborsTest, OfEquallyNearRowsTheFirstIsTaken) {
  const Fitted model("nearest_neighbors { neighbors: 1 }", Table({{3, 0}, {5, 1}, {3, 1}, {5, 0}}), 2);
  EXPECT_EQ(model.ClassOf({4}), 0);
  EXPECT_EQ(model.ClassOf({5}), 1);
}

TEST(NearestNeighborsTest, TieOfVotesGoesToTheSmallerClass) {
  EXPECT_EQ(Fitted("nearest_neighbors { neighbors: 2 }", Table({{0, 2}, {1, 1}}), 3).ClassOf({0}), 1);
}

TEST(NearestNeighborsTest, MoreNeighboursThanRowsAreAllRows) {
  const Fitted model("nearest_neighbors { neighbors: 1000000 }", Table({{0, 0}, {1, 1}, {7, 1}}), 2);
  EXPECT_EQ(model.Probabilities(Rows({{0}, {9}})), Rows({{1.f / 3, 2.f / 3}, {1.f / 3, 2.f / 3}}));
}

TEST(NearestNeighborsTest, OneRowDecidesAlone) {
  for (const char* metric : {"EUCLIDEAN", "MANHATTAN", "COSINE"}) {
    const Fitted model(absl::StrCat("nearest_neighbors { metric: ", metric, " }"), Table({{3, 1}}), 2);
    EXPECT_EQ(model.Probabilities(Rows({{5}, {0}})), Rows({{0, 1}, {0, 1}}));
  }
}

TEST(NearestNeighborsTest, ManyClassesAreNoTrouble) {
  std::vector<std::vector<float>> rows;
  for (int c = 0; c < 10000; ++c) rows.push_back({static_cast<float>(c), static_cast<float>(c)});
  const Fitted model("nearest_neighbors { neighbors: 1 }", Table(rows), 10000);
  EXPECT_EQ(model.ClassOf({9999}), 9999);
  EXPECT_EQ(model.ClassOf({1234.3f}), 1234);
}

TEST(NearestNeighborsTest, HugeAndTinyNumbersKeepTheirOrder) {
  for (const float scale : {1e30f, 3e37f, 1e-30f, 1e-40f}) {
    for (const char* metric : {"EUCLIDEAN", "MANHATTAN"}) {
      const Fitted model(absl::StrCat("nearest_neighbors { neighbors: 1 metric: ", metric, " }"),
                         Table({{-scale, 2 * scale, 0}, {scale, scale, 1}, {0, 3 * scale, 2}, {0, 0, 3}}), 4);
      EXPECT_EQ(model.ClassOf({.9f * scale, .9f * scale}), 1) << scale << metric;
      EXPECT_EQ(model.ClassOf({-.2f * scale, 2.9f * scale}), 2) << scale << metric;
      EXPECT_EQ(model.ClassOf({0, .1f * scale}), 3) << scale << metric;
    }
  }
}

TEST(NearestNeighborsTest, OneHugeRowDoesNotDisturbTheOthers) {
  LabelledRows rows = Clouds(300, 5, 3);
  rows.features.row(7).setConstant(1e30f);
  rows.labels[7] = 0;
  const Fitted model("nearest_neighbors { neighbors: 1 }", rows, 3);
  EXPECT_EQ(model.Accuracy(rows), 1);
  EXPECT_EQ(model.ClassOf({3e38f, 3e38f, 3e38f, 3e38f, 3e38f}), 0);
}

TEST(NearestNeighborsTest, HugeRowAmongSmallOnesIsFarFromAll) {
  const Fitted model("nearest_neighbors { neighbors: 1 }", Table({{-1, 0, 0}, {1, 0, 1}}), 2);
  EXPECT_EQ(model.ClassOf({-1e30f, 3}), 0) << "equally near to double precision, so the first";
  EXPECT_EQ(model.ClassOf({1e4f, 3}), 1);
}

TEST(NearestNeighborsTest, NumbersThatAreNotFiniteAreRefusedByRowAndColumn) {
  LabelledRows rows = Clouds(50, 4, 2);
  rows.features(31, 2) = std::nanf("");
  EXPECT_THAT(FitError(rows, 2), HasSubstr("training rows: row 32, column 3 of the features is missing"));
  rows.features(31, 2) = -kInfinity;
  EXPECT_THAT(FitError(rows, 2), HasSubstr("row 32, column 3 of the features is infinite"));
}

TEST(NearestNeighborsTest, RowThatIsNotFiniteIsAsFarFromAllAsCanBe) {
  const Fitted model("nearest_neighbors { neighbors: 2 weights: DISTANCE }", Table({{0, 0}, {1, 1}, {2, 1}}), 2);
  const FeatureMatrix probabilities = model.Probabilities(Rows({{std::nanf("")}, {2}, {kInfinity}}));
  EXPECT_EQ(probabilities, Rows({{.5f, .5f}, {0, 1}, {.5f, .5f}}));
}

TEST(NearestNeighborsTest, RegressionAndNoDataAreRefused) {
  LabelledRows rows = Clouds(50, 4, 2);
  rows.targets.assign(50, 1);
  EXPECT_THAT(FitError(rows, 0), HasSubstr("numbers to predict"));
  EXPECT_THAT(FitError(LabelledRows{FeatureMatrix(0, 3), {}, {}}, 2), HasSubstr("got 0 rows of 3 features"));
  EXPECT_THAT(FitError(LabelledRows{FeatureMatrix(1, 0), {0}, {}}, 2), HasSubstr("got 1 rows of 0 features"));
}

// Which results are kept, and what a model predicts with them.
class KeptNeighboursTest : public testing::Test {
 protected:
  FeatureMatrix Measured(const std::string& options) {
    const std::unique_ptr<Model> model = *MakeModel(ModelSpec(absl::StrCat("nearest_neighbors { ", options, " }")));
    FitContext context{RandomStream(1, 0, "model")};
    EXPECT_TRUE(model->Fit(TrainingRows(learn_, 3), context).ok());
    const auto predicted =
        model->PredictMeasured({asked_, "measured", kept_, stop_, [this] { return stop_.Requested(); }});
    EXPECT_TRUE(predicted.ok() || absl::IsCancelled(predicted.status())) << predicted.status();
    return predicted.ok() ? *predicted : FeatureMatrix(0, 0);
  }
  FeatureMatrix Alone(const std::string& options) {
    return Fitted(absl::StrCat("nearest_neighbors { ", options, " }"), learn_, 3).Probabilities(asked_);
  }

  const LabelledRows learn_ = Clouds(600, 6, 3);
  FeatureMatrix asked_ = Clouds(50, 6, 3, 0, 2).features;
  const KeptResults kept_{nullptr, "data"};
  Stop stop_;
};

TEST_F(KeptNeighboursTest, PredictionsAreThoseOfAModelAlone) {
  for (const char* options : {"neighbors: 1", "neighbors: 20 weights: DISTANCE", "neighbors: 7 metric: MANHATTAN",
                              "neighbors: 7 metric: COSINE", "neighbors: 200", "neighbors: 900"}) {
    EXPECT_EQ(Measured(options), Alone(options)) << options;
  }
}

TEST_F(KeptNeighboursTest, ModelsThatDifferInNumberOrWeightsSearchOnce) {
  const FeatureMatrix three = Alone("neighbors: 3"), ten = Alone("neighbors: 10 weights: DISTANCE");
  Measured("neighbors: 5");
  asked_.setConstant(1000);  // where anyone looked for neighbours now, they would be others
  EXPECT_EQ(Measured("neighbors: 3"), three);
  EXPECT_EQ(Measured("neighbors: 10 weights: DISTANCE"), ten);
  EXPECT_EQ(Measured("neighbors: 200"), Alone("neighbors: 200")) << "more than are kept";
  EXPECT_EQ(Measured("neighbors: 3 metric: MANHATTAN"), Alone("neighbors: 3 metric: MANHATTAN"));
}

TEST_F(KeptNeighboursTest, StopEndsTheSearchAndKeepsNothing) {
  stop_.Request();
  EXPECT_EQ(Measured("neighbors: 5").rows(), 0);
}

TEST(NeighborListsTest, SectionsThatAreNoListsAreRefused) {
  const auto open = [](const NeighborLists& lists, int64_t rows, int64_t train_rows) {
    const auto file = KeptResults(nullptr, "data")
                          .GetOrMake(
                              "lists", [&](const SectionSink& sink) { return GiveLists(lists.view(), sink); }, Stop());
    return OpenLists(*file, rows, train_rows).status();
  };
  const NeighborLists lists{2, {0, 1, 4, 3}, {0, 1, 2, 3}};
  EXPECT_TRUE(open(lists, 2, 5).ok());
  EXPECT_TRUE(absl::IsDataLoss(open(lists, 1, 5)));
  EXPECT_TRUE(absl::IsDataLoss(open(lists, 2, 4))) << "there is no row 4";
  EXPECT_TRUE(absl::IsDataLoss(open({2, {0, -1, 4, 3}, {0, 1, 2, 3}}, 2, 5)));
  EXPECT_TRUE(absl::IsDataLoss(open({2, {0, 1, 4, 3}, {0, 1, 2}}, 2, 5)));
  EXPECT_TRUE(absl::IsDataLoss(open({0, {}, {}}, 2, 5)));
}

TEST(NearestNeighborsTest, LoadedLabelsMustBeClasses) {
  const std::string state = Fitted("nearest_neighbors {}", Table({{0, 0}, {1, 3}}), 4).State();
  ArchiveReader reader(state);
  EXPECT_TRUE(absl::IsDataLoss((*MakeModel(ModelSpec("nearest_neighbors {}")))->Load(reader, 1, 3)));
}

}  // namespace
}  // namespace parzen
