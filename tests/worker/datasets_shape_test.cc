// What a dataset's spec asks of its rows: only some classes, fewer rows, sums of two.
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/data_folder.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr absl::string_view kRows = "label,a\n0,10\n1,11\n2,12\n1,13\n0,14\n2,15\n";

class DatasetsShapeTest : public testing::Test {
 protected:
  DatasetsShapeTest() {
    folder_.Write("train.csv", kRows);
    folder_.Write("test.csv", "label,a\n2,20\n1,21\n");
  }
  absl::StatusOr<Dataset> Load(absl::string_view shape) const {
    return LoadFrom(folder_, absl::StrCat("csv { file: \"$DIR/train.csv\" test_file: \"$DIR/test.csv\" } ", shape));
  }
  std::string Error(absl::string_view shape) const { return std::string(Load(shape).status().message()); }
  static std::vector<float> Features(const LabelledRows& rows) {
    return {rows.features.data(), rows.features.data() + rows.features.size()};
  }

  DataFolder folder_;
};

TEST_F(DatasetsShapeTest, KeptClassesAreNumberedAsTheyAreListed) {
  const absl::StatusOr<Dataset> data = Load("keep_class: \"2\" keep_class: \"0\"");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->class_names, ElementsAre("2", "0"));
  EXPECT_THAT(Features(data->train), ElementsAre(10, 12, 14, 15));
  EXPECT_THAT(data->train.labels, ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(Features(data->test), ElementsAre(20));
}

TEST_F(DatasetsShapeTest, AClassThatThereIsNotIsNamed) {
  EXPECT_THAT(Error("keep_class: \"3\""), HasSubstr("keep_class: there is no class \"3\""));
  EXPECT_THAT(Error("keep_class: \"1\" keep_class: \"1\""), HasSubstr("named twice"));
}

TEST_F(DatasetsShapeTest, TheFirstRowsAreThoseOfTheTrainingFile) {
  EXPECT_THAT(Features(Load("first_rows: 2")->train), ElementsAre(10, 11));
  EXPECT_EQ(Load("first_rows: 2")->test.rows(), 2);
  EXPECT_EQ(Load("first_rows: 7")->train.rows(), 6);
}

TEST_F(DatasetsShapeTest, AShareIsDrawnWithoutReplacementAndBySeed) {
  const std::vector<float> drawn = Features(Load("fraction: 0.5")->train);
  EXPECT_EQ(std::set<float>(drawn.begin(), drawn.end()).size(), 3u);
  std::set<std::vector<float>> draws;
  for (const int seed : {1, 2, 3, 4}) draws.insert(Features(Load(absl::StrCat("fraction: 0.5 seed: ", seed))->train));
  EXPECT_GT(draws.size(), 1u);
  EXPECT_THAT(Error("fraction: 0.01"), HasSubstr("0.01 of 6 training rows leaves none"));
}

TEST_F(DatasetsShapeTest, SumsOfTwoStackTheRowsAndAddTheirClasses) {
  const absl::StatusOr<Dataset> data = Load("sum_of_two {}");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->class_names, ElementsAre("0", "1", "2", "3", "4"));
  ASSERT_EQ(data->train.rows(), 6);
  ASSERT_EQ(data->train.features.cols(), 2);
  const std::map<float, int> class_of = {{10, 0}, {11, 1}, {12, 2}, {13, 1}, {14, 0}, {15, 2}, {20, 2}, {21, 1}};
  for (const LabelledRows* part : {&data->train, &data->test}) {
    for (int row = 0; row < part->rows(); ++row) {
      EXPECT_EQ(part->labels[static_cast<size_t>(row)],
                class_of.at(part->features(row, 0)) + class_of.at(part->features(row, 1)));
    }
  }
}

TEST_F(DatasetsShapeTest, SumsNeedNumbers) {
  folder_.Write("train.csv", "label,a\nx,1\ny,2\n");
  folder_.Write("test.csv", "label,a\nx,1\n");
  EXPECT_THAT(Error("sum_of_two {}"), HasSubstr("the class \"x\" is no whole number"));
}

