// Arrays of NumPy.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/data_folder.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class NpyTest : public testing::Test {
 protected:
  NpyTest() {
    folder_.Write("rows.npy", NpyFile("|u1", "3, 2", "\x01\x02\x03\x04\x05\x06"));
    folder_.Write("labels.npy", NpyFile("|i1", "3,", "\x09\xff\x09"));
  }
  std::string Error() { return LoadError(folder_, "npy { file: '$DIR/rows.npy' labels: '$DIR/labels.npy' }"); }
  absl::StatusOr<Dataset> Load() {
    return LoadFrom(folder_, "npy { file: '$DIR/rows.npy' labels: '$DIR/labels.npy' }");
  }

  DataFolder folder_;
};

TEST_F(NpyTest, WholeNumbersAreClassesInAscendingOrder) {
  const auto dataset = Load();
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->class_names, ElementsAre("-1", "9"));
  EXPECT_THAT(dataset->train.labels, ElementsAre(1, 0, 1));
  EXPECT_EQ(dataset->train.features(2, 1), 6);
}

TEST_F(NpyTest, KeptActivationsNameTheirClasses) {
  folder_.Write("labels.npy", R"({"class_name": ["cat", "dog"], "row": [4, 5, 6], "label": [1, 0, 1]})");
  const auto dataset = Load();
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->class_names, ElementsAre("cat", "dog"));
  EXPECT_THAT(dataset->train.labels, ElementsAre(1, 0, 1));
}

TEST_F(NpyTest, ThreeSizesAreImages) {
  folder_.Write("rows.npy", NpyFile("|u1", "3, 1, 2", "\x01\x02\x03\x04\x05\x06"));
  const auto dataset = Load();
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->image_height, 1);
  EXPECT_EQ(dataset->image_width, 2);
}

TEST_F(NpyTest, WhatCannotBeReadIsNamedWithWhatWouldBeRight) {
  const std::string numbers = "\x01\x02\x03\x04\x05\x06";
  folder_.Write("rows.npy", NpyFile(">f4", "3, 2", std::string(24, '\0')));
  EXPECT_THAT(Error(), HasSubstr("astype('<f4')"));
  folder_.Write("rows.npy", NpyFile("|O", "3, 2", numbers));
  EXPECT_THAT(Error(), HasSubstr("float32, float64 and whole numbers"));
  folder_.Write("rows.npy", NpyFile("|u1", "3, 3", numbers));
  EXPECT_THAT(Error(), HasSubstr("3 x 3 numbers of 1 bytes, more than the 6 bytes that follow it"));
  folder_.Write("rows.npy", NpyFile("|u1", "4000000000, 4000000000, 4000000000", numbers));
  EXPECT_THAT(Error(), HasSubstr("more than the 6 bytes"));
  folder_.Write("rows.npy", NpyFile("|u1", "6,", numbers));
  EXPECT_THAT(Error(), HasSubstr("holds 6 rows, but $DIR/labels.npy holds 3 labels"));
  folder_.Write("rows.npy", NpyFile("<f4", "3,", std::string("\0\0\xc0\x7f\0\0\0\0\0\0\0\0", 12)));
  EXPECT_THAT(Error(), HasSubstr("row 0, number 0 is nan"));
}

TEST_F(NpyTest, ClassesThatAreNoWholeNumbersAreRefused) {
  folder_.Write("labels.npy", NpyFile("<f4", "3,", std::string("\0\0\0\x3f\0\0\0\0\0\0\0\0", 12)));
  EXPECT_THAT(Error(), HasSubstr("number 0 is 0.5: classes are whole numbers"));
  folder_.Write("labels.npy", R"({"class_name": ["a"], "label": [0, 0, 1]})");
  EXPECT_THAT(Error(), HasSubstr("label 2 is no place among the class names"));
  folder_.Write("labels.npy", "hello");
  EXPECT_THAT(Error(), HasSubstr("neither an array nor a document"));
}

}  // namespace
}  // namespace parzen
