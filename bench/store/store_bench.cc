// What the study database costs, as Markdown: writing in bulk, durable single commits, reopening, memory a trial, and
// how these grow. README.md has the commands.
#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "bench/store/bench_study.h"
#include "bench/store/reporters.h"
#include "coordinator/running_study.h"
#include "studies/store/store.h"
#include "studies/store/study_import.h"

namespace parzen {
namespace {

constexpr char kStudy[] = "bulk";

struct Options {
  std::string folder = ".";
  std::vector<int64_t> trials = {10'000, 30'000, 100'000};
  int64_t batch = 1000;
  int reporters = 64;
  double seconds = 10;
};

// Seconds on the clock, and of the processor: on a machine that does other things too, only the second says much.
struct Cost {
  double wall = 0;
  double processor = 0;
};

class Meter {
 public:
  Cost Read() const {
    return {absl::ToDoubleSeconds(absl::Now() - wall_), absl::ToDoubleSeconds(Processor() - processor_)};
  }

 private:
  static absl::Duration Processor() {
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return absl::DurationFromTimespec(now);
  }

  const absl::Time wall_ = absl::Now();
  const absl::Duration processor_ = Processor();
};

double Milliseconds(absl::Duration duration) { return absl::ToDoubleMilliseconds(duration); }

// Bytes of memory that the process holds in RAM.
int64_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  int64_t size = 0;
  int64_t resident = 0;
  file >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

struct Written {
  Cost cost;
  int64_t largest_wal = 0;
};

absl::StatusOr<Written> Write(const std::string& path, int64_t trials, int64_t batch) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, Store::Open(path, Store::Mode::kCreate));
  const StudySpec spec = BenchSpec(kStudy);
  ASSIGN_OR_RETURN(const BenchTrials maker, BenchTrials::Create(spec));
  StudySummary study;
  study.set_name(kStudy);
  study.add_direction(MINIMIZE);
  *study.mutable_spec() = spec;
  RETURN_IF_ERROR(store->Begin());
  ASSIGN_OR_RETURN(StudyImport import, StudyImport::Create(*store, study, absl::Now()));
  RETURN_IF_ERROR(store->Commit());
  Written written;
  for (int64_t number = 0; number < trials;) {
    std::vector<TrialRecord> records;
    for (; number < trials && static_cast<int64_t>(records.size()) < batch; ++number) {
      records.push_back(maker.Make(number));
    }
    const Meter meter;
    RETURN_IF_ERROR(store->Begin());
    for (const TrialRecord& trial : records) RETURN_IF_ERROR(import.Add(trial).status());
    RETURN_IF_ERROR(store->Commit());
    written.cost.wall += meter.Read().wall;
    written.cost.processor += meter.Read().processor;
    std::error_code none;
    const auto wal = static_cast<int64_t>(std::filesystem::file_size(path + "-wal", none));
    if (!none) written.largest_wal = std::max(written.largest_wal, wal);
  }
  return written;
}

struct Reopened {
  Cost cost;
  double bytes_per_trial = 0;
};

absl::StatusOr<Reopened> Reopen(const std::string& path, int64_t trials) {
  malloc_trim(0);
  const int64_t before = ResidentBytes();
  const Meter meter;
  ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, Store::Open(path, Store::Mode::kReadWrite));
  ASSIGN_OR_RETURN(const StoredStudy stored, store->FindStudy(kStudy));
  ASSIGN_OR_RETURN(const std::unique_ptr<RunningStudy> study, RunningStudy::Load(stored, *store));
  const Cost cost = meter.Read();
  if (study->NextNumber() != trials) return absl::InternalError("trials were lost");
  return Reopened{cost, static_cast<double>(ResidentBytes() - before) / static_cast<double>(trials)};
}

void Remove(const std::string& path) {
  for (const char* const suffix : {"", "-wal", "-shm"}) unlink((path + suffix).c_str());
}

absl::Status Run(const Options& options) {
  absl::PrintF(
      "| trials | written (processor) | trials/s (processor) | largest WAL | file | reopened (processor) | "
      "memory a trial |\n|---|---|---|---|---|---|---|\n");
  const std::string path = options.folder + "/store_bench.db";
  for (const int64_t trials : options.trials) {
    Remove(path);
    ASSIGN_OR_RETURN(const Written written, Write(path, trials, options.batch));
    ASSIGN_OR_RETURN(const Reopened reopened, Reopen(path, trials));
    absl::PrintF("| %d | %.2f s (%.2f s) | %.0f (%.0f) | %.1f MB | %.1f MB | %.2f s (%.2f s) | %.0f B |\n", trials,
                 written.cost.wall, written.cost.processor, trials / written.cost.wall, trials / written.cost.processor,
                 written.largest_wal / 1e6, std::filesystem::file_size(path) / 1e6, reopened.cost.wall,
                 reopened.cost.processor, reopened.bytes_per_trial);
    std::fflush(stdout);
  }
  Remove(path);
  if (options.reporters > 0) {
    const Meter meter;
    ASSIGN_OR_RETURN(const ReporterRates rates,
                     MeasureReporters(path, options.reporters, absl::Seconds(options.seconds)));
    const double busy = meter.Read().processor / meter.Read().wall;
    Remove(path);
    absl::PrintF(
        "\n| reporters | durable trials/s | processors used | acknowledged after, median | p99 |\n"
        "|---|---|---|---|---|\n");
    absl::PrintF("| %d | %.0f | %.2f | %.1f ms | %.1f ms |\n", options.reporters, rates.trials_per_second, busy,
                 Milliseconds(rates.median), Milliseconds(rates.p99));
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace parzen

int main(int argc, char** argv) {
  parzen::Options options;
  CLI::App app("Measures the study database.");
  app.add_option("--folder", options.folder, "Where the database is written, and deleted again");
  app.add_option("--trials", options.trials, "Sizes of the study");
  app.add_option("--batch", options.batch, "Trials in one transaction");
  app.add_option("--reporters", options.reporters, "Reporters side by side; 0 leaves them out");
  app.add_option("--seconds", options.seconds, "How long they report");
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(spdlog::level::warn);
  if (const absl::Status status = parzen::Run(options); !status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return 1;
  }
  return 0;
}
