// What a reader that has looked before says, against what one that looks for the first time says, and against what the
// trials themselves say.
#include "studies/store/study_digest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "studies/trial_state.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

StudySpec SpecWith(const std::string& name, int objectives) {
  StudySpec spec = ForestSpec(name, MINIMIZE);
  for (int i = 1; i < objectives; ++i) {
    spec.add_objective()->set_metric(absl::StrCat("metric_", i));
    spec.mutable_objective(i)->set_direction(i % 2 == 1 ? MAXIMIZE : MINIMIZE);
  }
  return spec;
}

absl::StatusOr<StudyProgress> Progress(StudyReader& reader, const std::string& study) {
  GetProgressRequest request;
  request.set_study(study);
  return reader.GetProgress(request);
}

std::string Text(const absl::StatusOr<StudyProgress>& progress) {
  return progress.ok() ? progress->DebugString() : std::string(progress.status().message());
}

class StudyDigestTest : public StoreTest {
 protected:
  StudyDigestTest() : space_(*SearchSpace::Create(ForestSpec("any"))) {
    Open();
    other_ = *Store::Open(Path(), Store::Mode::kReadWrite);
    watcher_ = *StudyReader::Open(Path());
  }

  std::unique_ptr<StudyReader> FreshReader() const { return *StudyReader::Open(Path()); }

  const SearchSpace space_;
  std::unique_ptr<Store> other_;
  std::unique_ptr<StudyReader> watcher_;
};

// --- What the trials themselves say.

bool IsBetter(Direction direction, double a, double b) { return direction == MAXIMIZE ? a > b : a < b; }

bool KeepsConstraints(const TrialRecord& trial) {
  return std::all_of(trial.constraint().begin(), trial.constraint().end(),
                     [](const MetricValue& constraint) { return constraint.value() <= 0; });
}

bool Dominates(const StudySummary& study, const TrialRecord& a, const TrialRecord& b) {
  bool better = false;
  for (int i = 0; i < study.direction_size(); ++i) {
    if (IsBetter(study.direction(i), b.value(i), a.value(i))) return false;
    better = better || IsBetter(study.direction(i), a.value(i), b.value(i));
  }
  return better;
}

// Best trial's number, improvements and front as one text, from nothing but the trials.
std::string Recount(const StudySummary& study, std::vector<TrialRecord> trials) {
  const auto not_complete = [](const TrialRecord& trial) { return trial.state() != COMPLETE; };
  trials.erase(std::remove_if(trials.begin(), trials.end(), not_complete), trials.end());
  std::string text = absl::StrCat("complete ", trials.size());
  if (study.direction_size() == 1) {
    const TrialRecord* best = nullptr;
    for (const TrialRecord& trial : trials) {
      if (!KeepsConstraints(trial)) continue;
      if (best == nullptr || IsBetter(study.direction(0), trial.value(0), best->value(0))) best = &trial;
    }
    absl::StrAppend(&text, " best ", best == nullptr ? -1 : best->number());
    std::stable_sort(trials.begin(), trials.end(),
                     [](const TrialRecord& a, const TrialRecord& b) { return a.completed() < b.completed(); });
    double value = study.direction(0) == MAXIMIZE ? -kInf : kInf;
    bool any = false;
    for (size_t i = 0; i < trials.size(); ++i) {
      if (!KeepsConstraints(trials[i])) continue;
      if (any && !IsBetter(study.direction(0), trials[i].value(0), value)) continue;
      any = true;
      value = trials[i].value(0);
      absl::StrAppendFormat(&text, " %d:%g", i + 1, value);
    }
    return text;
  }
  int64_t front = 0;
  for (const TrialRecord& trial : trials) {
    front += KeepsConstraints(trial) && std::none_of(trials.begin(), trials.end(), [&](const TrialRecord& other) {
               return KeepsConstraints(other) && Dominates(study, other, trial);
             });
  }
  return absl::StrCat(text, " front ", front);
}

std::string Recount(const StudyProgress& progress) {
  const StudySummary& study = progress.study();
  std::string text = absl::StrCat("complete ", study.complete());
  if (study.direction_size() > 1) return absl::StrCat(text, " front ", progress.front());
  absl::StrAppend(&text, " best ", study.has_best() ? study.best().number() : -1);
  for (const Improvement& improvement : progress.improvement()) {
    absl::StrAppendFormat(&text, " %d:%g", improvement.complete(), improvement.value());
  }
  return text;
}

// --- Random histories.

class RandomHistory {
 public:
  RandomHistory(Store& one, Store& other, const SearchSpace& space, const std::string& path, uint32_t seed)
      : stores_{&one, &other}, space_(space), path_(path), random_(seed) {}

