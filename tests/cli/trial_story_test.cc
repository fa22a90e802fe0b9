#include "cli/trial_story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parzen {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class TrialStoryTest : public testing::Test {
 protected:
  TrialStoryTest() {
    study_.set_name("s");
    study_.mutable_spec()->mutable_search()->set_max_attempts(3);
    trial_.set_number(7);
    trial_.set_state(WAITING);
  }
  AttemptRecord& Attempt(AttemptState state, const std::string& began, const std::string& ended) {
    AttemptRecord& attempt = *trial_.add_attempt();
    attempt.set_attempt(trial_.attempt_size());
    attempt.set_state(state);
    attempt.set_worker("alice");
    attempt.set_host("oak");
    attempt.set_started("2026-11-20 10:00:" + began);
    if (!ended.empty()) attempt.set_ended("2026-11-20 10:00:" + ended);
    return attempt;
  }

  StudySummary study_;
  TrialRecord trial_;
};

TEST_F(TrialStoryTest, AttemptsAndEventsAreToldInTheOrderOfTheirTimes) {
  Attempt(LOST, "00.000000", "04.500000").set_reason("its worker went silent\nlast words: \x1b[31mout of memory");
  TrialEvent& event = *trial_.add_event();
  event.set_time("2026-11-20 10:00:03.000000");
  event.set_kind("stale_end");
  event.set_detail("attempt 1 reported its end");
  EXPECT_EQ(RenderStory(study_, trial_),
            "trial 7 of s: WAITING\n"
            "  2026-11-20 10:00:00  attempt 1 began on alice (host oak)\n"
            "  2026-11-20 10:00:03  a late report was refused\n"
            "                         attempt 1 reported its end\n"
            "  2026-11-20 10:00:04  attempt 1 was lost after 4.5 s\n"
            "                         its worker went silent\n"
            "                         last words: \\x1b[31mout of memory\n"
            "next: attempt 2 will be given to the next free worker; it fails when 3 are lost\n");
}

TEST_F(TrialStoryTest, CancellingIsToldOnce) {
  const auto cancelled_at = [&](const std::string& time) {
    TrialEvent& event = *trial_.add_event();
    event.set_time("2026-11-20 10:00:" + time);
    event.set_kind("cancelled");
    event.set_detail("it was cancelled: too slow");
  };
  Attempt(ENDED, "00.000000", "04.500000").set_reason("it was cancelled: too slow");
  cancelled_at("04.500000");
  EXPECT_EQ(TrialStory(trial_).size(), 2u);
  trial_.clear_attempt();
  const std::vector<StoryLine> of_one_that_waited = TrialStory(trial_);
  ASSERT_EQ(of_one_that_waited.size(), 1u);
  EXPECT_EQ(of_one_that_waited[0].what, "was cancelled");
}

TEST_F(TrialStoryTest, AttemptsThatWereGivenBackAreNotLost) {
  Attempt(RELEASED, "00.000000", "01.000000");
  EXPECT_EQ(WhatIsNext(study_, trial_), "attempt 2 will be given to the next free worker");
  study_.set_stopped(true);
  EXPECT_THAT(WhatIsNext(study_, trial_), HasSubstr("waits until the study is resumed"));
}

TEST_F(TrialStoryTest, RunningTrialSaysWhoHasItAndHowFarItIs) {
  trial_.set_state(RUNNING);
  EXPECT_EQ(WhatIsNext(study_, trial_), "another program runs it, and will say how it ends");
  Attempt(OPEN, "00.000000", "");
  trial_.add_step()->set_step(4);
  trial_.mutable_step(0)->set_value(0.25);
  EXPECT_EQ(WhatIsNext(study_, trial_), "attempt 1 runs on alice (host oak); at step 4 its value was 0.25");
  trial_.mutable_attempt(0)->set_asked(true);
  EXPECT_THAT(WhatIsNext(study_, trial_), StartsWith("attempt 1 waits for `parzen trial tell`"));
}

TEST_F(TrialStoryTest, RetriedTrialNamesTheOnesBeforeIt) {
  const auto set = [&](const std::string& name, const std::string& json) {
    NamedJson& attribute = *trial_.add_system_attribute();
    attribute.set_name(name);
    attribute.set_json(json);
  };
  set("failed_trial", "3");
  set("retry_history", "[3, 5]");
  const std::string story = StoryTable(study_, trial_).Render(Format::kCsv);
  EXPECT_THAT(story, HasSubstr("made to try trial 3 again"));
  EXPECT_THAT(story, HasSubstr("retries so far: trials 3, 5"));
}

TEST_F(TrialStoryTest, FinalTrialHasNothingBeforeIt) {
  trial_.set_state(COMPLETE);
  trial_.add_value(0.5);
  EXPECT_EQ(WhatIsNext(study_, trial_), "nothing: it is COMPLETE with value 0.5");
}

}  // namespace
}  // namespace parzen
