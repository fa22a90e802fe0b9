// The IDX format, and every way in which a pair of IDX files can be wrong.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/data_folder.h"

namespace parzen {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char kTrain[] = R"(idx { images: "$DIR/images" labels: "$DIR/labels" })";
constexpr char kTrainAndTest[] = R"(idx {
  images: "$DIR/images" labels: "$DIR/labels" test_images: "$DIR/test_images" test_labels: "$DIR/test_labels" })";

class IdxTest : public testing::Test {
 protected:
  void HaveTrain(const std::string& images, const std::string& labels) {
    folder_.Write("images", images);
    folder_.Write("labels", labels);
  }
  void HaveTest(const std::string& images, const std::string& labels) {
    folder_.Write("test_images", images);
    folder_.Write("test_labels", labels);
  }

  DataFolder folder_;
};

TEST_F(IdxTest, ImagesAndLabelsBecomeRows) {
  HaveTrain(SmallImages(3), IdxLabels({2, 0, 2}));
  const auto dataset = LoadFrom(folder_, kTrain);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->train.features.row(2), (Eigen::RowVectorXf(6) << 20, 21, 22, 23, 24, 25).finished());
  EXPECT_THAT(dataset->train.labels, ElementsAre(2, 0, 2));
  EXPECT_EQ(dataset->image_height, 2);
  EXPECT_EQ(dataset->image_width, 3);
  EXPECT_EQ(dataset->test.rows(), 0);
}

TEST_F(IdxTest, BytesAbove127AreNotNegative) {
  HaveTrain(IdxFile(0x803, {1, 1, 2}, "\xff\x80"), IdxLabels({200}));
  const auto dataset = LoadFrom(folder_, kTrain);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->train.features(0, 0), 255);
  EXPECT_EQ(dataset->train.features(0, 1), 128);
  EXPECT_THAT(dataset->train.labels, ElementsAre(200));
}

TEST_F(IdxTest, GzipAndPlainFilesMayBeMixed) {
  HaveTrain(Gzipped(SmallImages(2)), IdxLabels({0, 1}));
  const auto dataset = LoadFrom(folder_, kTrain);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->train.features(1, 5), 15);
}

TEST_F(IdxTest, EveryClassUpToTheLargestLabelOfBothPartsIsKept) {
  HaveTrain(SmallImages(2), IdxLabels({0, 2}));
  HaveTest(SmallImages(1), IdxLabels({4}));
  const auto dataset = LoadFrom(folder_, kTrainAndTest);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->class_names, ElementsAre("0", "1", "2", "3", "4"));
  EXPECT_THAT(dataset->test.labels, ElementsAre(4));
}

TEST_F(IdxTest, TableOfBytesHasFeaturesButNoImageShape) {
  HaveTrain(IdxFile(0x802, {2, 3}, "abcdef"), IdxLabels({0, 1}));
  const auto dataset = LoadFrom(folder_, kTrain);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->train.features.cols(), 3);
  EXPECT_EQ(dataset->train.features(1, 0), 'd');
  EXPECT_EQ(dataset->image_height, 0);
}

TEST_F(IdxTest, UnknownMagicIsShownWithTheExpectedOne) {
  HaveTrain(IdxFile(0xcafe0803, {1, 2, 3}, "abcdef"), IdxLabels({0}));
  EXPECT_THAT(LoadError(folder_, kTrain),
              StartsWith("INVALID_ARGUMENT: $DIR/images: byte 0: IDX magic 0xcafe0803; images need 0x00000803"));
}

TEST_F(IdxTest, ArrayOfFloatsIsNotMistakenForBytes) {
  HaveTrain(IdxFile(0xd03, {1, 1, 1}, "abcd"), IdxLabels({0}));
  EXPECT_THAT(LoadError(folder_, kTrain), HasSubstr("IDX magic 0x00000d03"));
}

TEST_F(IdxTest, SwappedImagesAndLabelsAreGuessed) {
  HaveTrain(IdxLabels({0, 1}), SmallImages(2));
  EXPECT_THAT(LoadError(folder_, kTrain), AllOf(HasSubstr("$DIR/images: byte 0"), HasSubstr("label file"),
                                                HasSubstr("are images and labels swapped?")));
}

TEST_F(IdxTest, ImagesInPlaceOfLabelsAreGuessed) {
  HaveTrain(SmallImages(2), SmallImages(2));
  EXPECT_THAT(LoadError(folder_, kTrain), AllOf(HasSubstr("$DIR/labels: byte 0: IDX magic 0x00000803; labels need "
                                                          "0x00000801"),
                                                HasSubstr("swapped?")));
}

TEST_F(IdxTest, FileThatEndsInItsHeaderSaysWhere) {
  HaveTrain(SmallImages(2).substr(0, 11), IdxLabels({0, 1}));
  EXPECT_THAT(LoadError(folder_, kTrain), HasSubstr("$DIR/images: ends at byte 11, inside its 16-byte IDX header"));
}

TEST_F(IdxTest, FileThatEndsInItsMagicSaysWhere) {
  HaveTrain(SmallImages(2), "\x00");
  EXPECT_THAT(LoadError(folder_, kTrain), HasSubstr("$DIR/labels: ends at byte 0, before its 4-byte IDX magic"));
}

TEST_F(IdxTest, MissingPixelsAreCountedAgainstTheHeader) {
  HaveTrain(SmallImages(2).substr(0, 16 + 11), IdxLabels({0, 1}));
  EXPECT_THAT(
      LoadError(folder_, kTrain),
      HasSubstr("$DIR/images: byte 4: the header says 2 x 2 x 3, more than the 11 bytes that follow it; the file "
                "is truncated"));
}

