#include "cli/study_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "studies/study_file.h"

namespace parzen {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr char kStudy[] = R"(name: "s"
objective { metric: "validation_accuracy" direction: MAXIMIZE }
train {
  dataset { csv { file: "d.csv" } }
  decision_tree {}
}
search { trials: 2 seed: 1 }
)";

class StudyInputTest : public testing::Test {
 protected:
  StudyInputTest()
      : folder_(std::filesystem::path(testing::TempDir()) /
                testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::create_directories(folder_);
    options_.file = Write("s.textproto", kStudy);
    Write("d.csv", "label,a,b\nno,1,2\nyes,3,4\nno,5,6\n");
  }
  ~StudyInputTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }

  const std::filesystem::path folder_;
  StudyInputOptions options_;
};

TEST_F(StudyInputTest, FilesOfTheDatasetAreFoundBesideTheStudyFile) {
  const auto input = ReadStudyInput(options_);
  ASSERT_TRUE(input.ok()) << input.status();
  EXPECT_EQ(input->spec.name(), "s");
  EXPECT_THAT(input->files, SizeIs(1));
}

TEST_F(StudyInputTest, OptionsReplaceWhatTheFileSays) {
  options_.name = "other";
  options_.trials = 50;
  options_.seed = -9;
  const auto input = ReadStudyInput(options_);
  ASSERT_TRUE(input.ok()) << input.status();
  EXPECT_EQ(input->spec.name(), "other");
  EXPECT_EQ(input->spec.search().trials(), 50);
  EXPECT_EQ(input->spec.search().seed(), -9);
}

TEST_F(StudyInputTest, OptionsAreCheckedLikeTheFile) {
  options_.trials = 0;
  const absl::Status status = ReadStudyInput(options_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("search.trials"));
}

TEST_F(StudyInputTest, MissingStudyFileIsNamed) {
  options_.file = (folder_ / "none.textproto").string();
  const absl::Status status = ReadStudyInput(options_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("none.textproto"));
}

TEST_F(StudyInputTest, FolderInPlaceOfAStudyFileIsRefused) {
  options_.file = folder_.string();
  EXPECT_THAT(std::string(ReadStudyInput(options_).status().message()), HasSubstr("is a folder"));
}

TEST_F(StudyInputTest, HugeStudyFileIsRefused) {
  options_.file = Write("huge.textproto", std::string(kMaxStudyFileBytes + 100, '#'));
  EXPECT_EQ(ReadStudyInput(options_).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(StudyInputTest, FactsCountWhatTheDatasetHolds) {
  const auto input = ReadStudyInput(options_);
  ASSERT_TRUE(input.ok()) << input.status();
  const auto facts = InspectDataset(*input);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(DescribeDataset(*facts), "3 training rows, 0 test rows, 2 features, 2 classes");
}

TEST_F(StudyInputTest, DamagedDatasetIsToldBeforeTheFirstTrial) {
  Write("d.csv", "label,a,b\nno,1,2\nyes,3\n");
  const auto input = ReadStudyInput(options_);
  ASSERT_TRUE(input.ok()) << input.status();
  EXPECT_EQ(InspectDataset(*input).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(DescribeDatasetTest, LargeNumbersAreGrouped) {
  EXPECT_EQ(DescribeDataset({1234567, 2000, 784, 10}),
            "1,234,567 training rows, 2,000 test rows, 784 features, 10 classes");
}

TEST(ReportPathTest, StandsBesideTheDatabase) {
  EXPECT_EQ(DefaultReportPath("data/m.db", "digits-forest"), "data/digits-forest.report.html");
  EXPECT_EQ(DefaultReportPath("m.db", "s"), "s.report.html");
}

TEST(ReportPathTest, StudyNameCannotLeaveTheFolder) {
  EXPECT_EQ(SafeFileName("../../etc/passwd"), "_.._.._etc_passwd");
  EXPECT_EQ(SafeFileName("a b/ü"), "a_b___");
  EXPECT_EQ(SafeFileName(".hidden"), "_.hidden");
  EXPECT_LE(SafeFileName(std::string(512, 'x')).size(), 200u);
}

}  // namespace
}  // namespace parzen
