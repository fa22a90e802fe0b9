#include "cli/worker_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nlohmann/json.hpp"

namespace parzen {
namespace {

using testing::HasSubstr;

WorkerRecord Alice() {
  WorkerRecord worker;
  worker.set_name("alice");
  worker.set_host("node-1");
  worker.set_worker_id("id-1");
  worker.set_slots(4);
  worker.set_running(3);
  worker.set_threads(2);
  worker.set_memory_bytes(int64_t{3} << 29);
  worker.add_label("gpu");
  worker.add_label("room=12");
  worker.set_connected("2026-11-20 12:00:00.000007");
  worker.set_ended(17);
  worker.set_lost(1);
  return worker;
}

TEST(WorkerRowsTest, PeopleSeeWhatAWorkerHasAndDoes) {
  EXPECT_EQ(
      ShortWorkerTable({Alice()}).Render(Format::kTable),
      "name   host    state      since (UTC)          slots  running  threads  memory   labels       ended  lost\n"
      "alice  node-1  connected  2026-11-20 12:00:00      4        3        2  1.5 GiB  gpu room=12     17     1\n");
}

TEST(WorkerRowsTest, ProgramsSeeEverythingExactly) {
  const auto row = nlohmann::json::parse(WorkerTable({Alice()}).Render(Format::kJson))[0];
  EXPECT_EQ(row["worker_id"], "id-1");
  EXPECT_EQ(row["memory_bytes"], int64_t{3} << 29);
  EXPECT_EQ(row["labels"], nlohmann::json({"gpu", "room=12"}));
  EXPECT_EQ(row["since"], "2026-11-20 12:00:00.000007");
  EXPECT_TRUE(row["version"].is_null());
}

TEST(WorkerRowsTest, StateIsThatOfTheConnectionFirst) {
  WorkerRecord worker = Alice();
  EXPECT_STREQ(WorkerState(worker), "connected");
  worker.set_draining(true);
  EXPECT_STREQ(WorkerState(worker), "draining");
  worker.set_disconnected("2026-11-20 13:00:00.000000");
  EXPECT_STREQ(WorkerState(worker), "gone");
  EXPECT_THAT(ShortWorkerTable({worker}).Render(Format::kTable), HasSubstr("gone   2026-11-20 13:00:00"));
}

TEST(WorkerRowsTest, AFileThatNoCoordinatorHasDoesNotSayWhoIsConnected) {
  WorkerRecord worker = Alice();
  worker.set_draining(true);
  EXPECT_STREQ(WorkerState(worker, Known::kOnceSeen), "last seen");
  EXPECT_THAT(ShortWorkerTable({worker}, Known::kOnceSeen).Render(Format::kTable),
              HasSubstr("last seen  2026-11-20 12:00:00"));
  EXPECT_THAT(WorkerTable({worker}, Known::kOnceSeen).Render(Format::kCsv), HasSubstr("last seen"));
  worker.set_disconnected("2026-11-20 13:00:00.000000");
  EXPECT_STREQ(WorkerState(worker, Known::kOnceSeen), "gone");
}

TEST(WorkerRowsTest, WorkersOfOneNameHaveTheirIds) {
  WorkerRecord other = Alice();
  EXPECT_THAT(ShortWorkerTable({Alice()}).Render(Format::kTable), testing::Not(HasSubstr("worker_id")));
  other.set_worker_id("id-2");
  const std::string both = ShortWorkerTable({Alice(), other}).Render(Format::kTable);
  EXPECT_THAT(both, HasSubstr("lost  worker_id\n"));
  EXPECT_THAT(both, HasSubstr("id-2\n"));
}

TEST(WorkerRowsTest, LittleMemoryIsInMebibytes) {
  WorkerRecord worker = Alice();
  worker.set_memory_bytes(int64_t{120} << 20);
  EXPECT_THAT(ShortWorkerTable({worker}).Render(Format::kTable), HasSubstr("120 MiB"));
}

}  // namespace
}  // namespace parzen