TEST_F(IdxTest, BytesAfterThePixelsAreAnError) {
  HaveTrain(SmallImages(2) + "x", IdxLabels({0, 1}));
  EXPECT_THAT(LoadError(folder_, kTrain), HasSubstr("fewer than the 13 bytes that follow it"));
}

TEST_F(IdxTest, HeaderThatClaimsMoreThanMemoryHoldsAllocatesNothing) {
  HaveTrain(IdxFile(0x803, {0xffffffff, 0xffffffff, 0xffffffff}, "few"), IdxLabels({0}));
  EXPECT_THAT(LoadError(folder_, kTrain), HasSubstr("more than the 3 bytes that follow it"));
}

TEST_F(IdxTest, SizesWhoseProductOverflowsToTheRightNumberAreStillWrong) {
  HaveTrain(IdxFile(0x803, {0x80000000, 0x80000000, 4}, ""), IdxLabels({0}));  // 2^64
  EXPECT_THAT(LoadError(folder_, kTrain), HasSubstr("more than the 0 bytes that follow it"));
}

TEST_F(IdxTest, ItemWithTooManyFeaturesIsRefused) {
  HaveTrain(IdxFile(0x803, {1, 1024, 1025}, std::string(1024 * 1025, '\0')), IdxLabels({0}));
  EXPECT_THAT(LoadError(folder_, kTrain), HasSubstr("has 1049600 features; at most 1048576 are read"));
}

TEST_F(IdxTest, NoImagesAtAllIsAnError) {
  HaveTrain(SmallImages(0), IdxLabels({}));
  EXPECT_THAT(LoadError(folder_, kTrain),
              HasSubstr("$DIR/images: byte 4: the header says 0 x 2 x 3: the file is empty"));
}

TEST_F(IdxTest, DifferentCountsNameBothFiles) {
  HaveTrain(SmallImages(3), IdxLabels({0, 1}));
  EXPECT_THAT(LoadError(folder_, kTrain),
              HasSubstr("$DIR/images holds 3 images, but $DIR/labels holds 2 labels; each image needs one label"));
}

TEST_F(IdxTest, DifferentCountsInTheTestPartNameTheTestFiles) {
  HaveTrain(SmallImages(2), IdxLabels({0, 1}));
  HaveTest(SmallImages(1), IdxLabels({0, 1}));
  EXPECT_THAT(LoadError(folder_, kTrainAndTest), HasSubstr("$DIR/test_images holds 1 images, but $DIR/test_labels"));
}

TEST_F(IdxTest, TestImagesOfAnotherShapeAreRefusedThoughTheyHaveAsManyPixels) {
  HaveTrain(SmallImages(2), IdxLabels({0, 1}));
  HaveTest(IdxFile(0x803, {1, 3, 2}, "abcdef"), IdxLabels({0}));
  EXPECT_THAT(LoadError(folder_, kTrainAndTest),
              HasSubstr("$DIR/test_images holds 1 x 3 x 2 bytes, but $DIR/images holds 2 x 2 x 3"));
}

TEST_F(IdxTest, TestImagesWithoutTestLabelsAreAnError) {
  EXPECT_THAT(LoadError(folder_, R"(idx { images: "i" labels: "l" test_images: "t" })"),
              HasSubstr("dataset.idx: test_images is given without test_labels; give both or neither"));
}

TEST_F(IdxTest, TestLabelsWithoutTestImagesAreAnError) {
  EXPECT_THAT(LoadError(folder_, R"(idx { images: "i" labels: "l" test_labels: "t" })"),
              HasSubstr("dataset.idx: test_labels is given without test_images"));
}

TEST_F(IdxTest, MissingFileIsNotFound) {
  folder_.Write("images", SmallImages(2));
  EXPECT_EQ(LoadError(folder_, kTrain), "NOT_FOUND: $DIR/labels: there is no such file");
}

TEST_F(IdxTest, TruncatedGzipNamesTheFile) {
  const std::string packed = Gzipped(SmallImages(2));
  HaveTrain(packed.substr(0, packed.size() / 2), IdxLabels({0, 1}));
  EXPECT_THAT(LoadError(folder_, kTrain), StartsWith("INVALID_ARGUMENT: $DIR/images: truncated gzip"));
}

TEST_F(IdxTest, MnistIsReadWhole) {
  const std::string images = MnistFile("train-images-idx3-ubyte.gz");
  if (images.empty()) GTEST_SKIP() << "MNIST IS NOT HERE: name its folder in PARZEN_DATA (test --test_env=PARZEN_DATA)";
  DatasetSpec spec;
  spec.mutable_idx()->set_images(images);
  spec.mutable_idx()->set_labels(MnistFile("train-labels-idx1-ubyte.gz"));
  spec.mutable_idx()->set_test_images(MnistFile("t10k-images-idx3-ubyte.gz"));
  spec.mutable_idx()->set_test_labels(MnistFile("t10k-labels-idx1-ubyte.gz"));
  const auto mnist = LoadDataset(spec);
  ASSERT_TRUE(mnist.ok()) << mnist.status();
  EXPECT_EQ(mnist->train.rows(), 60000);
  EXPECT_EQ(mnist->test.rows(), 10000);
  EXPECT_EQ(mnist->train.features.cols(), 28 * 28);
  EXPECT_EQ(mnist->classes(), 10);
  EXPECT_EQ(mnist->train.labels[0], 5);
  EXPECT_EQ(mnist->test.labels[9999], 6);
  EXPECT_EQ(mnist->train.features.cast<double>().sum(), 1567298545);
}

}  // namespace
}  // namespace parzen
