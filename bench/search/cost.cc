// What samplers and importance cost: microseconds a suggestion against the length of the history, seconds of a whole
// search, bytes a trial; as Markdown. Times are the thread's own, not the wall's: other processes do not count, but for
// the caches that they take. README.md has the commands.
#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "base/random_stream.h"
#include "base/status_macros.h"
#include "bench/search/quality_table.h"
#include "google/protobuf/text_format.h"
#include "studies/importance/importance.h"
#include "studies/samplers/sampler.h"

namespace parzen {
namespace {

constexpr int64_t kSeed = 1;
constexpr int kEnough = 100;  // suggestions, for a median

absl::Duration ThreadTime() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return absl::DurationFromTimespec(now);
}

absl::StatusOr<SamplerSpec> ParseSampler(const std::string& text) {
  SamplerSpec sampler;
  if (!google::protobuf::TextFormat::ParseFromString(text, &sampler)) {
    return absl::InvalidArgumentError(absl::StrCat("--sampler is not one of a study file: ", text));
  }
  return sampler;
}

// Of every ten parameters eight are floats, every other one logarithmic, one is a whole number and one has four
// categories; or all are floats.
absl::StatusOr<SearchSpace> MakeSpace(int parameters, bool mixed = true) {
  StudySpec spec;
  spec.mutable_function()->mutable_noop();
  for (int i = 0; i < parameters; ++i) {
    ParameterSpec& parameter = *spec.add_parameter();
    parameter.set_name(absl::StrCat("x", i));
    if (mixed && i % 10 == 8) {
      parameter.mutable_int_()->set_low(1);
      parameter.mutable_int_()->set_high(100);
    } else if (mixed && i % 10 == 9) {
      for (const char* const choice : {"a", "b", "c", "d"}) parameter.mutable_categorical()->add_choice(choice);
    } else {
      parameter.mutable_float_()->set_low(0.001);
      parameter.mutable_float_()->set_high(1);
      parameter.mutable_float_()->set_log(i % 2 == 1);
    }
  }
  return SearchSpace::Create(spec);
}

// A study in memory, with a bowl to minimise.
class Study {
 public:
  Study(const SearchSpace& space, const SamplerSpec& sampler) : space_(space) {
    *search_.mutable_sampler() = sampler;
    search_.set_seed(kSeed);
  }

  void AddRandomTrials(int count) {
    for (int i = 0; i < count; ++i) {
      RandomStream random(kSeed, static_cast<int64_t>(history_.size()), "bench/history");
      Point point(space_.size());
      for (size_t j = 0; j < point.size(); ++j) point[j] = space_.axis(j).FromUnit(random.Uniform());
      AddTrial(std::move(point));
    }
  }

  // Forgets what earlier samplers of the study have cached.
  absl::Status MakeNewSampler() {
    ASSIGN_OR_RETURN(sampler_, MakeSampler({space_, search_, {MINIMIZE}, history_}));
    return absl::OkStatus();
  }

  // The time that the sampler takes for the next point; the trial is then complete.
  absl::StatusOr<absl::Duration> TimeNext() {
    const absl::Duration start = ThreadTime();
    ASSIGN_OR_RETURN(std::optional<Point> point, sampler_->Suggest(static_cast<int64_t>(history_.size()), 0));
    const absl::Duration time = ThreadTime() - start;
    if (!point.has_value()) return absl::FailedPreconditionError("the sampler came to its end");
    AddTrial(*std::move(point));
    return time;
  }

 private:
  void AddTrial(Point point) {
    double value = 0;
    for (size_t i = 0; i < point.size(); ++i) {
      const double distance = space_.axis(i).ToUnit(*point[i]) - 0.3;
      value += distance * distance;
    }
    HistoryTrial trial;
    trial.number = static_cast<int64_t>(history_.size());
    trial.point = std::move(point);
    history_.Add(std::move(trial));
    history_.Move(history_.size() - 1, COMPLETE, {value});
  }

