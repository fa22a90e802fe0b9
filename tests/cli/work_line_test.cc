#include "cli/work_line.h"

#include <gtest/gtest.h>

#include <string>

namespace parzen {
namespace {

// What a line writes when it is shown once after `elapsed`, and destroyed.
std::string Written(absl::Duration elapsed, bool shows) {
  FILE* const file = std::tmpfile();
  {
    WorkLine line(file, shows, "reading", absl::Seconds(100));
    line.Show(0.25, absl::Seconds(100) + elapsed);
  }
  std::string text(static_cast<size_t>(std::ftell(file)), ' ');
  std::rewind(file);
  EXPECT_EQ(std::fread(text.data(), 1, text.size(), file), text.size());
  std::fclose(file);
  return text;
}

TEST(WorkLineTest, TheLineSaysWhatIsDoneAndWhenItWillBeThrough) {
  EXPECT_EQ(WorkLineText("reading", 0.25, absl::Seconds(10)), "reading  [#####---------------] 25%  ETA 0:30");
}

TEST(WorkLineTest, BeforeAnythingIsDoneThereIsNoEta) {
  EXPECT_EQ(WorkLineText("reading", 0, absl::Seconds(10)), "reading  [--------------------] 0%");
}

TEST(WorkLineTest, QuickWorkShowsNothing) { EXPECT_EQ(Written(absl::Milliseconds(900), true), ""); }

TEST(WorkLineTest, NothingIsShownOutsideATerminal) { EXPECT_EQ(Written(absl::Seconds(5), false), ""); }

TEST(WorkLineTest, LongWorkIsShownAndTakenAwayAgain) {
  EXPECT_EQ(Written(absl::Seconds(5), true), "\r\x1b[Kreading  [#####---------------] 25%  ETA 0:15\r\x1b[K");
}

}  // namespace
}  // namespace parzen
