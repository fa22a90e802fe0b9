#include "coordinator/refusal_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

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

}  // namespace
}  // namespace parzen
