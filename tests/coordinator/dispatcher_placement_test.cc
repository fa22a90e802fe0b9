// Which worker gets which trial: labels, memory, models, weights, draining.
#include "tests/coordinator/dispatcher_fixture.h"

namespace parzen {
namespace {

using testing::HasSubstr;

class DispatcherPlacementTest : public DispatcherTest {
 protected:
  ConnectionId ConnectWith(const std::string& name, const std::string& hello_text) {
    WorkerMessage message;
    Hello& hello = *message.mutable_hello();
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(hello_text, &hello));
    hello.set_worker_id(name);
    hello.set_name(name);
    if (!hello.has_slots()) hello.set_slots(1);
    const ConnectionId connection = ++connections_made_;
    Tell(connection, message);
    return connection;
  }
  void SayDraining(ConnectionId connection) {
    WorkerMessage message;
    message.mutable_draining();
    Tell(connection, message);
  }
  absl::Status Drain(const std::string& name) {
    absl::Status status;
    Transact([&] {
      status = dispatcher_->DrainWorkers(name).status();
      return absl::OkStatus();
    });
    return status;
  }
};

TEST_F(DispatcherPlacementTest, TrialsGoOnlyToWorkersThatHaveAllTheirLabels) {
  StudySpec spec = ForestStudy("s", 5);
  spec.mutable_placement()->add_label("gpu");
  spec.mutable_placement()->add_label("room=12");
  ASSERT_TRUE(Create(spec).ok());
  EXPECT_FALSE(Ask(ConnectWith("alice", "label: 'gpu'")).has_value());
  EXPECT_TRUE(Ask(ConnectWith("bob", "label: 'room=12' label: 'gpu' label: 'fast'")).has_value());
}

TEST_F(DispatcherPlacementTest, TrialsGoOnlyToSlotsWithTheirMemory) {
  StudySpec spec = ForestStudy("s", 5);
  spec.mutable_placement()->set_memory_mb(2000);
  ASSERT_TRUE(Create(spec).ok());
  EXPECT_FALSE(Ask(ConnectWith("small", "memory_bytes: 1999000000")).has_value());
  EXPECT_TRUE(Ask(ConnectWith("large", "memory_bytes: 2000000000")).has_value());
  EXPECT_TRUE(Ask(ConnectWith("without a limit", "")).has_value());
}

TEST_F(DispatcherPlacementTest, TrialsGoOnlyToWorkersThatHaveTheirModel) {
  ASSERT_TRUE(Create(ForestStudy("s", 5)).ok());
  EXPECT_FALSE(Ask(ConnectWith("older", "model: 'decision_tree'")).has_value());
  EXPECT_TRUE(Ask(ConnectWith("newer", "model: 'decision_tree' model: 'random_forest'")).has_value());
}

TEST_F(DispatcherPlacementTest, RequestsThatGetNothingDoNotHoldUpOthers) {
  StudySpec picky = ForestStudy("picky", 5);
  picky.mutable_placement()->add_label("gpu");
  ASSERT_TRUE(Create(picky).ok());
  EXPECT_FALSE(Ask(ConnectWith("alice", "")).has_value());
  const std::optional<Assignment> given = Ask(ConnectWith("bob", "label: 'gpu'"));
  ASSERT_TRUE(given.has_value());
  EXPECT_EQ(given->study(), "picky");
}

TEST_F(DispatcherPlacementTest, StudiesShareTheFleetByTheirWeights) {
  StudySpec heavy = ForestStudy("heavy", 100);
  heavy.mutable_placement()->set_weight(3);
  ASSERT_TRUE(Create(heavy).ok());
  ASSERT_TRUE(Create(ForestStudy("light", 100)).ok());
  const ConnectionId alice = Connect("alice", 12);
  int of_heavy = 0;
  for (int i = 0; i < 12; ++i) of_heavy += Ask(alice)->study() == "heavy";
  EXPECT_EQ(of_heavy, 9);
}

TEST_F(DispatcherPlacementTest, DrainingWorkerGetsNoMoreTrialsAndKeepsThoseItHas) {
  ASSERT_TRUE(Create(ForestStudy("s", 5)).ok());
  const ConnectionId alice = Connect("alice", 2);
  const Lease lease = Ask(alice)->lease();
  ASSERT_TRUE(Drain("alice").ok());
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_TRUE(sent_[0].message.has_drain());
  EXPECT_FALSE(Ask(alice).has_value());
  EXPECT_TRUE(Finish(alice, lease));
  EXPECT_EQ(Rows("SELECT name, draining FROM parzen_workers"), std::vector<std::string>{"alice 1"});
}

TEST_F(DispatcherPlacementTest, AWorkerThatDidNotHearThatItIsDrainedIsToldWhenItComesBack) {
  ASSERT_TRUE(Create(ForestStudy("s", 5)).ok());
  Connect("alice", 2);
  ASSERT_TRUE(Drain("alice").ok());
  const ConnectionId again = Connect("alice", 2);  // its stream broke before
  ASSERT_EQ(sent_.size(), 3u);
  EXPECT_TRUE(sent_[0].close);
  EXPECT_TRUE(sent_[1].message.has_welcome());
  EXPECT_TRUE(sent_[2].message.has_drain());
  EXPECT_FALSE(Ask(again).has_value());
  EXPECT_EQ(Rows("SELECT name, draining FROM parzen_workers"), std::vector<std::string>{"alice 1"});
}

TEST_F(DispatcherPlacementTest, RequestsOfAWorkerThatDrainsAreVoid) {
  const ConnectionId alice = Connect("alice");
  ASSERT_FALSE(Ask(alice, "r1").has_value());
  SayDraining(alice);
  ASSERT_TRUE(Create(ForestStudy("s", 5)).ok());
  EXPECT_FALSE(AssignmentFor("r1").has_value());
  EXPECT_EQ(Summary().running(), 0);
}

TEST_F(DispatcherPlacementTest, DrainingAWorkerThatIsNotThereSaysSo) {
  const absl::Status status = Drain("nobody");
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("parzen worker list"));
}

