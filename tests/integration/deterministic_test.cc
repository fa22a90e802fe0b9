// search.deterministic with real processes: the table of trials is the same text, whoever trains them and whoever is
// killed meanwhile; and `parzen trial replay` finds the same bits once more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/process.h"

namespace parzen {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Data {
  const char* name;
  const char* dataset;  // the smaller half of MNIST, so that trials take tenths of a second
  const char* file;     // in the folder of PARZEN_DATA; none: it needs none
};

class DeterministicTest : public testing::TestWithParam<Data> {
 protected:
  DeterministicTest() : folder_(FreshFolder()), file_(folder_ + "/s.textproto") {
    std::ofstream(file_) << R"(name: "s"
      objective { metric: "validation_accuracy" direction: MAXIMIZE }
      train { dataset { )"
                         << GetParam().dataset << R"( } random_forest { trees: 20 } }
      parameter { name: "max_depth" sets: "random_forest.max_depth" int { low: 2 high: 12 } }
      parameter { name: "max_features" sets: "random_forest.max_features" categorical { choice: "sqrt" choice: "40" } }
      parameter { name: "min_samples_leaf" sets: "random_forest.min_samples_leaf" int { low: 1 high: 60 log: true } }
      search { sampler { tpe { startup_trials: 4 } } trials: 20 seed: 5 deterministic: true look_ahead: 4
               max_attempts: 100 } )";
  }
  void SetUp() override {
    const char* const folder = std::getenv("PARZEN_DATA");
    const bool is_here = folder != nullptr && std::ifstream(absl::StrCat(folder, "/", GetParam().file)).good();
    if (*GetParam().file != '\0' && !is_here) GTEST_SKIP() << "MNIST IS NOT HERE: name its folder in PARZEN_DATA";
  }

  static std::string Table(const std::string& db) {
    const Finished list = RunToEnd({ParzenBinary(), "trial", "list", "s", "--db", db, "-f", "csv", "--columns",
                                    "number,state,value,max_depth,max_features,min_samples_leaf,train_log_loss,"
                                    "validation_log_loss"});
    EXPECT_EQ(list.code, 0) << list.err;
    return list.out;
  }

  // The study in one process.
  std::string RunAlone(const std::string& name, const std::vector<std::string>& options) {
    const std::string db = absl::StrCat(folder_, "/", name, ".db");
    std::vector<std::string> arguments = {ParzenBinary(), "run", file_, "--db", db, "--no-final"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Finished run = RunToEnd(arguments);
    EXPECT_EQ(run.code, 0) << run.err;
    return Table(db);
  }

  const std::string folder_;
  const std::string file_;
};

// Three workers and a coordinator, any of which may die.
class Cluster {
 public:
  Cluster(const std::string& folder, const std::string& name)
      : db_(absl::StrCat(folder, "/", name, ".db")), address_(absl::StrCat("unix:", folder, "/", name)) {
    StartCoordinator();
    for (int i = 0; i < 3; ++i) workers_.push_back(StartWorker());
  }

  const std::string& db() const { return db_; }

  void Create(const std::string& file) {
    const Finished created = RunToEnd({ParzenBinary(), "study", "create", file, "--coordinator", address_});
    ASSERT_EQ(created.code, 0) << created.err;
  }
  void WaitUntilFinished() {
    const Finished watched = RunToEnd({ParzenBinary(), "study", "watch", "s", "--coordinator", address_});
    ASSERT_EQ(watched.code, 0) << watched.err;
  }
  // In the middle of a trial.
  void KillWorker(size_t i) {
    workers_[i]->WaitForLine("starts");
    workers_[i]->Signal(SIGKILL);
    EXPECT_EQ(workers_[i]->Wait(), -SIGKILL);
    workers_[i] = StartWorker();
  }
  void KillCoordinator() {
    workers_[0]->WaitForLine("starts");
    coordinator_->Signal(SIGKILL);
    EXPECT_EQ(coordinator_->Wait(), -SIGKILL);
    StartCoordinator();
  }

 private:
  void StartCoordinator() {
    coordinator_ = std::make_unique<Process>(
        std::vector<std::string>{ParzenBinary(), "coordinator", "--db", db_, "--listen", address_, "--lease", "1"});
    coordinator_->WaitForLine("listening on ");
  }
  std::unique_ptr<Process> StartWorker() {
    auto worker = std::make_unique<Process>(std::vector<std::string>{ParzenBinary(), "worker", "--coordinator",
                                                                     address_, "--slots", "1", "--threads", "1"});
    worker->WaitForLine("connected");
    return worker;
  }

  const std::string db_;
  const std::string address_;
  std::unique_ptr<Process> coordinator_;
  std::vector<std::unique_ptr<Process>> workers_;
};

TEST_P(DeterministicTest, TheTableIsTheSameTextWhoeverTrainsAndWhoeverIsKilled) {
  const std::string expected = RunAlone("one", {"--threads", "1"});
  EXPECT_THAT(expected, HasSubstr("\n19,COMPLETE,"));
  EXPECT_EQ(RunAlone("two", {"--threads", "2"}), expected);
  {
    Cluster cluster(folder_, "three");
    ASSERT_NO_FATAL_FAILURE(cluster.Create(file_));
    cluster.WaitUntilFinished();
    EXPECT_EQ(Table(cluster.db()), expected);
  }
  Cluster cluster(folder_, "killed");
  ASSERT_NO_FATAL_FAILURE(cluster.Create(file_));
  cluster.KillWorker(0);
  cluster.KillCoordinator();
  cluster.KillWorker(1);
  cluster.WaitUntilFinished();
  EXPECT_EQ(Table(cluster.db()), expected);
}

TEST_P(DeterministicTest, AReplayFindsTheSameBitsOnAnyNumberOfThreads) {
  RunAlone("one", {"--threads", "2"});
  for (const char* threads : {"1", "3"}) {
    const Finished replay = RunToEnd(
        {ParzenBinary(), "trial", "replay", "7", "--db", folder_ + "/one.db", "--threads", threads, "-f", "csv"});
    EXPECT_EQ(replay.code, 0) << replay.err;
    EXPECT_THAT(replay.out, HasSubstr("metric,stored,again,outcome\nvalidation_accuracy,0."));
    EXPECT_THAT(replay.out, HasSubstr(",same\n"));
    EXPECT_THAT(replay.out, HasSubstr("\nfit_seconds,"));
    EXPECT_THAT(replay.out, Not(HasSubstr("differs")));
  }
}

INSTANTIATE_TEST_SUITE_P(
    On, DeterministicTest,
    testing::Values(Data{"Digits", "digits { train: 2000 test: 0 }", ""},
                    Data{"Mnist", R"(idx { images: "t10k-images-idx3-ubyte.gz" labels: "t10k-labels-idx1-ubyte.gz" })",
                         "t10k-images-idx3-ubyte.gz"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace parzen
