// The workers of a database, as `parzen worker list` shows them.
#include "absl/strings/str_cat.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WorkerListTest : public StoreTest {
 protected:
  WorkerListTest() {
    Open();
    study_id_ = CreateStudy(ForestSpec("s"));
  }
  static StoredWorker Named(const std::string& name) {
    StoredWorker worker = WorkerNamed(name);
    worker.worker_id = absl::StrCat("id of ", name);
    worker.slots = 1;
    return worker;
  }
  void Connect(const std::string& name) {
    Transact([&] { return store().PutWorker(Named(name), kNoon); });
  }
  void Disconnect(const std::string& name) {
    Transact([&] { return store().DisconnectWorker(Named(name).worker_id, kNoon + absl::Seconds(5)); });
  }
  void Attempt(const std::string& worker, AttemptState state) {
    const int64_t trial_id = AddTrial(study_id_, ForestPoint(0.1));
    StoredAttempt attempt = OpenAttempt(trial_id, 1, absl::StrCat("token-", trial_id));
    attempt.worker_id = Named(worker).worker_id;
    Transact([&] { return store().InsertAttempt(attempt, kNoon); });
    if (state != OPEN) Transact([&] { return store().EndAttempt(attempt.token, state, "", kNoon); });
  }
  std::vector<WorkerRecord> Workers(bool all = false) {
    ListWorkersRequest request;
    request.set_all(all);
    const auto response = StudyReader(store()).ListWorkers(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return {response->worker().begin(), response->worker().end()};
  }
  std::vector<std::string> Names(bool all = false) {
    std::vector<std::string> names;
    for (const WorkerRecord& worker : Workers(all)) names.push_back(worker.name());
    return names;
  }

  int64_t study_id_ = 0;
};

TEST_F(WorkerListTest, ConnectedWorkersComeByName) {
  Connect("bob");
  Connect("alice");
  Connect("carol");
  Disconnect("carol");
  EXPECT_THAT(Names(), ElementsAre("alice", "bob"));
  EXPECT_THAT(Names(/*all=*/true), ElementsAre("alice", "bob", "carol"));
}

TEST_F(WorkerListTest, AttemptsAreCountedByHowTheyEnded) {
  Connect("alice");
  Connect("bob");
  for (const AttemptState state : {ENDED, ENDED, LOST, CRASHED, RELEASED, OPEN}) Attempt("alice", state);
  const std::vector<WorkerRecord> workers = Workers();
  EXPECT_EQ(workers[0].ended(), 2);
  EXPECT_EQ(workers[0].lost(), 2);
  EXPECT_EQ(workers[0].running(), 1);
  EXPECT_EQ(workers[1].ended() + workers[1].lost() + workers[1].running(), 0);
}

TEST_F(WorkerListTest, TrialsThatWaitForASlotDoNotRun) {
  Connect("alice");
  for (int i = 0; i < 2; ++i) Attempt("alice", OPEN);
  EXPECT_EQ(Workers()[0].running(), 1);
}

TEST_F(WorkerListTest, WhatAWorkerSaidOfItselfIsShown) {
  StoredWorker alice = Named("alice");
  alice.memory_bytes = 1 << 30;
  alice.labels = {"gpu", "room=12"};
  alice.version = "9.9";
  alice.clock_ahead_seconds = -3;
  Transact([&] { return store().PutWorker(alice, kNoon); });
  Transact([&] { return store().SetDraining(alice.worker_id); });
  const WorkerRecord worker = Workers()[0];
  EXPECT_EQ(worker.memory_bytes(), 1 << 30);
  EXPECT_THAT(worker.label(), ElementsAre("gpu", "room=12"));
  EXPECT_EQ(worker.version(), "9.9");
  EXPECT_EQ(worker.clock_ahead_seconds(), -3);
  EXPECT_TRUE(worker.draining());
  EXPECT_EQ(worker.disconnected(), "");
}

TEST_F(WorkerListTest, CoordinatorIsTheOneOfTheLastEpoch) {
  Connect("alice");
  Transact([&] { return store().BeginEpoch("old", 1, kNoon).status(); });
  Transact([&] { return store().BeginEpoch("new", 2, kNoon).status(); });
  const auto record = StudyReader(store()).GetCoordinator(GetCoordinatorRequest());
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->epoch(), 2);
  EXPECT_EQ(record->host(), "new");
  EXPECT_EQ(record->workers(), 1);
  EXPECT_EQ(record->cluster_id().size(), 32u);
}

TEST_F(WorkerListTest, DatabaseOfOptunaAloneHasNoWorkers) {
  Close();
  const auto reader = StudyReader::Open("tests/testdata/sample_optuna.db");
  ASSERT_TRUE(reader.ok()) << reader.status();
  const auto workers = (*reader)->ListWorkers(ListWorkersRequest());
  ASSERT_TRUE(workers.ok()) << workers.status();
  EXPECT_THAT(workers->worker(), IsEmpty());
}

}  // namespace
}  // namespace parzen
