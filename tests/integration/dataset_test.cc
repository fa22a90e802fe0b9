// Datasets on their way from a study's author to the slots of workers that share nothing with him: real processes, each
// worker with a cache of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/sha256.h"
#include "tests/integration/process.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;

// Two classes that a tree tells apart by the first of three features.
std::string Table(int rows) {
  std::string table = "label,x,y,z\n";
  for (int i = 0; i < rows; ++i) {
    absl::StrAppend(&table, i % 2 == 0 ? "a," : "b,", i % 2, ".", i % 1000, ",", i * 7919 % 10007, ",", i, "\n");
  }
  return table;
}

// The same, in so many digits that it takes a while to send and next to none to learn from: 16 KiB a row.
std::string LongWindedTable(int rows) {
  std::string table = "label,x\n";
  const std::string zeros(16 << 10, '0');
  for (int i = 0; i < rows; ++i) absl::StrAppend(&table, i % 2 == 0 ? "a," : "b,", i % 2, ".5", zeros, "\n");
  return table;
}

// 0 while there is no such file.
int64_t SizeOf(const std::string& path) {
  std::error_code none;
  const auto bytes = fs::file_size(path, none);
  return none ? 0 : static_cast<int64_t>(bytes);
}

class DatasetTest : public testing::Test {
 protected:
  DatasetTest() : folder_(FreshFolder()), address_(absl::StrCat("unix:", folder_, "/socket")) {
    coordinator_ = std::make_unique<Process>(
        std::vector<std::string>{ParzenBinary(), "coordinator", "--db", folder_ + "/s.db", "--listen", address_});
    coordinator_->WaitForLine("listening on ");
  }