  // One change, by one of two connections or by a third program.
  void Step() {
    now_ += absl::Microseconds(1 + Below(1'000'000));
    Store& store = *stores_[Below(2)];
    const auto studies = store.LoadStudies();
    ASSERT_TRUE(studies.ok()) << studies.status();
    if (studies->empty() || (studies->size() < 3 && Below(20) == 0)) return Create(store, studies->size());
    const StoredStudy& study = (*studies)[Below(studies->size())];
    const size_t what = Below(40);
    if (what == 0) return Delete(store, study);
    if (what < 14) return Add(store, study);
    if (what < 16) return EditByOthers(study);
    Change(store, study);
  }

 private:
  size_t Below(size_t bound) { return random_() % bound; }

  void Commit(Store& store, const std::function<absl::Status()>& writes) {
    ASSERT_EQ(store.Begin(), absl::OkStatus());
    ASSERT_EQ(writes(), absl::OkStatus());
    ASSERT_EQ(store.Commit(), absl::OkStatus());
  }

  // Few names, so that a name comes back, with the same id or another.
  void Create(Store& store, size_t studies) {
    const std::string name = absl::StrCat("study", Below(4));
    if (store.FindStudy(name).ok()) return;
    const StudySpec spec = SpecWith(name, Below(3) == 0 ? 2 : 1);
    Commit(store, [&] { return store.CreateStudy(spec, {}, Below(2) * 30, now_).status(); });
    const auto study = store.FindStudy(name);
    ASSERT_TRUE(study.ok()) << studies;
    for (size_t i = Below(8); i > 0; --i) Add(store, *study);
  }

  void Delete(Store& store, const StoredStudy& study) {
    Commit(store, [&] { return store.DeleteStudy(study.study_id); });
    if (Below(2) == 0) Create(store, 0);  // before anybody looks
  }

  void Add(Store& store, const StoredStudy& study) {
    const auto trials = store.LoadTrials(study.study_id, space_);
    ASSERT_TRUE(trials.ok()) << trials.status();
    const int64_t number = static_cast<int64_t>(trials->size());
    Commit(store, [&] {
      return Below(3) == 0 ? store.EnqueueTrial(study.study_id, number, space_, ForestPoint(.1)).status()
                           : store.InsertTrial(study.study_id, number, space_, ForestPoint(.1), Jittered()).status();
    });
  }

  void Change(Store& store, const StoredStudy& study) {
    const auto trials = store.LoadTrials(study.study_id, space_);
    ASSERT_TRUE(trials.ok()) << trials.status();
    std::vector<StoredTrial> open;
    for (const StoredTrial& trial : *trials) {
      if (!IsFinal(trial.state)) open.push_back(trial);
    }
    if (open.empty()) return;
    const StoredTrial& trial = open[Below(open.size())];
    Commit(store, [&]() -> absl::Status {
      if (trial.state == WAITING) return store.MoveTrial(trial.trial_id, RUNNING, {}, Jittered());
      if (Below(4) == 0) return store.SetIntermediateValue(trial.trial_id, Below(5), Value());
      if (Below(6) == 0) return store.MoveTrial(trial.trial_id, WAITING, {}, Jittered());
      if (Below(3) == 0) {
        const std::string distance = Below(2) == 0 ? "-1.5" : "0.25";
        const absl::Status set = store.SetTrialSystemAttribute(trial.trial_id, "constraints:size", distance);
        if (!set.ok()) return set;
      }
      if (Below(8) == 0) return store.MoveTrial(trial.trial_id, FAIL, {}, Jittered());
      if (Below(8) == 0) return store.MoveTrial(trial.trial_id, PRUNED, {}, Jittered());
      std::vector<double> values;
      for (size_t i = 0; i < study.directions.size(); ++i) values.push_back(Value());
      return store.MoveTrial(trial.trial_id, COMPLETE, values, Jittered());
    });
  }

  // Another program's hand on trials that are not final.
  void EditByOthers(const StoredStudy& study) {
    const std::string where = absl::StrCat(" WHERE study_id = ", study.study_id, " AND state = ");
    const std::string sql[] = {
        absl::StrCat("UPDATE trials SET datetime_start = '2020-01-01 00:00:00.000000'", where, "'RUNNING'"),
        absl::StrCat("UPDATE trials SET state = 'FAIL', datetime_complete = '2026-11-20 12:30:00'", where, "'WAITING'"),
        absl::StrCat("UPDATE parzen_studies SET budget = 7 WHERE study_id = ", study.study_id)};
    EXPECT_EQ(RunSql(path_, sql[Below(3)]), absl::OkStatus());
  }

  // Ends are not written in the order of their times.
  absl::Time Jittered() { return now_ - absl::Microseconds(Below(3'000'000)); }
  double Value() {
    if (Below(15) == 0) return Below(2) == 0 ? kInf : -kInf;
    return static_cast<double>(Below(12)) / 4;  // equals are frequent
  }

