// Many simulated runs, one a seed; see simulation.h.
//
//   bazel run //tests/coordinator/simulator:simulate -- --seeds 10000 [--first N] [--keep-going]
//   bazel run //tests/coordinator/simulator:simulate -- --seed N --trace
//
// Prints what was done and what went wrong; ends with 1 at the first seed that broke a rule.
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "tests/coordinator/simulator/simulation.h"

namespace parzen {
namespace {

struct Options {
  uint64_t first = 1;
  uint64_t seeds = 1000;
  bool trace = false;
  bool keep_going = false;
};

void PrintBroken(uint64_t seed, const Outcome& outcome) {
  for (const std::string& line : outcome.log) printf("%s\n", line.c_str());
  if (!outcome.broken.has_value()) return;
  printf("seed %llu breaks a rule: %s\n  %s\n", static_cast<unsigned long long>(seed), outcome.broken->first.c_str(),
         outcome.broken->second.c_str());
  fflush(stdout);
}

int Run(const Options& options) {
  spdlog::set_level(spdlog::level::off);
  const std::string memory = "/dev/shm";
  absl::StatusOr<std::unique_ptr<SimulatedDisk>> disk = SimulatedDisk::Create(
      std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path().string());
  if (!disk.ok()) {
    fprintf(stderr, "%s\n", disk.status().ToString().c_str());
    return 1;
  }
  const absl::Time start = absl::Now();
  int64_t failed = 0;
  uint64_t seeds = 0;
  Outcome sum;
  for (uint64_t seed = options.first; seed < options.first + options.seeds; ++seed) {
    const Outcome outcome = Simulate(**disk, seed, options.trace);
    ++seeds;
    if (options.trace || outcome.broken.has_value()) PrintBroken(seed, outcome);
    sum.trials += outcome.trials;
    sum.results += outcome.results;
    sum.events += outcome.events;
    sum.virtual_time += outcome.virtual_time;
    for (const auto& [fault, count] : outcome.faults) sum.faults[fault] += count;
    if (!outcome.broken.has_value()) continue;
    ++failed;
    if (!options.keep_going) break;
  }
  printf("%-45s %12llu\n%-45s %12lld\n", "seeds", static_cast<unsigned long long>(seeds), "seeds that broke a rule",
         static_cast<long long>(failed));
  for (const auto& [name, count] : std::map<std::string, int64_t>{
           {"trials", sum.trials}, {"results acknowledged", sum.results}, {"events", sum.events}}) {
    printf("%-45s %12lld\n", name.c_str(), static_cast<long long>(count));
  }
  for (const auto& [fault, count] : sum.faults) printf("%-45s %12lld\n", fault.c_str(), static_cast<long long>(count));
  printf("%-45s %12.1f\n%-45s %12.1f\n", "virtual hours", absl::ToDoubleHours(sum.virtual_time), "seconds",
         absl::ToDoubleSeconds(absl::Now() - start));
  return failed > 0 ? 1 : 0;
}

}  // namespace
}  // namespace parzen

int main(int argc, char** argv) {
  CLI::App app("Runs the coordinator in virtual time against everything that can go wrong, one run a seed.");
  parzen::Options options;
  uint64_t seed = 0;
  app.add_option("--first", options.first, "the first seed")->capture_default_str();
  app.add_option("--seeds", options.seeds, "how many seeds")->capture_default_str();
  const CLI::Option* const one = app.add_option("--seed", seed, "this one seed");
  app.add_flag("--trace", options.trace, "print everything that happens");
  app.add_flag("--keep-going", options.keep_going, "do not end at the first seed that breaks a rule");
  CLI11_PARSE(app, argc, argv);
  if (one->count() > 0) {
    options.first = seed;
    options.seeds = 1;
  }
  return parzen::Run(options);
}
