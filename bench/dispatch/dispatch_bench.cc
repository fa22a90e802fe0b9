// What dispatch costs, as Markdown: trials a second, how long a slot waits for its next trial, what a large fleet costs
// while it is idle, and what a worker adds to trials that sleep. README.md has the commands.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "bench/dispatch/coordinator_under_test.h"
#include "bench/dispatch/dashboard_readers.h"
#include "bench/dispatch/simulated_fleet.h"
#include "bench/store/bench_study.h"

namespace parzen {
namespace {

using Count = SimulatedFleet::Count;

constexpr char kStudy[] = "dispatch";
constexpr absl::Duration kPatience = absl::Minutes(5);

struct Options {
  std::string parzen = "bazel-bin/cli/parzen";
  std::string folder = ".";
  int workers = 4;
  int slots = 16;
  int64_t trials = 20'000;
  int64_t history = 0;
  int parameters = kBenchParameters;
  std::string sampler = "random";
  double trial_seconds = 0;
  double seconds = 10;
  int dashboards = 0;
  std::string http = "127.0.0.1:7799";
};

double Microseconds(absl::Duration time, int64_t parts) { return absl::ToDoubleMicroseconds(time) / parts; }

absl::Status PrintSyncTimes(const Options& options) {
  ASSIGN_OR_RETURN(const SyncTimes sync, MeasureSync(options.folder));
  absl::PrintF("One page takes %.2f ms to reach this disk (median; p99 %.2f ms).\n\n",
               absl::ToDoubleMilliseconds(sync.median), absl::ToDoubleMilliseconds(sync.p99));
  std::fflush(stdout);
  return absl::OkStatus();
}

absl::StatusOr<StudySpec> MakeSpec(const Options& options, int64_t trials) {
  StudySpec spec = BenchSpec(kStudy, options.parameters);
  SamplerSpec& sampler = *spec.mutable_search()->mutable_sampler();
  sampler.clear_kind();
  if (options.sampler == "tpe") sampler.mutable_tpe();
  if (options.sampler == "random") sampler.mutable_random();
  spec.mutable_search()->set_trials(trials);
  return spec;
}

// What is read before and after.
struct Meters {
  absl::Time time;
  absl::Duration coordinator;
  absl::Duration ours;
  int64_t commits = 0;
};

absl::StatusOr<Meters> ReadMeters(const CoordinatorUnderTest& coordinator) {
  ASSIGN_OR_RETURN(const int64_t commits, coordinator.Commits());
  return Meters{absl::Now(), coordinator.process().Processor(), OwnProcessor(), commits};
}

absl::Status MeasureRate(const Options& options) {
  RETURN_IF_ERROR(PrintSyncTimes(options));
  ASSIGN_OR_RETURN(const auto coordinator,
                   CoordinatorUnderTest::Start(options.parzen, options.folder,
                                               options.dashboards > 0 ? options.http : std::string()));
  ASSIGN_OR_RETURN(const StudySpec spec, MakeSpec(options, options.history + options.trials));
  FleetOptions fleet_options{coordinator->address(), options.workers, options.slots,
                             absl::Seconds(options.trial_seconds)};
  SimulatedFleet fleet(fleet_options);
  RETURN_IF_ERROR(fleet.WaitFor(&Count::welcomed, options.workers, kPatience));
  RETURN_IF_ERROR(coordinator->CreateStudy(spec));
  const DashboardReaders dashboards(options.dashboards, options.http, kStudy);
  RETURN_IF_ERROR(fleet.WaitFor(&Count::acknowledged, options.history, kPatience));
  fleet.TakeLatencies();
  ASSIGN_OR_RETURN(const Meters before, ReadMeters(*coordinator));
  const int64_t ended_before = fleet.Read().acknowledged;
  RETURN_IF_ERROR(fleet.WaitFor(&Count::acknowledged, options.history + options.trials, kPatience));
  ASSIGN_OR_RETURN(const Meters after, ReadMeters(*coordinator));
  RETURN_IF_ERROR(coordinator->StudyLength(kStudy, options.history + options.trials).status());
  std::vector<absl::Duration> latencies = fleet.TakeLatencies();
  if (latencies.empty()) return absl::InternalError("no slot got a second trial; ask for more trials");
  std::sort(latencies.begin(), latencies.end());
  const auto quantile = [&](size_t percent) {
    return absl::ToDoubleMilliseconds(latencies[latencies.size() * percent / 100]);
  };
  const int64_t trials = options.history + options.trials - ended_before;
  const int64_t commits = std::max<int64_t>(after.commits - before.commits, 1);
  absl::PrintF(
      "| sampler | history | slots | trials | trials/s | report to next trial: median | p99 | largest | processor a "
      "trial: coordinator | workers | commits/s | trials a commit | coordinator's memory |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  const double wall = absl::ToDoubleSeconds(after.time - before.time);
  absl::PrintF(
      "| %s | %d | %d x %d | %d | %.0f | %.1f ms | %.1f ms | %.1f ms | %.0f us | %.0f us | %.0f | %.1f | %.1f MB |\n",
      options.sampler, options.history, options.workers, options.slots, options.trials, trials / wall, quantile(50),
      quantile(99), absl::ToDoubleMilliseconds(latencies.back()),
      Microseconds(after.coordinator - before.coordinator, trials), Microseconds(after.ours - before.ours, trials),
      commits / wall, static_cast<double>(trials) / commits, coordinator->process().ResidentBytes() / 1e6);
  if (options.dashboards > 0) {
    absl::PrintF("\n%d dashboards were told %d events, %.1f MB with plots.\n", options.dashboards, dashboards.events(),
                 dashboards.bytes() / 1e6);
  }
  return absl::OkStatus();
}

// Share of one processor that the coordinator used while nothing happened but time.
double Idle(const CoordinatorUnderTest& coordinator, double seconds) {
  const absl::Duration before = coordinator.process().Processor();
  absl::SleepFor(absl::Seconds(seconds));
  return absl::ToDoubleSeconds(coordinator.process().Processor() - before) / seconds;
}

absl::Status MeasureFleet(const Options& options) {
  ASSIGN_OR_RETURN(const auto coordinator, CoordinatorUnderTest::Start(options.parzen, options.folder));
  absl::SleepFor(absl::Seconds(1));
  const double alone = Idle(*coordinator, options.seconds);
  const int64_t memory_before = coordinator->process().ResidentBytes();
  const absl::Duration processor_before = coordinator->process().Processor();
  const absl::Time start = absl::Now();
  // Trials that do not end while we look.
  SimulatedFleet fleet({coordinator->address(), options.workers, options.slots, absl::Hours(1)});
  RETURN_IF_ERROR(fleet.WaitFor(&Count::welcomed, options.workers, kPatience));
  const absl::Duration connected = absl::Now() - start;
  const absl::Duration connecting = coordinator->process().Processor() - processor_before;
  absl::SleepFor(absl::Seconds(1));
  const int64_t memory = coordinator->process().ResidentBytes() - memory_before;
  const double waiting = Idle(*coordinator, options.seconds);

  const int64_t trials = int64_t{options.workers} * options.slots;
  ASSIGN_OR_RETURN(const StudySpec spec, MakeSpec(options, trials));
  const absl::Time begun = absl::Now();
  RETURN_IF_ERROR(coordinator->CreateStudy(spec));
  RETURN_IF_ERROR(fleet.WaitFor(&Count::assigned, trials, kPatience));
  const absl::Duration given = absl::Now() - begun;
  absl::SleepFor(absl::Seconds(1));
  const double training = Idle(*coordinator, options.seconds);
  if (fleet.Read().refused > 0) return absl::InternalError("leases were lost");
  absl::PrintF(
      "| workers x slots | all connected after | processor a worker | memory a worker | processor used: alone | all "
      "workers waiting | all training, with heartbeats | all trials given after "
      "|\n|---|---|---|---|---|---|---|---|\n");
  absl::PrintF("| %d x %d | %.2f s | %.2f ms | %.1f kB | %.2f%% | %.2f%% | %.2f%% | %.2f s |\n", options.workers,
               options.slots, absl::ToDoubleSeconds(connected), Microseconds(connecting, options.workers) / 1e3,
               memory / 1e3 / options.workers, 100 * alone, 100 * waiting, 100 * training,
               absl::ToDoubleSeconds(given));
  return absl::OkStatus();
}

absl::Status MeasureSleepers(const Options& options) {
  RETURN_IF_ERROR(PrintSyncTimes(options));
  ASSIGN_OR_RETURN(const auto coordinator, CoordinatorUnderTest::Start(options.parzen, options.folder));
  std::vector<std::unique_ptr<ChildProcess>> workers;
  for (int i = 0; i < options.workers; ++i) {
    ASSIGN_OR_RETURN(
        workers.emplace_back(),
        ChildProcess::Start({options.parzen, "worker", "--coordinator", coordinator->address(), "--slots",
                             absl::StrCat(options.slots), "--threads", "1", "--name", absl::StrCat("sleeper-", i)}));
  }
  absl::SleepFor(absl::Seconds(1));  // they connect
  ASSIGN_OR_RETURN(StudySpec spec, MakeSpec(options, options.trials));
  spec.mutable_function()->mutable_sleep()->set_seconds(options.trial_seconds);
  RETURN_IF_ERROR(coordinator->CreateStudy(spec));
  const int64_t slots = int64_t{options.workers} * options.slots;
  const absl::Duration floor = (options.trials + slots - 1) / slots * absl::Seconds(options.trial_seconds);
  absl::SleepFor(floor);
  const absl::Time deadline = absl::Now() + kPatience;
  absl::StatusOr<absl::Duration> length = coordinator->StudyLength(kStudy, options.trials);
  while (absl::IsUnavailable(length.status()) && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(100));
    length = coordinator->StudyLength(kStudy, options.trials);
  }
  RETURN_IF_ERROR(length.status());
  const absl::Duration more = *length - floor;
  absl::PrintF(
      "| workers x slots | trials | of | at least | took | overhead | a trial |\n|---|---|---|---|---|---|---|\n");
  absl::PrintF("| %d x %d | %d | %.2f s | %.2f s | %.3f s | %.2f%% | %.1f ms |\n", options.workers, options.slots,
               options.trials, options.trial_seconds, absl::ToDoubleSeconds(floor), absl::ToDoubleSeconds(*length),
               100 * absl::ToDoubleSeconds(more) / absl::ToDoubleSeconds(floor),
               absl::ToDoubleMilliseconds(more) * slots / options.trials);
  return absl::OkStatus();
}

void AddCommonOptions(CLI::App& app, Options& options) {
  app.add_option("--parzen", options.parzen, "The binary that is measured")->capture_default_str();
  app.add_option("--folder", options.folder, "Where the database is written, and deleted again")->capture_default_str();
  app.add_option("--workers", options.workers, "How many workers")->capture_default_str();
  app.add_option("--slots", options.slots, "Slots of each")->capture_default_str();
}

}  // namespace
}  // namespace parzen