TEST_F(DatasetsShapeTest, MoreSumsThanThereMayBeClassesAreRefused) {
  std::string table = "label,a\n";
  for (int i = 0; i < 50; ++i) absl::StrAppend(&table, i * i * i, ",1\n");  // 1,268 different sums
  folder_.Write("train.csv", table);
  folder_.Write("test.csv", table);
  EXPECT_THAT(Error("sum_of_two {}"), HasSubstr("50 classes have more than 1000 different sums"));
}

TEST_F(DatasetsShapeTest, AStackOfTwoImagesIsAnImage) {
  folder_.Write("i", SmallImages(4));
  folder_.Write("l", IdxLabels({0, 1, 1, 0}));
  const auto data = LoadFrom(folder_, "idx { images: \"$DIR/i\" labels: \"$DIR/l\" } sum_of_two {}");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->image_height, 4);
  EXPECT_EQ(data->image_width, 3);
  EXPECT_EQ(data->train.features.cols(), 12);
}

TEST_F(DatasetsShapeTest, ANumberToPredictIsATarget) {
  folder_.Write("r.csv", "a,price\n1,2.5\n2,-3\n");
  const auto data = LoadFrom(folder_, "csv { file: \"$DIR/r.csv\" target: \"price\" }");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->classes(), 0);
  EXPECT_THAT(data->train.targets, ElementsAre(2.5, -3));
  EXPECT_THAT(Features(data->train), ElementsAre(1, 2));
  folder_.Write("r.csv", "a,price\n1,2.5\n2,cheap\n");
  EXPECT_THAT(LoadFrom(folder_, "csv { file: \"$DIR/r.csv\" target: \"price\" }").status().message(),
              HasSubstr("r.csv:3: the target \"cheap\" is not a finite number"));
}

TEST_F(DatasetsShapeTest, AMissingValueIsRefusedOrKept) {
  folder_.Write("m.csv", "label,a,b\nx,1,\ny,NA,4\n");
  EXPECT_THAT(LoadFrom(folder_, "csv { file: \"$DIR/m.csv\" }").status().message(),
              HasSubstr("m.csv:2: column \"b\": the cell is empty; a number is needed (csv { missing: KEEP_MISSING }"));
  const auto data = LoadFrom(folder_, "csv { file: \"$DIR/m.csv\" missing: KEEP_MISSING }");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_TRUE(std::isnan(data->train.features(0, 1)));
  EXPECT_TRUE(std::isnan(data->train.features(1, 0)));
  EXPECT_EQ(data->train.features(1, 1), 4);
}

TEST_F(DatasetsShapeTest, TextBecomesAColumnForEachOfItsValues) {
  folder_.Write("t.csv", "label,colour,size\nx,red,1\ny,blue,2\nx,red,3\n");
  folder_.Write("u.csv", "label,size,colour\ny,5,green\nx,6,blue\n");
  EXPECT_THAT(LoadFrom(folder_, "csv { file: \"$DIR/t.csv\" }").status().message(),
              HasSubstr("\"red\" is not a finite"));
  const auto data = LoadFrom(folder_, "csv { file: \"$DIR/t.csv\" test_file: \"$DIR/u.csv\" text: ONE_HOT }");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(Features(data->train), ElementsAre(0, 1, 1, 1, 0, 2, 0, 1, 3));  // blue, red, size
  EXPECT_THAT(Features(data->test), ElementsAre(0, 0, 5, 1, 0, 6));
}

TEST_F(DatasetsShapeTest, AColumnOfOneTextIsAConstant) {
  folder_.Write("t.csv", "label,colour\nx,red\ny,red\n");
  EXPECT_THAT(Features(LoadFrom(folder_, "csv { file: \"$DIR/t.csv\" text: ONE_HOT }")->train), ElementsAre(1, 1));
}

}  // namespace
}  // namespace parzen
