#include "coordinator/refusal_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "spdlog/sinks/ringbuffer_sink.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(RefusalLogTest, EachKindHasOneLineASecondAndCountsTheRest) {
  const auto sink = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(100);
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
  int refusals = 0;
  RefusalLog log([&refusals] { ++refusals; });
  for (int i = 0; i < 50; ++i) log.Add("a call", "10.0.0.1", absl::Seconds(100));
  log.Add("a worker", "10.0.0.2", absl::Seconds(100));
  log.Add("a call", "10.0.0.3", absl::Seconds(101));
  spdlog::set_default_logger(before);
  EXPECT_THAT(sink->last_formatted(),
              ElementsAre(HasSubstr("refused a call: 10.0.0.1"), HasSubstr("refused a worker: 10.0.0.2"),
                          HasSubstr("refused a call: 10.0.0.3 (and 49 more since the last line)")));
  EXPECT_EQ(refusals, 52);
}

TEST(RefusalLogTest, WhoeverIsRefusedForgesAndFillsNoLine) {
  const auto sink = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(100);
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
  RefusalLog log;
  log.Add("a call", absl::StrCat("a\n{reason}", std::string(100'000, 'b')), absl::Seconds(100));
  spdlog::set_default_logger(before);
  ASSERT_EQ(sink->last_formatted().size(), 1u);
  EXPECT_THAT(sink->last_formatted()[0], HasSubstr("refused a call: a\\x0a{reason}bb"));
  EXPECT_LT(sink->last_formatted()[0].size(), 1200u);
}

}  // namespace
}  // namespace parzen