  Store* const stores_[2];
  const SearchSpace& space_;
  const std::string path_;
  std::mt19937 random_;
  absl::Time now_ = kNoon;
};

class RandomHistoryTest : public StudyDigestTest, public testing::WithParamInterface<uint32_t> {};

TEST_P(RandomHistoryTest, WhoHasLookedBeforeSaysWhatAFirstLookSays) {
  StudyReader writers_own(store());
  RandomHistory history(store(), *other_, space_, Path(), GetParam());
  for (int step = 0; step < 100; ++step) {
    ASSERT_NO_FATAL_FAILURE(history.Step());
    if (step % 3 == 1) continue;  // changes also come several at a time
    const auto fresh_reader = FreshReader();
    const auto list = fresh_reader->ListStudies(ListStudiesRequest());
    ASSERT_TRUE(list.ok()) << list.status();
    ASSERT_EQ(watcher_->ListStudies(ListStudiesRequest())->DebugString(), list->DebugString()) << "step " << step;
    for (const StudySummary& study : list->study()) {
      const auto fresh = Progress(*fresh_reader, study.name());
      ASSERT_EQ(Text(Progress(*watcher_, study.name())), Text(fresh)) << "step " << step;
      ASSERT_EQ(Text(Progress(writers_own, study.name())), Text(fresh)) << "step " << step;
      const auto trials = ListTrials(study.name(), 0, 1000);
      ASSERT_TRUE(trials.ok()) << trials.status();
      ASSERT_EQ(Recount(*fresh), Recount(study, *trials)) << "step " << step;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomHistoryTest, testing::Range(1u, 7u));

// --- What random histories seldom meet.

TEST_F(StudyDigestTest, WhatATransactionTookBackWasNeverSeen) {
  const int64_t study = CreateStudy(ForestSpec("s"));
  AddComplete(study, .5);
  StudyReader own(store());
  const std::string before = Text(Progress(own, "s"));
  ASSERT_EQ(store().Begin(), absl::OkStatus());
  const auto trial = store().InsertTrial(study, 1, space_, ForestPoint(.2), kNoon);
  ASSERT_TRUE(trial.ok());
  ASSERT_EQ(store().MoveTrial(*trial, COMPLETE, {.9}, kNoon), absl::OkStatus());
  EXPECT_EQ(Progress(own, "s")->study().best().number(), 1);
  store().Rollback();
  EXPECT_EQ(Text(Progress(own, "s")), before);
}

TEST_F(StudyDigestTest, StudyMadeAnewWithTheSameIdsIsNotTakenForTheOldOne) {
  const auto fill = [&](double value, absl::Time at) {
    const int64_t study = CreateStudy(ForestSpec("s"));
    for (int i = 0; i < 3; ++i) Move(AddTrial(study, ForestPoint(.1), at), COMPLETE, {value + i}, at);
    return study;
  };
  const int64_t old_study = fill(10, kNoon);
  EXPECT_EQ(Progress(*watcher_, "s")->study().best().value(0), 12);
  Transact([&] { return store().DeleteStudy(old_study); });
  ASSERT_EQ(fill(1, kNoon + absl::Seconds(1)), old_study);
  EXPECT_EQ(Progress(*watcher_, "s")->study().best().value(0), 3);
  EXPECT_EQ(Progress(*watcher_, "s")->study().complete(), 3);
}

TEST_F(StudyDigestTest, ManyImprovementsAreThinnedToTheFirstTheLastAndSomeBetween) {
  const int64_t study = CreateStudy(ForestSpec("s"));
  ASSERT_EQ(store().Begin(), absl::OkStatus());
  constexpr int kTrials = 1500;
  for (int i = 0; i < kTrials; ++i) {
    const auto trial = store().InsertTrial(study, i, space_, ForestPoint(.2), kNoon);
    ASSERT_TRUE(trial.ok()) << trial.status();
    ASSERT_EQ(store().MoveTrial(*trial, COMPLETE, {1.0 * i}, kNoon + absl::Seconds(i)), absl::OkStatus());
  }
  ASSERT_EQ(store().Commit(), absl::OkStatus());
  const auto progress = Progress(*watcher_, "s");
  ASSERT_EQ(progress->improvement_size(), 1000);
  EXPECT_EQ(progress->improvement(0).complete(), 1);
  EXPECT_EQ(progress->improvement(999).complete(), kTrials);
  EXPECT_EQ(progress->improvement(999).value(), kTrials - 1);
}

TEST_F(StudyDigestTest, RunningTrialSaysWhoTrainsItSinceWhenAndHowFarItIs) {
  const int64_t study = CreateStudy(ForestSpec("s"));
  const int64_t trial = AddTrial(study, ForestPoint(.1), kNoon);
  Transact([&]() -> absl::Status {
    StoredWorker worker = WorkerNamed("forest-1");
    worker.slots = 4;
    absl::Status status = store().PutWorker(worker, kNoon);
    status.Update(store().InsertAttempt(OpenAttempt(trial, 2, "token"), kNoon));
    status.Update(store().SetIntermediateValue(trial, 3, .75));
    status.Update(store().SetIntermediateValue(trial, 12, .5));
    return status;
  });
  const auto progress = Progress(*watcher_, "s");
  ASSERT_EQ(progress->running_size(), 1);
  const RunningTrial& running = progress->running(0);
  EXPECT_EQ(running.number(), 0);
  EXPECT_EQ(running.attempt(), 2);
  EXPECT_EQ(running.worker(), "forest-1");
  EXPECT_EQ(running.started(), "2026-11-20 12:00:00.000007");
  EXPECT_EQ(running.last_step().step(), 12);
  EXPECT_EQ(running.last_step().value(), .5);
  ASSERT_EQ(progress->worker_size(), 1);
  EXPECT_EQ(progress->worker(0).running(), 1);
  EXPECT_EQ(progress->worker(0).slots(), 4);
  EXPECT_EQ(progress->worker(0).disconnected(), "");
}

TEST_F(StudyDigestTest, WorkerThatIsGoneIsShownWhileATrialOfTheStudyIsItsOwn) {
  const int64_t study = CreateStudy(ForestSpec("s"));
  const int64_t trial = AddTrial(study, ForestPoint(.1), kNoon);
  Transact([&]() -> absl::Status {
    absl::Status status = store().PutWorker(WorkerNamed("forest-1"), kNoon);
    status.Update(store().InsertAttempt(OpenAttempt(trial, 1, "token"), kNoon));
    status.Update(store().DisconnectWorker("w", kNoon + absl::Seconds(5)));
    return status;
  });
  ASSERT_EQ(Progress(*watcher_, "s")->worker_size(), 1);
  EXPECT_EQ(Progress(*watcher_, "s")->worker(0).disconnected(), "2026-11-20 12:00:05.000007");
  Transact([&] { return store().EndAttempt("token", LOST, "gone", kNoon + absl::Seconds(9)); });
  EXPECT_EQ(Progress(*watcher_, "s")->worker_size(), 0);
}

TEST_F(StudyDigestTest, AReaderThatWasReopenedLooksAgain) {
  const int64_t study_id = CreateStudy(SpecWith("s", 1));
  ASSERT_TRUE(Progress(*watcher_, "s").ok());
  AddComplete(study_id, 0.5);
  EXPECT_EQ(Progress(*watcher_, "s")->study().complete(), 1);
  for (int64_t complete = 2; complete < 6; ++complete) {  // a new connection counts changes from the beginning again
    ASSERT_EQ(watcher_->Reopen(), absl::OkStatus());
    AddComplete(study_id, 0.5);
    EXPECT_EQ(Progress(*watcher_, "s")->study().complete(), complete);
  }
}

// As callers whose patience is shorter than the first look takes.
TEST_F(StudyDigestTest, ALookThatIsGivenUpAgainAndAgainGetsToTheEnd) {
  for (const int objectives : {1, 2}) {
    const std::string name = absl::StrCat("s", objectives);
    const int64_t study_id = CreateStudy(SpecWith(name, objectives));
    std::mt19937 random(7);
    ASSERT_TRUE(store().Begin().ok());
    for (int64_t number = 0; number < 1500; ++number) {
      const absl::StatusOr<int64_t> trial =
          store().InsertTrial(study_id, number, space_, ForestPoint(0.5), absl::FromUnixSeconds(1700000000 + number));
      ASSERT_TRUE(trial.ok()) << trial.status();
      if (number % 50 == 7) continue;  // still runs
      std::vector<double> values;
      for (int i = 0; i < objectives; ++i) values.push_back(static_cast<double>(random() % 1000));
      const absl::Time ended = absl::FromUnixSeconds(1700001000 + static_cast<int64_t>(random() % 300));
      ASSERT_TRUE(store().MoveTrial(*trial, COMPLETE, values, ended).ok());
    }
    ASSERT_TRUE(store().Commit().ok());
    int given_up = 0;
    absl::StatusOr<StudyProgress> progress = absl::CancelledError("not asked");
    while (absl::IsCancelled(progress.status())) {
      int steps = 5;
      watcher_->SetGoesOn([&steps] { return --steps > 0; });
      progress = Progress(*watcher_, name);
      given_up += !progress.ok();
      ASSERT_LT(given_up, 1000);
    }
    watcher_->SetGoesOn(nullptr);
    EXPECT_GT(given_up, 2) << "too few trials to show anything";
    EXPECT_EQ(Text(progress), Text(Progress(*FreshReader(), name)));
  }
}

}  // namespace
}  // namespace parzen