  const SearchSpace& space_;  // outlives the study
  SearchSpec search_;
  History history_;
  std::unique_ptr<Sampler> sampler_;
};

struct Microseconds {
  double cold = 0;  // the first suggestion of a new sampler
  double warm = 0;  // each one after
};

// Medians. Histories stay within a twentieth of their length, so short ones are filled again and again.
absl::StatusOr<Microseconds> TimeSuggestions(const SearchSpace& space, const SamplerSpec& sampler, int length) {
  std::vector<double> cold;
  std::vector<double> warm;
  while (warm.size() < kEnough) {
    Study study(space, sampler);
    study.AddRandomTrials(length);
    RETURN_IF_ERROR(study.MakeNewSampler());
    const int more = std::clamp(length / 20, 1, kEnough);
    for (int i = 0; i <= more; ++i) {
      ASSIGN_OR_RETURN(const absl::Duration time, study.TimeNext());
      (i == 0 ? cold : warm).push_back(absl::ToDoubleMicroseconds(time));
    }
  }
  return Microseconds{Quantile(cold, 0.5), Quantile(warm, 0.5)};
}

absl::Status PrintSuggestions(const std::vector<std::string>& samplers, const std::vector<int>& lengths,
                              const std::vector<int>& dimensions) {
  absl::PrintF("Microseconds a suggestion, median; in brackets the first one of a sampler that has seen nothing.\n\n");
  absl::PrintF("| sampler | parameters |");
  for (const int length : lengths) absl::PrintF(" %d trials |", length);
  absl::PrintF("\n|---|---|");
  for (size_t i = 0; i < lengths.size(); ++i) absl::PrintF("---|");
  for (const std::string& text : samplers) {
    ASSIGN_OR_RETURN(const SamplerSpec sampler, ParseSampler(text));
    for (const int parameters : dimensions) {
      ASSIGN_OR_RETURN(const SearchSpace space, MakeSpace(parameters));
      absl::PrintF("\n| %s | %d |", text, parameters);
      for (const int length : lengths) {
        ASSIGN_OR_RETURN(const Microseconds time, TimeSuggestions(space, sampler, length));
        absl::PrintF(" %.3g (%.3g) |", time.warm, time.cold);
        std::fflush(stdout);
      }
    }
  }
  absl::PrintF("\n");
  return absl::OkStatus();
}

absl::StatusOr<double> SearchSeconds(const SearchSpace& space, const SamplerSpec& sampler, int trials) {
  Study study(space, sampler);
  RETURN_IF_ERROR(study.MakeNewSampler());
  absl::Duration total;
  for (int i = 0; i < trials; ++i) {
    ASSIGN_OR_RETURN(const absl::Duration time, study.TimeNext());
    total += time;
  }
  return absl::ToDoubleSeconds(total);
}

size_t BytesInUse() {
  const struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

struct BytesPerTrial {
  double history = 0;
  double sampler = 0;
};

absl::StatusOr<BytesPerTrial> MeasureMemory(const SearchSpace& space, const SamplerSpec& sampler, int trials) {
  const size_t before = BytesInUse();
  Study study(space, sampler);
  study.AddRandomTrials(trials);
  const size_t filled = BytesInUse();
  RETURN_IF_ERROR(study.MakeNewSampler());
  for (int i = 0; i < 2; ++i) RETURN_IF_ERROR(study.TimeNext().status());
  const size_t asked = BytesInUse();
  return BytesPerTrial{static_cast<double>(filled - before) / trials, static_cast<double>(asked - filled) / trials};
}

absl::Status PrintTotals(const std::vector<std::string>& samplers, int trials, int memory_trials) {
  ASSIGN_OR_RETURN(const SearchSpace wide, MakeSpace(40));
  ASSIGN_OR_RETURN(const SearchSpace real, MakeSpace(40, false));
  ASSIGN_OR_RETURN(const SearchSpace narrow, MakeSpace(10));
  absl::PrintF(
      "\n| sampler | %d trials, 40 floats, all suggestions | 40 mixed parameters | bytes a trial, 10 parameters: "
      "history | sampler |\n|---|---|---|---|---|\n",
      trials);
  for (const std::string& text : samplers) {
    ASSIGN_OR_RETURN(const SamplerSpec sampler, ParseSampler(text));
    ASSIGN_OR_RETURN(const double real_seconds, SearchSeconds(real, sampler, trials));
    ASSIGN_OR_RETURN(const double mixed_seconds, SearchSeconds(wide, sampler, trials));
    ASSIGN_OR_RETURN(const BytesPerTrial bytes, MeasureMemory(narrow, sampler, memory_trials));
    absl::PrintF("| %s | %.3f s | %.3f s | %.0f | %.0f |\n", text, real_seconds, mixed_seconds, bytes.history,
                 bytes.sampler);
  }
  return absl::OkStatus();
}

ImportanceData MakeImportanceData(int trials, int parameters) {
  const Axis axis(FloatDistribution{.low = 0, .high = 1, .log = false, .step = {}});
  ImportanceData data;
  data.target.resize(static_cast<size_t>(trials));
  for (int i = 0; i < parameters; ++i) {
    ImportanceColumn column{absl::StrCat("x", i), {axis}, std::vector<int32_t>(static_cast<size_t>(trials)), {}};
    RandomStream random(kSeed, i, "bench/importance");
    for (double& target : data.target) {
      const double x = random.Uniform();
      column.value.push_back(x);
      target += (x - 0.3) * (x - 0.3) / (i + 1);
    }
    data.columns.push_back(std::move(column));
  }
  return data;
}

// Every evaluator that is registered, with its default options.
absl::Status PrintImportance(int trials, int parameters) {
  const ImportanceData data = MakeImportanceData(trials, parameters);
  absl::PrintF("\n| importance of %d parameters over %d trials | seconds |\n|---|---|\n", parameters, trials);
  for (const std::string& name : Registry<ImportanceEvaluator>::Global().Names()) {
    ImportanceSpec options;
    if (!google::protobuf::TextFormat::ParseFromString(absl::StrCat(name, " {}"), &options)) {
      return absl::InternalError(absl::StrCat(name, " is not in importance.proto"));
    }
    const absl::Duration start = ThreadTime();
    RETURN_IF_ERROR(EvaluateImportance(data, options, kSeed).status());
    absl::PrintF("| %s | %.3f |\n", name, absl::ToDoubleSeconds(ThreadTime() - start));
    std::fflush(stdout);
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace parzen

int main(int argc, char** argv) {
  CLI::App app("Measures what suggestions and importance cost; prints Markdown.");
  std::vector<std::string> samplers;
  std::vector<int> lengths = {100, 1000, 2000, 10000, 100000};
  std::vector<int> parameters = {10, 40};
  app.add_option("--sampler", samplers, "As in a study file, such as 'tpe { preset: OPTUNA5 }'; repeat it");
  app.add_option("--length", lengths, "Trials in the history; repeat it")->check(CLI::PositiveNumber);
  app.add_option("--parameters", parameters, "Size of the search space; repeat it")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  if (samplers.empty()) samplers = {"tpe {}", "tpe { preset: OPTUNA5 }", "random {}"};

  absl::Status status = parzen::PrintSuggestions(samplers, lengths, parameters);
  if (status.ok()) {
    status = parzen::PrintTotals(samplers, 1000, *std::max_element(lengths.begin(), lengths.end()));
  }
  if (status.ok()) status = parzen::PrintImportance(10000, 8);
  if (!status.ok()) std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return status.ok() ? 0 : 1;
}
