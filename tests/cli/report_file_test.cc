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

// A study of one trial, and what was asked about it.
class AskedSource : public StudySource {
 public:
  std::string Place() const override { return "a test"; }
  absl::StatusOr<ListStudiesResponse> ListStudies(const ListStudiesRequest&) override { return Unasked(); }
  absl::StatusOr<StudySummary> GetStudy(const GetStudyRequest&) override { return Unasked(); }
  absl::StatusOr<ListTrialsResponse> ListTrials(const ListTrialsRequest& request) override {
    EXPECT_TRUE(request.distributions());
    asked_for_steps = request.steps();
    ListTrialsResponse response;
    response.add_trial()->set_state(PRUNED);
    return response;
  }
  absl::StatusOr<TrialRecord> GetTrial(const GetTrialRequest&) override { return Unasked(); }
  absl::StatusOr<ListArtifactsResponse> ListArtifacts(const ListArtifactsRequest&) override {
    asked_for_artifacts = true;
    return ListArtifactsResponse();
  }
  absl::StatusOr<ArtifactPart> GetArtifact(const GetArtifactRequest&) override { return Unasked(); }
  absl::StatusOr<StudyProgress> GetProgress(const GetProgressRequest&) override { return Unasked(); }
  absl::StatusOr<BestTrialsResponse> BestTrials(const BestTrialsRequest&) override {
    BestTrialsResponse response;
    response.add_trial();
    return response;
  }
  absl::StatusOr<ListWorkersResponse> ListWorkers(const ListWorkersRequest&) override { return Unasked(); }

  bool asked_for_steps = false;
  bool asked_for_artifacts = false;

 private:
  static absl::Status Unasked() { return absl::InternalError("nobody needs this"); }
};

TEST_F(ReportFileTest, PlotsAreMadeOfStepsAndArtifactsToo) {
  AskedSource source;
  const absl::StatusOr<ReportedStudy> reported = ReadReportedStudy(source, StudySummary());
  ASSERT_TRUE(reported.ok()) << reported.status();
  EXPECT_EQ(reported->trials.size(), 1);
  EXPECT_TRUE(source.asked_for_steps);
  EXPECT_TRUE(source.asked_for_artifacts);
}

TEST_F(ReportFileTest, CountsAreOfTheTrialsThatAreShownThoughTheStudyWasReadEarlier) {
  AskedSource source;
  StudySummary earlier;
  earlier.set_running(1);
  earlier.set_complete(7);
  const absl::StatusOr<ReportedStudy> reported = ReadReportedStudy(source, earlier, ReportedParts::kForText);
  ASSERT_TRUE(reported.ok()) << reported.status();
  EXPECT_EQ(reported->study.running(), 0);
  EXPECT_EQ(reported->study.complete(), 0);
  EXPECT_EQ(reported->study.pruned(), 1);
}

TEST_F(ReportFileTest, ForATextNeitherStepsNorArtifactsAreRead) {
  AskedSource source;
  const absl::StatusOr<ReportedStudy> reported = ReadReportedStudy(source, StudySummary(), ReportedParts::kForText);
  ASSERT_TRUE(reported.ok()) << reported.status();
  EXPECT_EQ(reported->trials.size(), 1);
  EXPECT_FALSE(source.asked_for_steps);
  EXPECT_FALSE(source.asked_for_artifacts);
}

}  // namespace
}  // namespace parzen
