// A study of short trials on a coordinator and four workers, real processes all, while workers, their slots and the
// coordinator are killed (-9), stopped (SIGSTOP) and continued at random: afterwards the file holds exactly the budget,
// each trial once, and every result that it held at any time. PARZEN_CHAOS_TRIALS and PARZEN_CHAOS_EVENTS make it
// longer, PARZEN_CHAOS_SEED another one.
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "tests/integration/process.h"
#include "tests/integration/store_cluster.h"
#include "worker/slots/process_tree.h"

namespace parzen {
namespace {

constexpr int kWorkers = 4;
constexpr absl::Duration kLease = absl::Seconds(1);

int64_t FromEnvironment(const char* name, int64_t otherwise) {
  const char* const text = getenv(name);
  int64_t number = otherwise;
  if (text != nullptr && !absl::SimpleAtoi(text, &number)) ADD_FAILURE() << name << " is no number: " << text;
  return number;
}

// The cluster, and what may happen to it.
class Chaos {
 public:
  Chaos(int64_t trials, uint64_t seed)
      : random_(seed), folder_(FreshFolder()), db_(folder_ + "/chaos.db"), address_("unix:" + folder_ + "/c") {
    const std::string study = folder_ + "/chaos.textproto";
    WriteStudy(study, trials);
    StartCoordinator();
    EXPECT_EQ(RunToEnd({ParzenBinary(), "study", "create", study, "--coordinator", address_}).code, 0);
    for (int i = 0; i < kWorkers; ++i) StartWorker(i);
  }
  ~Chaos() { ContinueAll(); }

  // One thing, then a while in which the cluster works.
  void Happen() {
    switch (random_() % 6) {
      case 0:
        ++done_["worker killed"];
        StartWorker(static_cast<int>(random_() % kWorkers));
        break;
      case 1:
        KillSlot();
        break;
      case 2:
        ++done_["coordinator killed"];
        StartCoordinator();
        break;
      case 3:
        StopOne("worker stopped", workers_[random_() % kWorkers]->pid());
        break;
      case 4:
        StopSlot();
        break;
      default:
        StopOne("coordinator stopped", coordinator_->pid());
        break;
    }
    WorkFor(absl::Milliseconds(random_() % 120));
    NoteResults();
    ContinueSome();
  }

  // A worker that slept longer than its lease wakes up with a result that nobody waits for any more.
  void SleepThroughALease() {
    ContinueAll();
    const size_t events = StaleEnds().size();
    for (int i = 0; i < kWorkers && StaleEnds().size() == events; ++i) {
      EXPECT_TRUE(WaitUntil([&] { return HoldsATrial(i); }));
      StopOne("worker stopped for more than its lease", workers_[static_cast<size_t>(i)]->pid());
      WorkFor(3 * kLease);
      ContinueAll();
      WaitUntil([&] { return StaleEnds().size() > events; }, absl::Seconds(5));
    }
    EXPECT_GT(StaleEnds().size(), events) << "no late report was refused";
  }

  void WaitUntilFinished(absl::Duration patience) {
    ContinueAll();
    EXPECT_TRUE(WaitUntil([&] { return Unfinished() == 0; }, patience)) << Unfinished() << " trials are not final";
  }

  // A result that vanished would just be made again, by another attempt.
  void ExpectAllThatWereNoted() {
    EXPECT_FALSE(noted_.empty());
    const std::set<std::string> noted = noted_;
    noted_.clear();
    NoteResults();
    std::vector<std::string> vanished;
    std::set_difference(noted.begin(), noted.end(), noted_.begin(), noted_.end(), std::back_inserter(vanished));
    EXPECT_EQ(absl::StrJoin(vanished, "\n"), "") << "of " << noted.size();
  }

