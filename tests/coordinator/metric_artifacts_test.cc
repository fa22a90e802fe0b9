// Which documents are kept of what a training measured.
#include "coordinator/metric_artifacts.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

using testing::ElementsAre;

std::vector<std::string> Names(const std::vector<MetricArtifact>& artifacts) {
  std::vector<std::string> names;
  for (const MetricArtifact& artifact : artifacts) names.push_back(artifact.name);
  return names;
}

TrainMetrics Metrics() {
  TrainMetrics metrics;
  metrics.mutable_train()->mutable_confusion()->add_class_name("a");
  metrics.mutable_test()->mutable_confusion()->add_class_name("a");
  metrics.mutable_predicted_rows()->add_row()->set_image("xyz");
  DatasetSheet& sheet = *metrics.mutable_dataset();
  sheet.add_class_name("a");
  sheet.add_learned(7);
  sheet.add_measured(2);
  sheet.set_height(1);
  sheet.set_width(3);
  SheetRow& row = *sheet.add_row();
  row.set_row(4);
  row.set_label(0);
  row.set_image("xyz");
  return metrics;
}

TEST(MetricArtifactsTest, TheDatasetIsKeptWithTheFinalTrainingAlone) {
  EXPECT_THAT(Names(ArtifactsOf(Metrics())), ElementsAre("train_confusion.json", "predictions.json"));
  EXPECT_THAT(Names(ArtifactsOfFinal(Metrics())),
              ElementsAre("test_confusion.json", "test_predictions.json", "final_dataset.json"));
}

TEST(MetricArtifactsTest, TheDatasetsDocumentHasCountsAndImages) {
  EXPECT_EQ(ArtifactsOfFinal(Metrics()).back().bytes,
            R"({"class_name":["a"],"learned":[7],"measured":[2],"height":1,"width":3,)"
            R"("row":[{"row":4,"label":0,"image":"eHl6"}]})");
}

TEST(MetricArtifactsTest, WhatIsKeptBesideTheFinalResultIsNotKeptInIt) {
  EXPECT_EQ(WithoutRows(Metrics()).ShortDebugString(),
            R"(train { confusion { class_name: "a" } } test { confusion { class_name: "a" } })");
}

}  // namespace
}  // namespace parzen
