#include "cli/report_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace parzen {
namespace {

using testing::HasSubstr;

class ReportFileTest : public testing::Test {
 protected:
  ReportFileTest()
      : folder_(std::filesystem::path(testing::TempDir()) /
                testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::create_directories(folder_);
  }
  ~ReportFileTest() override { std::filesystem::remove_all(folder_); }

  const std::filesystem::path folder_;
};

TEST_F(ReportFileTest, ReplacesAnOlderReportAndLeavesNothingElse) {
  const std::string path = (folder_ / "r.html").string();
  std::ofstream(path) << "old";
  ReportedStudy reported;
  reported.study.set_name("fresh");
  ASSERT_TRUE(WriteReport(path, {&reported, 1}, absl::Now()).ok());
  std::ifstream file(path);
  EXPECT_THAT(std::string((std::istreambuf_iterator<char>(file)), {}), HasSubstr("\"fresh\""));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(ReportFileTest, MissingFolderIsNamed) {
  const absl::Status status = WriteReport((folder_ / "none" / "r.html").string(), {}, absl::Now());
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("there is no folder"));
}

TEST_F(ReportFileTest, FolderInPlaceOfTheFileIsRefused) {
  std::filesystem::create_directories(folder_ / "r.html");
  EXPECT_FALSE(WriteReport((folder_ / "r.html").string(), {}, absl::Now()).ok());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

}  // namespace
}  // namespace parzen