  void ExpectExactlyTheBudget(int64_t trials) {
    EXPECT_EQ(Rows(db_, "SELECT count(*), count(DISTINCT number), min(number), max(number) FROM trials"),
              Row(absl::StrCat(trials, "|", trials, "|0|", trials - 1)));
    EXPECT_EQ(Rows(db_, "SELECT DISTINCT state FROM trials WHERE state NOT IN ('COMPLETE', 'FAIL')"), Row(""));
    // A trial fails only when it killed slots of two workers.
    EXPECT_EQ(Rows(db_,
                   "SELECT number FROM trials t WHERE state = 'FAIL' AND NOT EXISTS (SELECT 1 FROM parzen_events e "
                   "WHERE e.trial_id = t.trial_id AND e.kind = 'quarantined')"),
              Row(""));
    EXPECT_EQ(Rows(db_, "SELECT count(*) FROM parzen_attempts WHERE state = 'OPEN'"), Row("0"));
    EXPECT_EQ(
        Rows(db_, "SELECT trial_id FROM parzen_attempts WHERE state = 'ENDED' GROUP BY trial_id HAVING count(*) > 1"),
        Row(""));
    EXPECT_EQ(Rows(db_,
                   "SELECT t.trial_id FROM trials t LEFT JOIN trial_values v ON v.trial_id = t.trial_id "
                   "WHERE t.state = 'COMPLETE' GROUP BY t.trial_id HAVING count(v.value) <> 1"),
              Row(""));
    EXPECT_EQ(Rows(db_, "PRAGMA integrity_check"), Row("ok"));
  }

  // Every result that a worker held was delivered, or refused: workers that are drained leave no spool behind.
  void DrainWorkers() {
    for (const auto& worker : workers_) worker->Signal(SIGTERM);
    for (const auto& worker : workers_) EXPECT_EQ(worker->Wait(), 0) << worker->output();
    workers_.clear();
    EXPECT_EQ(absl::StrJoin(Spooled(), "\n"), "");
  }

  void ExpectTheStoryOfARefusal() {
    const std::vector<std::string> stale = StaleEnds();
    ASSERT_FALSE(stale.empty());
    const Finished story = RunToEnd({ParzenBinary(), "trial", "why", stale[0], "--db", db_});
    EXPECT_NE(story.out.find("a late report was refused"), std::string::npos) << story.out << story.err;
  }

  std::string Summary() const {
    std::string text;
    for (const auto& [what, count] : done_) absl::StrAppend(&text, what, " ", count, ", ");
    for (const char* const state : {"ENDED", "LOST", "CRASHED", "RELEASED"}) {
      absl::StrAppend(&text, state, " ",
                      Rows(db_, absl::StrCat("SELECT count(*) FROM parzen_attempts WHERE state = '", state, "'"))[0],
                      ", ");
    }
    const std::vector<std::string> often =
        Rows(db_,
             "SELECT count(*) FROM (SELECT 1 FROM parzen_attempts WHERE state IN ('LOST', 'CRASHED') GROUP BY trial_id "
             "HAVING count(*) >= 3)");
    return absl::StrCat(text, StaleEnds().size(), " late reports refused, ", noted_.size(), " results noted, ",
                        often[0], " trials would have failed with max_attempts 3");
  }

 private:
  // Results that workers reported and the coordinator took: the attempt, the trial and its value.
  void NoteResults() {
    const std::vector<std::string> rows =
        Rows(db_,
             "SELECT 'result', a.token, t.number, v.value FROM parzen_attempts a JOIN trials t USING (trial_id) "
             "JOIN trial_values v USING (trial_id) WHERE a.state = 'ENDED' AND a.ended_by_worker = 1");
    for (const std::string& row : rows) {
      if (absl::StartsWith(row, "result|")) noted_.insert(row);  // not why the file could not be read just then
    }
  }

  static std::vector<std::string> Row(const std::string& row) {
    return row.empty() ? std::vector<std::string>() : std::vector<std::string>{row};
  }

  static void WriteStudy(const std::string& path, int64_t trials) {
    FILE* const file = fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr);
    const std::string text = absl::StrCat(
        "name: \"chaos\"\n"
        "objective { metric: \"value\" direction: MINIMIZE }\n"
        "function { sleep { seconds: 0.1 } noise: 1 }\n"
        "parameter { name: \"x\" float { low: 0 high: 1 } }\n"
        "search { sampler { random { } } trials: ",
        trials, " seed: 7 max_attempts: 1000 }\n");
    fwrite(text.data(), 1, text.size(), file);
    fclose(file);
  }

  void StartCoordinator() {
    End(coordinator_);
    // A socket that a killed coordinator left behind is taken over.
    coordinator_ = std::make_unique<Process>(
        std::vector<std::string>{ParzenBinary(), "coordinator", "--db", db_, "--listen", address_, "--lease",
                                 absl::StrCat(absl::ToDoubleSeconds(kLease)), "--log-level", "error"});
    coordinator_->WaitForLine("listening on");
  }

  void StartWorker(int i) {
    if (workers_.size() <= static_cast<size_t>(i)) workers_.emplace_back();
    std::unique_ptr<Process>& worker = workers_[static_cast<size_t>(i)];
    End(worker);
    worker = std::make_unique<Process>(std::vector<std::string>{
        ParzenBinary(), "worker", "--coordinator", address_, "--slots", "2", "--threads", "1", "--name",
        absl::StrCat("worker-", i), "--cache", absl::StrCat(folder_, "/cache-", i), "--log-level", "error"});
  }

