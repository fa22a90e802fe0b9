#include "cli/wanted_worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parzen {
namespace {

class WantedWorkerTest : public testing::Test, protected StudySource {
 protected:
  WantedWorkerTest() {
    study_.mutable_spec()->mutable_command()->add_argv("train");
    study_.mutable_spec()->mutable_placement()->add_label("gpu");
    study_.mutable_spec()->mutable_placement()->set_memory_mb(2000);
  }
  WorkerRecord& Connect() { return *workers_.add_worker(); }
  std::string Wanted() const { return DescribeWantedWorker(study_, workers_.worker()); }

  StudySummary study_;
  ListWorkersResponse workers_;
  absl::Status answer_;  // to ListWorkers

 private:
  std::string Place() const override { return "the test"; }
  absl::StatusOr<ListStudiesResponse> ListStudies(const ListStudiesRequest&) override { return Unasked(); }
  absl::StatusOr<StudySummary> GetStudy(const GetStudyRequest&) override { return Unasked(); }
  absl::StatusOr<ListTrialsResponse> ListTrials(const ListTrialsRequest&) override { return Unasked(); }
  absl::StatusOr<TrialRecord> GetTrial(const GetTrialRequest&) override { return Unasked(); }
  absl::StatusOr<ListArtifactsResponse> ListArtifacts(const ListArtifactsRequest&) override { return Unasked(); }
  absl::StatusOr<ArtifactPart> GetArtifact(const GetArtifactRequest&) override { return Unasked(); }
  absl::StatusOr<StudyProgress> GetProgress(const GetProgressRequest&) override { return Unasked(); }
  absl::StatusOr<BestTrialsResponse> BestTrials(const BestTrialsRequest&) override { return Unasked(); }
  absl::StatusOr<ListWorkersResponse> ListWorkers(const ListWorkersRequest&) override {
    if (!answer_.ok()) return answer_;
    return workers_;
  }
  static absl::Status Unasked() { return absl::UnimplementedError("it is not asked for"); }
};

TEST_F(WantedWorkerTest, OnlyWhatIsMissingIsNamed) {
  WorkerRecord& small = Connect();
  small.set_memory_bytes(1 << 30);
  WorkerRecord& large = Connect();
  large.add_label("gpu");
  EXPECT_EQ(Wanted(), "waits for a worker with --allow-commands: none that is connected has it");
  large.clear_label();
  EXPECT_EQ(Wanted(),
            "waits for a worker with --allow-commands, --label gpu: none that is connected has all that the study "
            "needs");
}

TEST_F(WantedWorkerTest, ModelsAreNamedThatTheWorkerDoesNotHave) {
  study_.mutable_spec()->clear_placement();
  study_.mutable_spec()->mutable_train()->mutable_random_forest();
  Connect().add_model("decision_tree");
  EXPECT_EQ(Wanted(), "waits for a worker with the model random_forest: none that is connected has it");
}

TEST_F(WantedWorkerTest, NothingIsSaidWhereOneCanDoIt) {
  Connect();
  WorkerRecord& able = Connect();
  able.set_allow_commands(true);
  able.add_label("gpu");
  EXPECT_EQ(Wanted(), "");
}

TEST_F(WantedWorkerTest, WorkersThatGoOrAreGoneDoNotCount) {
  WorkerRecord& able = Connect();
  able.set_allow_commands(true);
  able.add_label("gpu");
  able.set_draining(true);
  EXPECT_EQ(Wanted(), "waits for a worker: none is connected that takes trials");
  able.clear_draining();
  able.set_disconnected("2026-11-20 12:00:00.000000");
  EXPECT_EQ(Wanted(), "waits for a worker: none is connected that takes trials");
}

TEST_F(WantedWorkerTest, NothingIsSaidWhereTheListOfWorkersMayBeCutShort) {
  for (int i = 0; i < 999; ++i) Connect();
  EXPECT_THAT(Wanted(), testing::HasSubstr("waits for a worker with"));
  Connect();
  EXPECT_EQ(Wanted(), "");
}

TEST_F(WantedWorkerTest, NothingIsSaidWhereTheWorkersCannotBeAskedFor) {
  Connect();
  EXPECT_THAT(WantedWorkerLine(*this, study_), testing::StartsWith("The study waits for a worker with"));
  answer_ = absl::UnavailableError("the coordinator is not there");
  EXPECT_EQ(WantedWorkerLine(*this, study_), "");
}

TEST_F(WantedWorkerTest, StudiesThatDoNotWaitForAWorkerWantNone) {
  Connect();
  study_.set_running(1);
  EXPECT_EQ(Wanted(), "");
  study_.clear_running();
  study_.set_stopped(true);
  EXPECT_EQ(Wanted(), "");
  study_.clear_stopped();
  study_.set_finished(true);
  EXPECT_EQ(Wanted(), "");
  study_.clear_finished();
  study_.mutable_spec()->clear_work();
  EXPECT_EQ(Wanted(), "") << "its trials are asked for";
}

}  // namespace
}  // namespace parzen
