// Rows that people want to look at.
#include "worker/metrics/kept_rows.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

using testing::ElementsAre;

Pictures PicturesOf(const LabelledRows& rows, int32_t height) {
  PreparedNotes notes;
  notes.set_image_height(height);
  notes.set_image_width(height > 0 ? 1 : 0);
  return Pictures(notes, rows.features);
}

// Ten rows of 2 x 1 pixels; row i is said to be of class 0 with probability i / 10 (and of class 1 otherwise), and all
// are of class 0: those below 5 are mistakes, the first of them the surest.
struct Rows {
  LabelledRows rows;
  FeatureMatrix predictions{10, 2};

  Rows() {
    rows.features.resize(10, 2);
    for (int i = 0; i < 10; ++i) {
      rows.features.row(i) << static_cast<float>(100 + i), static_cast<float>(200 - i);
      rows.labels.push_back(0);
      predictions.row(i) << static_cast<float>(i) / 10 + .01F, .99F - static_cast<float>(i) / 10;
    }
  }
  PredictedRows Pick(int32_t height, int64_t count) const {
    const std::vector<std::string> names = {"a", "b"};
    return PickPredictedRows(predictions, LabelledView(rows), names, PicturesOf(rows, height), count);
  }
};

std::vector<int64_t> Places(const PredictedRows& picked) {
  std::vector<int64_t> places;
  for (const PredictedRow& row : picked.row()) places.push_back(row.row());
  return places;
}

TEST(KeptRowsTest, TheSurestMistakesComeFirstAndThenSomeOfTheOthers) {
  const PredictedRows picked = Rows().Pick(0, 2);
  EXPECT_THAT(Places(picked), ElementsAre(0, 1, 5, 7));
  EXPECT_EQ(picked.row(0).label(), 0);
  EXPECT_EQ(picked.row(0).predicted(), 1);
  EXPECT_NEAR(picked.row(0).probability(), .99, 1e-6);
  EXPECT_EQ(picked.row(2).predicted(), 0);
  EXPECT_THAT(picked.class_name(), ElementsAre("a", "b"));
}

TEST(KeptRowsTest, AllOfAKindAreKeptWhereThereAreFew) {
  EXPECT_EQ(Rows().Pick(0, 100).row_size(), 10);
  EXPECT_EQ(Rows().Pick(0, 0).row_size(), 0);
}

TEST(KeptRowsTest, ImagesGoFromBlackToWhiteOverAllRows) {
  const PredictedRows picked = Rows().Pick(2, 2);
  EXPECT_EQ(picked.height(), 2);
  EXPECT_EQ(picked.width(), 1);
  EXPECT_EQ(picked.row(0).image(), std::string("\x00\xFF", 2)) << "row 0 has the smallest, 100, and the largest, 200";
  EXPECT_EQ(static_cast<unsigned char>(picked.row(3).image()[0]), 18) << "107 of 100 to 200";
}

TEST(KeptRowsTest, RowsThatAreNoImagesHaveNone) {
  EXPECT_FALSE(Rows().Pick(0, 2).row(0).has_image());
  EXPECT_FALSE(Rows().Pick(3, 2).row(0).has_image()) << "three pixels are not two features";
}

TEST(KeptRowsTest, PixelsWithoutANumberAreBlack) {
  const float pixels[] = {std::numeric_limits<float>::quiet_NaN(), 5, 9};
  EXPECT_EQ(GreyImage(pixels, 1, 5), std::string("\x00\xFF\xFF", 3));
  Rows rows;
  rows.rows.features(0, 0) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(PicturesOf(rows.rows, 2).OfRow(0), std::string("\x00\xFF", 2)) << "101 is the smallest, 200 the largest";
}

// Six rows of one pixel, of classes 1 0 1 1 0 1, and two to measure on.
struct Data {
  LabelledRows learned, measured;

  Data() {
    learned.features.resize(6, 1);
    learned.features << 1, 2, 3, 4, 5, 6;
    learned.labels = {1, 0, 1, 1, 0, 1};
    measured.features.resize(2, 1);
    measured.features << 0, 100;
    measured.labels = {1, 1};
  }
  DatasetSheet Sheet(int32_t height, int64_t count) const {
    const std::vector<std::string> names = {"a", "b", "never"};
    return MakeDatasetSheet(LabelledView(learned), LabelledView(measured), names, PicturesOf(learned, height), count);
  }
};

TEST(DatasetSheetTest, CountsTheRowsOfEachClassAlsoOfOneThatHasNone) {
  for (const int height : {0, 1}) {
    const DatasetSheet sheet = Data().Sheet(height, 2);
    EXPECT_THAT(sheet.class_name(), ElementsAre("a", "b", "never"));
    EXPECT_THAT(sheet.learned(), ElementsAre(2, 4, 0));
    EXPECT_THAT(sheet.measured(), ElementsAre(0, 2, 0));
  }
}

TEST(DatasetSheetTest, HasSomeImagesOfEachClassOfTheRowsThatAreLearnedFrom) {
  const DatasetSheet sheet = Data().Sheet(1, 2);
  std::vector<int64_t> rows, labels;
  for (const SheetRow& row : sheet.row()) {
    rows.push_back(row.row());
    labels.push_back(row.label());
  }
  EXPECT_THAT(rows, ElementsAre(1, 4, 0, 3));
  EXPECT_THAT(labels, ElementsAre(0, 0, 1, 1));
  EXPECT_EQ(sheet.height(), 1);
  EXPECT_EQ(sheet.width(), 1);
}

TEST(DatasetSheetTest, ImagesGoFromBlackToWhiteOverTheRowsThatAreLearnedFrom) {
  const DatasetSheet sheet = Data().Sheet(1, 2);
  EXPECT_EQ(sheet.row(2).image(), std::string("\x00", 1)) << "1 of 1 to 6";
  EXPECT_EQ(static_cast<unsigned char>(sheet.row(3).image()[0]), 153) << "4";
  EXPECT_EQ(static_cast<unsigned char>(sheet.row(1).image()[0]), 204) << "5";
}

TEST(DatasetSheetTest, RowsThatAreNoImagesAreNotShown) {
  EXPECT_EQ(Data().Sheet(0, 2).row_size(), 0);
  EXPECT_EQ(Data().Sheet(2, 2).row_size(), 0) << "two pixels are not one feature";
  EXPECT_FALSE(Data().Sheet(0, 2).has_height());
}

TEST(KeptRowsTest, ChosenPlacesAreEvenAndAscending) {
  EXPECT_THAT(EvenlyChosen(10, 4), ElementsAre(0, 2, 5, 7));
  EXPECT_THAT(EvenlyChosen(2, 4), ElementsAre(0, 1));
  EXPECT_THAT(EvenlyChosen(0, 4), ElementsAre());
}

}  // namespace
}  // namespace parzen