  void End(std::unique_ptr<Process>& process) {
    if (process == nullptr) return;
    std::erase(stopped_, process->pid());
    process->Signal(SIGKILL);
    process->Wait();
  }

  // A slot's process, or -1 while the worker has none.
  pid_t Slot() {
    const std::vector<pid_t> children = Descendants(workers_[random_() % kWorkers]->pid());
    return children.empty() ? -1 : children[random_() % children.size()];
  }
  void KillSlot() {
    const pid_t slot = Slot();
    if (slot <= 0) return;
    ++done_["slot killed"];
    kill(slot, SIGKILL);
  }
  void StopSlot() {
    const pid_t slot = Slot();
    if (slot > 0) StopOne("slot stopped", slot);
  }

  void StopOne(const std::string& what, pid_t pid) {
    ++done_[what];
    kill(pid, SIGSTOP);
    stopped_.push_back(pid);
  }
  void ContinueSome() {
    while (!stopped_.empty() && random_() % 3 != 0) {
      kill(stopped_.front(), SIGCONT);
      stopped_.erase(stopped_.begin());
    }
  }
  void ContinueAll() {
    for (const pid_t pid : stopped_) kill(pid, SIGCONT);
    stopped_.clear();
  }

  // The cluster works for so long.
  static void WorkFor(absl::Duration time) {
    const absl::Time until = absl::Now() + time;
    WaitUntil([&] { return absl::Now() >= until; }, time);
  }

  bool HoldsATrial(int worker) const {
    return !Rows(db_, absl::StrCat("SELECT 1 FROM parzen_attempts a JOIN parzen_workers w USING (worker_id) WHERE "
                                   "a.state = 'OPEN' AND w.name = 'worker-",
                                   worker, "'"))
                .empty();
  }
  int64_t Unfinished() const {
    int64_t count = -1;
    const std::vector<std::string> rows = Rows(
        db_,
        "SELECT p.budget - (SELECT count(*) FROM trials WHERE state IN ('COMPLETE', 'FAIL')) FROM parzen_studies p");
    if (rows.empty() || !absl::SimpleAtoi(rows[0], &count)) return -1;
    return count;
  }
  // Numbers of trials with a late report.
  std::vector<std::string> StaleEnds() const {
    return Rows(db_,
                "SELECT DISTINCT t.number FROM parzen_events e JOIN trials t ON t.trial_id = e.trial_id "
                "WHERE e.kind = 'stale_end'");
  }
  std::vector<std::string> Spooled() const {
    std::vector<std::string> files;
    for (int i = 0; i < kWorkers; ++i) {
      const std::string spool = absl::StrCat(folder_, "/cache-", i, "/spool");
      if (!std::filesystem::exists(spool)) continue;
      for (const auto& entry : std::filesystem::recursive_directory_iterator(spool)) {
        if (entry.is_regular_file()) files.push_back(entry.path().string());
      }
    }
    return files;
  }

  std::mt19937_64 random_;
  const std::string folder_, db_, address_;
  std::unique_ptr<Process> coordinator_;
  std::vector<std::unique_ptr<Process>> workers_;
  std::vector<pid_t> stopped_;  // oldest first
  std::map<std::string, int> done_;
  std::set<std::string> noted_;  // results
};

TEST(ChaosTest, WhateverIsKilledOrStoppedTheStudyEndsWithExactlyItsTrials) {
  const int64_t trials = FromEnvironment("PARZEN_CHAOS_TRIALS", 1500);
  const int64_t events = FromEnvironment("PARZEN_CHAOS_EVENTS", 60);
  Chaos chaos(trials, static_cast<uint64_t>(FromEnvironment("PARZEN_CHAOS_SEED", 1)));
  chaos.SleepThroughALease();
  for (int64_t i = 0; i < events; ++i) chaos.Happen();
  chaos.WaitUntilFinished(absl::Minutes(4));
  chaos.DrainWorkers();
  chaos.ExpectExactlyTheBudget(trials);
  chaos.ExpectAllThatWereNoted();
  chaos.ExpectTheStoryOfARefusal();
  RecordProperty("what_happened", chaos.Summary());
  fprintf(stderr, "%s\n", chaos.Summary().c_str());
}

}  // namespace
}  // namespace parzen
