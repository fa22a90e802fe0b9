// Plots of what is kept with trials: which numbers of the artifacts become which rows.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Rows(const std::string& plot, const std::vector<TrialArtifact>& artifacts, size_t table = 0) {
  const StudySummary study;
  const Plot made = (*Registry<MakePlot>::Global().Find(plot))({study, {}, artifacts});
  std::vector<std::string> rows;
  for (const auto& row : made.tables.at(table).rows) rows.push_back(Json(row).dump());
  return rows;
}

std::string Note(const std::string& plot, const std::vector<TrialArtifact>& artifacts = {}) {
  const StudySummary study;
  return (*Registry<MakePlot>::Global().Find(plot))({study, {}, artifacts}).notes.at(0);
}

TEST(ConfusionMatrixTest, HasCountsAndTheirSharesOfEachClass) {
  EXPECT_THAT(Rows("confusion_matrix",
                   {{4, "validation_confusion.json", R"({"class_name": ["a", "b"], "count": [3, 1, 0, 0]})"}}),
              ElementsAre(R"([4,"validation","a","a",3,0.75])", R"([4,"validation","a","b",1,0.25])",
                          R"([4,"validation","b","a",0,null])", R"([4,"validation","b","b",0,null])"));
}

TEST(ConfusionMatrixTest, TestRowsComeFirst) {
  const std::string one = R"({"class_name": ["a"], "count": [1]})";
  EXPECT_THAT(Rows("confusion_matrix", {{4, "train_confusion.json", one},
                                        {4, "validation_confusion.json", one},
                                        {3, "validation_confusion.json", one},
                                        {4, "test_confusion.json", one}}),
              ElementsAre(HasSubstr("[4,\"test\""), HasSubstr("[4,\"validation\""), HasSubstr("[3,\"validation\""),
                          HasSubstr("[4,\"train\"")));
}

TEST(ConfusionMatrixTest, ADocumentThatNestsDeeplyIsLeftOut) {
  for (const int deep : {5, 50}) {
    const std::string json = absl::StrCat(R"({"class_name": ["a"], "count": [1], "more": )", std::string(deep, '['),
                                          std::string(deep, ']'), "}");
    EXPECT_EQ(Rows("confusion_matrix", {{4, "validation_confusion.json", json}}).size(), deep == 5 ? 1 : 0);
  }
}

TEST(ClustersTest, OfTooManyImagesTheFirstAreShownAndThatIsSaid) {
  std::string json = R"({"height": 1, "width": 2, "cluster": [)";
  for (int cluster = 0; cluster < 201; ++cluster) {
    absl::StrAppend(&json, cluster == 0 ? "" : ",", R"({"rows": 9, "center": "AAE=", "image": [)");
    for (int image = 0; image < 9; ++image) absl::StrAppend(&json, image == 0 ? "" : ",", R"("AAE=")");
    absl::StrAppend(&json, "]}");
  }
  json += "]}";
  EXPECT_EQ(Rows("clusters", {{3, "clusters.json", json}}, 1).size(), 2000U);
  EXPECT_EQ(Note("clusters", {{3, "clusters.json", json}}), "2,000 of 2,010 images of trial 3 are shown");
}

TEST(ClassificationReportTest, HasARowAClass) {
  EXPECT_THAT(
      Rows("classification_report",
           {{1, "test_classes.json", R"([{"name": "7", "precision": 0.5, "recall": 1, "f1": 0.25, "support": 9}])"}}),
      ElementsAre(R"([1,"test","7",0.5,1.0,0.25,9.0])"));
}

TEST(LearningCurvesTest, HasACurveForEachQuantityOfTrialAndFinalTraining) {
  EXPECT_THAT(
      Rows("learning_curves", {{1, "epochs.json", R"([{"loss": 2}, {"loss": 1, "accuracy": 0.5}])"},
                               {1, "final_epochs.json", R"([{"loss": 3}])"}}),
      ElementsAre(R"([1,"trial",1,"loss",2.0])", R"([1,"trial",2,"loss",1.0])", R"([1,"trial",1,"accuracy",null])",
                  R"([1,"trial",2,"accuracy",0.5])", R"([1,"final",1,"loss",3.0])"));
}

TEST(PredictionsTest, NamesClassesAndKeepsImages) {
  EXPECT_THAT(
      Rows("predictions", {{2, "predictions.json", R"({"class_name": ["a", "b"], "height": 1, "width": 2, "row": [
                {"row": 5, "label": 0, "predicted": 1, "probability": 0.9, "image": "AAE="}]})"},
                           {2, "test_predictions.json", R"({"class_name": ["a"], "row": [
                {"row": 6, "label": 0, "predicted": 0, "probability": 1}]})"}}),
      ElementsAre(R"([2,"test",6.0,"a","a",1.0,null,null,null])",
                  R"([2,"validation",5.0,"a","b",0.9,1.0,2.0,"AAE="])"));
}

TEST(PredictionsTest, AnImageThatIsNoneIsLeftOut) {
  for (const char* json : {
           R"({"height": 1, "width": 3, "row": [{"label": 0, "predicted": 1, "image": "AAE="}]})",
           R"({"height": 0.5, "width": 4, "row": [{"label": 0, "predicted": 1, "image": "AAE="}]})",
           R"({"height": 1, "width": 2, "row": [{"label": 0, "predicted": 1, "image": "no base64!"}]})",
           R"({"height": 1, "width": 1, "row": [{"label": 0, "predicted": 1, "image": "AA.."}]})",
           R"({"row": [{"label": 0, "predicted": 1, "image": "AAE="}]})",
       }) {
    EXPECT_THAT(Rows("predictions", {{2, "predictions.json", json}}),
                ElementsAre(R"([2,"validation",null,"0","1",null,null,null,null])"));
  }
}

TEST(PredictionsTest, WithoutAnyANoteSaysHowTheyAreKept) {
  EXPECT_THAT(Note("predictions"), HasSubstr("keep { predictions: 20 }"));
}

const char* const kDataset = R"({"class_name": ["a", "b"], "learned": [7, 5], "measured": [2], "height": 1, "width": 2,
    "row": [{"row": 3, "label": 1, "image": "AAE="}, {"row": 4, "label": 0, "image": "AA=="}]})";

TEST(DatasetTest, HasARowAClassAndItsImages) {
  EXPECT_THAT(Rows("dataset", {{2, "final_dataset.json", kDataset}}, 0),
              ElementsAre(R"([2,"a",7,2])", R"([2,"b",5,0])"));
  EXPECT_THAT(Rows("dataset", {{2, "final_dataset.json", kDataset}}, 1), ElementsAre(R"([2,3.0,"b",1.0,2.0,"AAE="])"));
}

TEST(DatasetTest, TheFirstDatasetThatCanBeReadIsShown) {
  EXPECT_THAT(
      Rows("dataset",
           {{1, "final_dataset.json", "{"}, {2, "final_dataset.json", kDataset}, {3, "final_dataset.json", kDataset}}),
      ElementsAre(HasSubstr("[2,"), HasSubstr("[2,")));
}

}  // namespace
}  // namespace parzen
