// Another program enqueues, claims and tells trials of a study while a coordinator and its workers are at it: every
// trial is done once, by one of the two, and the budget is met exactly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "studies/store/study_reader.h"
#include "tests/integration/process.h"

namespace parzen {
namespace {

constexpr int kBudget = 120;
constexpr int kForeign = 12;

// Trials take long enough for the other program to get some.
constexpr char kStudy[] = R"(
  name: "s" objective { direction: MINIMIZE } function { sleep { seconds: 0.03 } }
  parameter { name: "x" float { low: 0 high: 1 } }
  search { sampler { random {} } trials: $ })";

std::vector<TrialRecord> Trials(const std::string& db) {
  const auto reader = StudyReader::Open(db);
  EXPECT_TRUE(reader.ok()) << reader.status();
  std::vector<TrialRecord> trials;
  for (int64_t number = 0; number < 10 * kBudget; ++number) {
    GetTrialRequest request;
    request.set_study("s");
    request.set_number(number);
    absl::StatusOr<TrialRecord> trial = (*reader)->GetTrial(request);
    if (!trial.ok()) break;
    trials.push_back(*std::move(trial));
  }
  return trials;
}

TEST(ForeignWriterTest, EveryTrialIsDoneOnceWhoeverClaimsIt) {
  const std::string folder = FreshFolder();
  const std::string db = folder + "/s.db", address = absl::StrCat("unix:", folder, "/socket");
  const std::string file = folder + "/s.textproto";
  std::ofstream(file) << absl::StrReplaceAll(kStudy, {{"$", absl::StrCat(kBudget)}});
  Process coordinator({ParzenBinary(), "coordinator", "--db", db, "--listen", address});
  coordinator.WaitForLine("listening on ");
  const Finished created = RunToEnd({ParzenBinary(), "study", "create", file, "--coordinator", address});
  ASSERT_EQ(created.code, 0) << created.err;
  Process worker({ParzenBinary(), "worker", "--coordinator", address, "--slots", "2", "--threads", "1"});
  worker.WaitForLine("connected");

  const Finished other =
      RunToEnd({"/usr/bin/python3", TreeFile("tests/integration/foreign_writer.py"), db, "s", absl::StrCat(kForeign)});
  ASSERT_EQ(other.code, 0) << other.out << other.err;
  std::set<int64_t> told;
  for (const absl::string_view line : absl::StrSplit(other.out, '\n', absl::SkipEmpty())) {
    int64_t number = -1;
    ASSERT_TRUE(absl::SimpleAtoi(absl::StripPrefix(line, "told "), &number)) << line;
    EXPECT_TRUE(told.insert(number).second) << "told twice: " << number;
  }
  EXPECT_EQ(told.size(), size_t{kForeign});
  const Finished watched = RunToEnd({ParzenBinary(), "study", "watch", "s", "--coordinator", address});
  ASSERT_EQ(watched.code, 0) << watched.err;

  int complete = 0;
  for (const TrialRecord& trial : Trials(db)) {
    int ended = 0;
    for (const AttemptRecord& attempt : trial.attempt()) {
      EXPECT_NE(attempt.state(), OPEN) << trial.ShortDebugString();
      ended += attempt.state() == ENDED;
    }
    const bool is_theirs = told.contains(trial.number());
    complete += trial.state() == COMPLETE;
    // What others enqueued beyond the budget waits on.
    EXPECT_EQ(trial.state(), trial.state() == WAITING ? WAITING : COMPLETE) << trial.ShortDebugString();
    EXPECT_EQ(ended + is_theirs, trial.state() == COMPLETE ? 1 : 0) << trial.ShortDebugString();
    if (is_theirs) {
      EXPECT_THAT(trial.value(), testing::ElementsAre(2.0));
    }
  }
  EXPECT_EQ(complete, kBudget);
}

}  // namespace
}  // namespace parzen