int main(int argc, char** argv) {
  parzen::Options rate, fleet, sleepers;
  fleet.workers = 1000;
  fleet.slots = 1;
  sleepers.workers = 1;
  sleepers.trials = 400;
  sleepers.trial_seconds = 1;
  CLI::App app("Measures how trials reach workers.");
  app.require_subcommand(1);
  CLI::App* const rate_app = app.add_subcommand("rate", "Trials that take no time, by simulated workers");
  AddCommonOptions(*rate_app, rate);
  rate_app->add_option("--trials", rate.trials, "Trials that are measured")->capture_default_str();
  rate_app->add_option("--history", rate.history, "Trials before them")->capture_default_str();
  rate_app->add_option("--parameters", rate.parameters, "Of the study")->capture_default_str();
  rate_app->add_option("--sampler", rate.sampler, "random or tpe")->check(CLI::IsMember({"random", "tpe"}));
  rate_app->add_option("--trial-seconds", rate.trial_seconds, "How long a trial takes")->capture_default_str();
  rate_app->add_option("--dashboards", rate.dashboards, "Browsers that watch meanwhile")->capture_default_str();
  rate_app->add_option("--http", rate.http, "Where they watch: a port that is free")->capture_default_str();
  CLI::App* const fleet_app = app.add_subcommand("fleet", "Many connected workers that do nothing");
  AddCommonOptions(*fleet_app, fleet);
  fleet_app->add_option("--seconds", fleet.seconds, "How long to look each time")->capture_default_str();
  CLI::App* const sleepers_app = app.add_subcommand("sleepers", "Trials that sleep, in real workers");
  AddCommonOptions(*sleepers_app, sleepers);
  sleepers_app->add_option("--trials", sleepers.trials, "Budget of the study")->capture_default_str();
  sleepers_app->add_option("--trial-seconds", sleepers.trial_seconds, "How long each sleeps")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(spdlog::level::warn);
  const absl::Status status = rate_app->parsed()    ? parzen::MeasureRate(rate)
                              : fleet_app->parsed() ? parzen::MeasureFleet(fleet)
                                                    : parzen::MeasureSleepers(sleepers);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}
