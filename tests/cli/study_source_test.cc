#include "cli/study_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/study_client.h"
#include "studies/reports/shown_artifacts.h"

namespace parzen {
namespace {

using testing::HasSubstr;

// Studies by name, with as many trials as asked for, in pages of three.
class FakeSource final : public StudySource {
 public:
  explicit FakeSource(std::vector<std::string> names) : names_(std::move(names)) {}

  std::string Place() const override { return "m.db"; }
  absl::StatusOr<ListStudiesResponse> ListStudies(const ListStudiesRequest&) override {
    ListStudiesResponse studies;
    for (const std::string& name : names_) studies.add_study()->set_name(name);
    return studies;
  }
  absl::StatusOr<StudySummary> GetStudy(const GetStudyRequest& request) override {
    if (std::find(names_.begin(), names_.end(), request.study()) == names_.end())
      return absl::NotFoundError("not here");
    StudySummary summary;
    summary.set_name(request.study());
    return summary;
  }
  absl::StatusOr<ListTrialsResponse> ListTrials(const ListTrialsRequest& request) override {
    ListTrialsResponse page;
    for (int64_t n = request.from_number(); n < trials && page.trial_size() < 3; ++n) page.add_trial()->set_number(n);
    page.set_more(request.from_number() + 3 < trials);
    return page;
  }
  absl::StatusOr<TrialRecord> GetTrial(const GetTrialRequest&) override { return absl::UnimplementedError(""); }
  absl::StatusOr<ListArtifactsResponse> ListArtifacts(const ListArtifactsRequest&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<ArtifactPart> GetArtifact(const GetArtifactRequest& request) override {
    ArtifactPart part;
    part.mutable_artifact()->set_bytes(static_cast<int64_t>(artifact.size()));
    part.set_data(artifact.substr(static_cast<size_t>(request.offset()), 4));
    if (request.offset() > 0 && changes) part.mutable_artifact()->set_bytes(1);
    return part;
  }
  absl::StatusOr<StudyProgress> GetProgress(const GetProgressRequest&) override { return absl::UnimplementedError(""); }
  absl::StatusOr<BestTrialsResponse> BestTrials(const BestTrialsRequest&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<ListWorkersResponse> ListWorkers(const ListWorkersRequest&) override {
    return absl::UnimplementedError("");
  }

  int64_t trials = 0;
  std::string artifact;
  bool changes = false;  // the artifact, while it is read

 private:
  const std::vector<std::string> names_;
};

std::string ChoiceError(std::vector<std::string> names, const std::string& wanted) {
  FakeSource source(std::move(names));
  return std::string(ChooseStudy(source, wanted).status().message());
}

TEST(ChooseStudyTest, NamedStudyIsChosen) {
  FakeSource source({"a", "b"});
  EXPECT_EQ(ChooseStudy(source, "b")->name(), "b");
}

TEST(ChooseStudyTest, OnlyStudyNeedsNoName) {
  FakeSource source({"a"});
  EXPECT_EQ(ChooseStudy(source, "")->name(), "a");
}

TEST(ChooseStudyTest, SeveralStudiesNeedAName) {
  EXPECT_THAT(ChoiceError({"a", "b"}, ""), HasSubstr("which study? m.db has 2: a, b"));
}

TEST(ChooseStudyTest, UnknownNameSuggestsTheClosest) {
  EXPECT_THAT(ChoiceError({"digits-forest", "mnist"}, "digit-forest"),
              HasSubstr("no study \"digit-forest\" in m.db; did you mean \"digits-forest\"?"));
}

TEST(ChooseStudyTest, EmptyDatabaseSaysHowToMakeAStudy) {
  EXPECT_THAT(ChoiceError({}, ""), HasSubstr("parzen run FILE"));
}

TEST(AllTrialsTest, PagesAreReadToTheEnd) {
  for (const int64_t trials : {0, 1, 3, 7}) {
    FakeSource source({"a"});
    source.trials = trials;
    EXPECT_EQ(AllTrials(source, "a")->size(), static_cast<size_t>(trials));
  }
}

TEST(ReadArtifactTest, PartsAreReadToTheEnd) {
  for (const std::string bytes : {"", "abc", "abcd", "abcdefghi"}) {
    FakeSource source({"a"});
    source.artifact = bytes;
    EXPECT_EQ(*ReadArtifact(source, "a", 0, "x", 9), bytes);
  }
}

TEST(ReadArtifactTest, OneThatIsLargerThanWantedIsRefused) {
  FakeSource source({"a"});
  source.artifact = "abcdefghi";
  EXPECT_TRUE(absl::IsResourceExhausted(ReadArtifact(source, "a", 0, "x", 8).status()));
}

TEST(ReadArtifactTest, OneThatChangesMeanwhileIsNoMixtureOfBoth) {
  FakeSource source({"a"});
  source.artifact = "abcdefghi";
  source.changes = true;
  EXPECT_TRUE(absl::IsAborted(ReadArtifact(source, "a", 0, "x", 9).status()));
}

TEST(StudyClientTest, CoordinatorThatIsNotThereIsUnavailableAtOnce) {
  const auto client = StudyClient::Create("unix:nobody-is-here");
  ASSERT_TRUE(client.ok()) << client.status();
  const absl::Status status = (*client)->ListStudies(ListStudiesRequest()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no coordinator at unix:nobody-is-here: "));
}

TEST(StudyClientTest, AddressThatCannotBeDialledIsRefused) {
  EXPECT_EQ(StudyClient::Create("nonsense").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace parzen
