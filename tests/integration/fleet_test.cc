// Many workers at once, over real streams.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "bench/dispatch/simulated_fleet.h"
#include "coordinator/server.h"
#include "proto/coordinator.grpc.pb.h"
#include "rpc/channel.h"
#include "rpc/grpc_status.h"
#include "studies/store/store.h"
#include "tests/integration/process.h"

namespace parzen {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(2);

absl::Status CreateNoopStudy(const std::string& address, const std::string& name, int64_t trials) {
  CreateStudyRequest request;
  request.mutable_spec()->set_name(name);
  request.mutable_spec()->mutable_function()->mutable_noop();
  request.mutable_spec()->add_objective()->set_metric("value");
  request.mutable_spec()->mutable_objective(0)->set_direction(MINIMIZE);
  ParameterSpec& parameter = *request.mutable_spec()->add_parameter();
  parameter.set_name("x");
  parameter.mutable_float_()->set_low(0);
  parameter.mutable_float_()->set_high(1);
  request.mutable_spec()->mutable_search()->mutable_sampler()->mutable_random();
  request.mutable_spec()->mutable_search()->set_trials(trials);
  const auto stub = StudyService::NewStub(DialCoordinator(address));
  grpc::ClientContext context;
  StudySummary reply;
  return FromGrpc(stub->CreateStudy(&context, request, &reply));
}

// A thousand are served in bench/dispatch; this is a size that every machine has room for.
TEST(FleetTest, TwoHundredWorkersAreServedByOneCoordinator) {
  constexpr int kWorkers = 200;
  constexpr int64_t kTrials = 1000;
  ServerOptions options;
  options.db = absl::StrCat(FreshFolder(), "/fleet.db");
  options.listen = "127.0.0.1:0";
  options.lease = absl::Minutes(1);  // a busy machine loses none
  const auto server = Server::Start(options);
  ASSERT_TRUE(server.ok()) << server.status();
  {
    SimulatedFleet fleet({(*server)->address(), kWorkers, /*slots=*/2, /*trial=*/absl::ZeroDuration()});
    ASSERT_TRUE(fleet.WaitFor(&SimulatedFleet::Count::welcomed, kWorkers, kPatience).ok());
    ASSERT_TRUE(CreateNoopStudy((*server)->address(), "s", kTrials).ok());
    const absl::Status done = fleet.WaitFor(&SimulatedFleet::Count::acknowledged, kTrials, kPatience);
    ASSERT_TRUE(done.ok()) << done;
    EXPECT_EQ(fleet.Read().refused, 0);
    EXPECT_EQ(fleet.Read().assigned, kTrials);
  }
  (*server)->Stop();
  const auto store = Store::Open(options.db, Store::Mode::kReadOnly);
  ASSERT_TRUE(store.ok()) << store.status();
  const auto counts = (*store)->CountTrials((*store)->FindStudy("s")->study_id);
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ((*counts)[COMPLETE], kTrials);
  EXPECT_EQ((*counts)[RUNNING] + (*counts)[WAITING] + (*counts)[FAIL], 0);
}

}  // namespace
}  // namespace parzen
