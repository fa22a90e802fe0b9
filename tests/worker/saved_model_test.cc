// A model in a file predicts what it predicted before, and a file that is not as it was written is refused.
#include "worker/saved_model.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/worker/data_folder.h"
#include "worker/trainer.h"

namespace parzen {
namespace {

using testing::HasSubstr;

class SavedModelTest : public testing::Test {
 protected:
  SavedModelTest() {
    TrainTask task;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        R"(final: true spec { dataset { digits { train: 300 test: 50 } } transform { scale { divide_by: 255 } }
             random_forest { trees: 5 } })",
        &task));
    DataCache cache;
    TrainHooks hooks;
    hooks.keep = [&](const Model& model, const PreparedData& data, const TrainMetrics& metrics) {
      ModelHeader header;
      for (int i = 0; i <= 1000; ++i) header.mutable_notes()->add_class_name("");
      *header.mutable_spec() = task.spec();
      of_too_many_classes_ = SavedModel::Bytes(header, model);
      header.set_study("digits");
      *header.mutable_spec() = task.spec();
      *header.mutable_notes() = data.notes;
      *header.mutable_metrics() = metrics;
      bytes_ = SavedModel::Bytes(header, model);
      predictions_ = model.Predict(data.measure.features);
      return absl::OkStatus();
    };
    EXPECT_TRUE(Train(task, cache, hooks).ok());
    test_ = LoadDataset(task.spec().dataset())->test.features;
  }
  // The file of a tree on the digits after these transforms.
  static std::string BytesOf(absl::string_view transforms) {
    TrainTask task;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        absl::StrCat("final: true spec { dataset { digits { train: 300 test: 50 } } decision_tree {} ", transforms,
                     "}"),
        &task));
    DataCache cache;
    TrainHooks hooks;
    std::string bytes;
    hooks.keep = [&](const Model& model, const PreparedData& data, const TrainMetrics&) {
      ModelHeader header;
      *header.mutable_spec() = task.spec();
      *header.mutable_notes() = data.notes;
      bytes = SavedModel::Bytes(header, model);
      return absl::OkStatus();
    };
    EXPECT_TRUE(Train(task, cache, hooks).ok());
    return bytes;
  }
  static std::string Error(absl::string_view bytes) { return std::string(SavedModel::Parse(bytes).status().message()); }

  std::string bytes_;
  std::string of_too_many_classes_;
  FeatureMatrix test_;  // before the transforms
  FeatureMatrix predictions_;
};

TEST_F(SavedModelTest, PredictsTheSameBitsFromRowsBeforeTheTransforms) {
  const absl::StatusOr<SavedModel> model = SavedModel::Parse(bytes_);
  ASSERT_TRUE(model.ok()) << model.status();
  const absl::StatusOr<FeatureMatrix> predictions = model->Predict(test_);
  ASSERT_TRUE(predictions.ok()) << predictions.status();
  EXPECT_EQ(*predictions, predictions_);
  EXPECT_EQ(model->header().study(), "digits");
  EXPECT_EQ(model->header().notes().class_name_size(), 10);
  EXPECT_FALSE(model->header().spec().has_dataset()) << "files of another machine";
  EXPECT_GT(model->header().metrics().test().accuracy(), .3);
}

TEST_F(SavedModelTest, RowsOfAnotherWidthAreRefused) {
  const absl::Status status = SavedModel::Parse(bytes_)->Predict(test_.leftCols(10)).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(status.message(), HasSubstr("784 features, and these rows have 10"));
}

TEST_F(SavedModelTest, RowsComeBackFromTheTransforms) {
  const absl::StatusOr<FeatureMatrix> rows = SavedModel::Parse(bytes_)->Reconstruct(test_);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_LT((*rows - test_).cwiseAbs().maxCoeff(), 1e-4);
  EXPECT_THAT(SavedModel::Parse(bytes_)->Reconstruct(test_.leftCols(10)).status().message(),
              HasSubstr("784 features, and these rows have 10"));
}

TEST_F(SavedModelTest, TransformsAreUndoneFromTheLastToTheFirst) {
  const std::string bytes = BytesOf("transform { scale { divide_by: 255 } } transform { pca { components: 30 } }");
  const FeatureMatrix rows = *SavedModel::Parse(bytes)->Reconstruct(test_);
  const double lost = (rows - test_).cast<double>().norm() / test_.cast<double>().norm();
  EXPECT_GT(lost, .05);
  EXPECT_LT(lost, .6);
}

TEST_F(SavedModelTest, WhatCannotComeBackSaysWhy) {
  EXPECT_THAT(SavedModel::Parse(BytesOf(""))->Reconstruct(test_).status().message(),
              HasSubstr("its study has no transforms"));
  EXPECT_THAT(SavedModel::Parse(BytesOf("transform { row_maximum {} }"))->Reconstruct(test_).status().ToString(),
              HasSubstr("INVALID_ARGUMENT: transform.row_maximum: the largest value of each row"));
}

TEST_F(SavedModelTest, EveryByteIsChecked) {
  for (size_t i = 0; i < bytes_.size(); i += 97) {
    std::string other = bytes_;
    other[i] ^= 1;
    EXPECT_FALSE(SavedModel::Parse(other).ok()) << "byte " << i;
  }
}

TEST_F(SavedModelTest, MoreClassesThanThereMayBeAreRefused) {
  EXPECT_THAT(Error(of_too_many_classes_), HasSubstr("more classes than there may be"));
}

TEST_F(SavedModelTest, AFileThatIsNoModelSaysSo) {
  EXPECT_THAT(Error(""), HasSubstr("does not begin like one"));
  EXPECT_THAT(Error("SQLite format 3"), HasSubstr("does not begin like one"));
  EXPECT_THAT(Error("PARZEN MODEL 2\nand more"), HasSubstr("another version"));
  EXPECT_THAT(Error(absl::string_view(bytes_).substr(0, 20)), HasSubstr("cut off"));
  EXPECT_THAT(Error(absl::string_view(bytes_).substr(0, bytes_.size() - 1)), HasSubstr("cut off"));
  EXPECT_THAT(Error(bytes_ + "x"), HasSubstr("something follows it"));
}

}  // namespace
}  // namespace parzen
