// `parzen study watch` on a terminal beside a real run.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/terminal.h"
#include "tests/integration/process.h"
#include "tests/integration/terminal_process.h"

namespace parzen {
namespace {

using testing::HasSubstr;
using testing::Not;

// A run of a program whose trials report a step and then wait at a pipe until the test lets them go on: what there is
// to see meanwhile does not depend on how fast anything is.
class WatchTest : public testing::Test {
 protected:
  WatchTest() : folder_(FreshFolder()), db_(folder_ + "/s.db") {
    const std::string gate = folder_ + "/gate";
    EXPECT_EQ(mkfifo(gate.c_str(), 0600), 0);
    gate_ = open(gate.c_str(), O_RDWR | O_CLOEXEC);
    Write("trial.sh", absl::StrCat("read -r trial\necho '{\"step\": 7, \"value\": 0.5}'\nread -r answer\n",
                                   "read -r go < '", gate, "'\necho '{\"metrics\": {\"loss\": 0.125}}'\n"));
    Write("s.textproto", absl::StrCat("name: 'slow-study' objective { metric: 'loss' direction: MINIMIZE }\n",
                                      "command { argv: ['/bin/sh', '", folder_, "/trial.sh'] }\n",
                                      "parameter { name: 'momentum_of_the_descent' float { low: 0.125 high: 0.99 } }\n",
                                      "search { sampler { random {} } trials: 5 seed: 1 }\n"));
    run_ = std::make_unique<Process>(
        std::vector<std::string>{ParzenBinary(), "run", folder_ + "/s.textproto", "--db", db_, "--slots", "2"});
    run_->WaitForLine("0/5");
  }
  ~WatchTest() override { close(gate_); }

  void Write(const std::string& name, const std::string& text) const { std::ofstream(folder_ + "/" + name) << text; }
  void LetTrialsEnd(size_t count) const {
    ASSERT_EQ(write(gate_, std::string(count, '\n').data(), count), static_cast<ssize_t>(count));
  }
  std::unique_ptr<TerminalProcess> Watch(size_t columns, size_t rows) const {
    return std::make_unique<TerminalProcess>(
        std::vector<std::string>{ParzenBinary(), "study", "watch", "slow-study", "--db", db_}, columns, rows);
  }

  const std::string folder_;
  const std::string db_;
  int gate_ = -1;
  std::unique_ptr<Process> run_;
};

TEST_F(WatchTest, ShowsTheRunAndEndsWithIt) {
  const std::unique_ptr<TerminalProcess> watch = Watch(100, 30);
  watch->WaitToSee({"slow-study  MINIMIZE loss\n", "0/5  running 2  failed 0", "trial  try  worker", "   7    0.5\n",
                    "worker", "2/2   connected "});
  LetTrialsEnd(1);
  watch->WaitToSee({"1/5  running 2  failed 0", "best 0.125 (trial ",
                    "momentum_of_the_descent = ", "best value of 1 complete trial\n"});
  LetTrialsEnd(4);
  EXPECT_EQ(watch->Wait(), 0);
  EXPECT_THAT(watch->screen().Text(), HasSubstr("5/5  running 0  failed 0"));
  EXPECT_THAT(watch->screen().Text(), HasSubstr("finished: 5 trials\n"));
  EXPECT_FALSE(watch->screen().wrapped());
  EXPECT_EQ(run_->Wait(), 0) << run_->output();
}

TEST_F(WatchTest, InterruptOnlyEndsTheWatching) {
  const std::unique_ptr<TerminalProcess> watch = Watch(100, 30);
  watch->WaitToSee({"0/5  running 2"});
  watch->Type("\x03");
  EXPECT_EQ(watch->Wait(), 0);
  LetTrialsEnd(5);
  EXPECT_EQ(run_->Wait(), 0) << run_->output();
  EXPECT_THAT(run_->output(), HasSubstr("5/5"));
}

TEST_F(WatchTest, NarrowTerminalIsNotWrapped) {
  const std::unique_ptr<TerminalProcess> watch = Watch(40, 12);
  watch->WaitToSee({"slow-study", "0/5  running 2"});
  LetTrialsEnd(2);
  watch->WaitToSee({"2/5  running 2", "best 0.125"});
  EXPECT_LE(watch->screen().Lines().size(), 12u) << watch->screen().Text();
  LetTrialsEnd(3);
  EXPECT_EQ(watch->Wait(), 0);
  EXPECT_FALSE(watch->screen().wrapped()) << watch->screen().Text();
  EXPECT_EQ(run_->Wait(), 0) << run_->output();
}

}  // namespace
}  // namespace parzen