TEST_F(DispatcherPlacementTest, WorkerOnItsNewStreamIsOneWorker) {
  ASSERT_TRUE(Create(ForestStudy("s", 5)).ok());
  const ConnectionId before = Connect("alice");
  const ConnectionId after = Connect("alice");
  EXPECT_TRUE(Ask(after).has_value());
  Disconnect(before);  // seen late: the worker stays
  EXPECT_EQ(Rows("SELECT count(*), sum(disconnected IS NULL) FROM parzen_workers"), std::vector<std::string>{"1 1"});
}

TEST_F(DispatcherPlacementTest, StreamThatAnotherOneOfItsWorkerReplacedIsClosed) {
  // Which of the two the worker listens to is not known: the Hello of the older may come later.
  const ConnectionId before = Connect("alice");
  Connect("alice");
  ASSERT_EQ(sent_.size(), 2);
  EXPECT_EQ(sent_[0].connection, before);
  EXPECT_TRUE(sent_[0].close);
  EXPECT_TRUE(sent_[1].message.has_welcome());
  EXPECT_FALSE(sent_[1].close);
}

TEST_F(DispatcherPlacementTest, PathsOfFilesStayWithEmbeddedWorkers) {
  StudySpec spec = ForestStudy("s", 5);
  spec.mutable_train()->mutable_dataset()->mutable_csv()->set_file("a.csv");
  ASSERT_TRUE(Create(spec, {"a.csv", "/data/a.csv", std::string(64, 'a')}).ok());
  const Assignment far = *Ask(Connect("far"));
  EXPECT_EQ(far.task().train().files(0).sha256(), std::string(64, 'a'));
  EXPECT_FALSE(far.task().train().files(0).has_path());
  EXPECT_EQ(Ask(Connect("near", 1, /*embedded=*/true))->task().train().files(0).path(), "/data/a.csv");
}

TEST_F(DispatcherPlacementTest, AWorkerThatSaysItLivesInACoordinatorWithoutWorkersDoesNot) {
  process_.has_workers = false;
  Restart();
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId liar = Connect("liar", 1, /*embedded=*/true);
  EXPECT_EQ(Rows("SELECT name, embedded FROM parzen_workers"), std::vector<std::string>{"liar 0"});
  ASSERT_TRUE(Ask(liar).has_value());
  Restart();
  EXPECT_EQ(Trial(0).attempt(0).state(), OPEN) << "it did not end with the process";
}

}  // namespace
}  // namespace parzen