  std::unique_ptr<Process> StartWorker(const std::string& name, int slots = 1) {
    auto worker = std::make_unique<Process>(
        std::vector<std::string>{ParzenBinary(), "worker", "--coordinator", address_, "--name", name, "--slots",
                                 absl::StrCat(slots), "--threads", "1", "--cache", absl::StrCat(folder_, "/", name)});
    worker->WaitForLine("connected");
    return worker;
  }
  // Gives the coordinator a study of that dataset.
  void Create(const std::string& dataset, const std::string& model, int trials) {
    const std::string file = folder_ + "/study.textproto";
    std::ofstream(file) << R"(name: "s" objective { metric: "validation_accuracy" direction: MAXIMIZE }
      train { dataset { )"
                        << dataset << " } " << model << R"( }
      parameter { name: "leaf" sets: ")"
                        << model.substr(0, model.find(' ')) << R"(.min_samples_leaf" int { low: 1 high: 5000 } }
      search { sampler { random {} } trials: )"
                        << trials << " seed: 5 }\n";
    const Finished created = RunToEnd({ParzenBinary(), "study", "create", file, "--coordinator", address_});
    ASSERT_EQ(created.code, 0) << created.err;
  }
  void WaitUntilFinished() {
    const Finished watched = RunToEnd({ParzenBinary(), "study", "watch", "s", "--coordinator", address_});
    ASSERT_EQ(watched.code, 0) << watched.err;
  }
  // What the coordinator has sent, by its log, once it is stopped.
  struct Sent {
    int transfers = 0;
    int64_t chunks = 0, bytes = 0;
    int64_t last_bytes = 0;  // in the last transfer
  };
  Sent StopAndCount() {
    coordinator_->Signal(SIGTERM);
    EXPECT_EQ(coordinator_->Wait(), 0) << coordinator_->output();
    Sent sent;
    for (const absl::string_view line : absl::StrSplit(coordinator_->output(), '\n')) {
      if (!absl::StrContains(line, ": sent ")) continue;
      const std::vector<std::string> words = absl::StrSplit(line.substr(line.find(": sent ") + 2), ' ');
      ++sent.transfers;
      sent.chunks += std::stoll(words[1]);
      sent.last_bytes = std::stoll(words[3]);
      sent.bytes += sent.last_bytes;
    }
    return sent;
  }

  const std::string folder_;
  const std::string address_;
  std::unique_ptr<Process> coordinator_;
};

TEST_F(DatasetTest, AHundredTrialsOnThreeWorkersMoveTheDatasetOnceToEach) {
  const std::string table = Table(100'000);  // some chunks
  std::ofstream(folder_ + "/table.csv") << table;
  const auto a = StartWorker("a"), b = StartWorker("b"), c = StartWorker("c");
  Create(R"(csv { file: "table.csv" })", "decision_tree { max_depth: 3 }", 100);
  fs::remove(folder_ + "/table.csv");  // nobody needs it any more
  WaitUntilFinished();
  const Sent sent = StopAndCount();
  EXPECT_EQ(sent.transfers, 3);
  EXPECT_EQ(sent.chunks, 3 * ((static_cast<int64_t>(table.size()) + (1 << 20) - 1) >> 20));
  EXPECT_EQ(sent.bytes, 3 * static_cast<int64_t>(table.size()));
}

TEST_F(DatasetTest, AWorkerThatIsKilledHalfWayLeavesTheNextOnlyTheRestToFetch) {
  const std::string table = LongWindedTable(6000);
  const auto size = static_cast<int64_t>(table.size());
  std::ofstream(folder_ + "/table.csv") << table;
  auto killed = StartWorker("a");
  Create(R"(csv { file: "table.csv" })", "decision_tree { max_depth: 3 }", 2);
  const std::string part = absl::StrCat(folder_, "/a/files/", absl::BytesToHexString(Sha256Of(table)), ".part");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (SizeOf(part) < (3 << 20) && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  killed->Signal(SIGKILL);
  EXPECT_EQ(killed->Wait(), -SIGKILL);
  const int64_t kept = SizeOf(part) >> 20 << 20;  // whole chunks
  ASSERT_GE(kept, 3 << 20) << killed->output();
  ASSERT_LT(kept, size);

  const auto next = StartWorker("a");
  EXPECT_THAT(next->WaitForLine("fetching dataset file"),
              testing::HasSubstr(absl::StrCat(": ", size - kept, " of ", size, " bytes are missing")));
  WaitUntilFinished();
  EXPECT_EQ(StopAndCount().last_bytes, size - kept);
}

TEST_F(DatasetTest, AFileThatIsGoneFailsTheTrialAndSaysSo) {
  std::ofstream(folder_ + "/table.csv") << Table(100);
  Create(R"(csv { file: "table.csv" })", "decision_tree {}", 1);
  fs::remove_all(folder_ + "/s.db.files");
  const auto worker = StartWorker("a");
  RunToEnd({ParzenBinary(), "study", "watch", "s", "--coordinator", address_});
  const Finished why = RunToEnd({ParzenBinary(), "trial", "why", "0", "--coordinator", address_});
  EXPECT_THAT(why.out, testing::HasSubstr("dataset file \"table.csv\": the coordinator does not have"));
}

// What a process has mapped of a cache, by inode: KiB.
struct Mapping {
  int64_t rss = 0, pss = 0;
};
std::map<std::string, Mapping> PreparedIn(pid_t pid) {
  std::map<std::string, Mapping> by_inode;
  std::ifstream smaps(absl::StrCat("/proc/", pid, "/smaps"));
  std::string inode;
  for (std::string line; std::getline(smaps, line);) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (!absl::EndsWith(words[0], ":")) inode = absl::StrContains(line, "/prepared/") ? words[4] : "";
    if (inode.empty()) continue;
    if (words[0] == "Rss:") by_inode[inode].rss += std::stoll(words[1]);
    if (words[0] == "Pss:") by_inode[inode].pss += std::stoll(words[1]);
  }
  return by_inode;
}

std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& task : fs::directory_iterator(absl::StrCat("/proc/", parent, "/task"))) {
    std::ifstream list(task.path() / "children");
    for (pid_t child; list >> child;) children.push_back(child);
  }
  return children;
}

TEST_F(DatasetTest, TwoSlotsHaveTheDatasetInMemoryOnce) {
  const auto worker = StartWorker("a", /*slots=*/2);
  Create("digits { train: 5000 test: 0 }", "random_forest { trees: 40 }", 12);
  WaitUntilFinished();
  const std::vector<pid_t> slots = ChildrenOf(worker->pid());
  ASSERT_EQ(slots.size(), 2u);
  const std::map<std::string, Mapping> first = PreparedIn(slots[0]), second = PreparedIn(slots[1]);
  ASSERT_EQ(first.size(), 2u) << "rows and bins";
  for (const auto& [inode, mapping] : first) {
    ASSERT_TRUE(second.contains(inode));
    EXPECT_GT(mapping.rss, 3000);
    for (const Mapping& one : {mapping, second.at(inode)}) {
      EXPECT_LT(std::abs(2 * one.pss - one.rss), one.rss / 10) << one.pss << " of " << one.rss << " KiB";
    }
  }
}

}  // namespace
}  // namespace parzen
