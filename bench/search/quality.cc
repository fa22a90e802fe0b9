// How good samplers are: the best value so far over many problems and seeds, as Markdown. README.md has the commands.
#include <algorithm>
#include <cstdio>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "bench/search/optuna_peer.h"
#include "bench/search/quality_table.h"
#include "bench/search/search_problem.h"
#include "bench/search/search_run.h"
#include "google/protobuf/text_format.h"

namespace parzen {
namespace {

struct Options {
  std::vector<std::string> samplers;  // text of SamplerSpec
  std::vector<std::string> problems;  // parts of names; empty: all
  std::vector<int> pending;           // empty: the comparison of samplers
  int seeds = 30;
  int trials = 200;
  int threads = 2;
  std::string optuna;  // python with Optuna; empty: recorded medians
  std::string optuna_script = "bench/search/optuna_quality.py";
  bool serve = false;
};

absl::StatusOr<std::vector<SamplerSpec>> ParseSamplers(const std::vector<std::string>& texts) {
  std::vector<SamplerSpec> samplers(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    if (!google::protobuf::TextFormat::ParseFromString(texts[i], &samplers[i])) {
      return absl::InvalidArgumentError(absl::StrCat("--sampler is not one of a study file: ", texts[i]));
    }
  }
  return samplers;
}

std::vector<size_t> Select(const std::vector<SearchProblem>& problems, const std::vector<std::string>& parts) {
  std::vector<size_t> selected;
  for (size_t i = 0; i < problems.size(); ++i) {
    const bool named = std::any_of(parts.begin(), parts.end(), [&](const std::string& part) {
      return absl::StrContains(absl::AsciiStrToLower(problems[i].name), absl::AsciiStrToLower(part));
    });
    if (parts.empty() || named) selected.push_back(i);
  }
  return selected;
}

// Optuna's column: measured, or recorded for the problems for which that is so.
absl::Status AddOptuna(const Options& options, const std::string& self, const std::vector<size_t>& selected,
                       QualityTable& table) {
  std::vector<QualityCell> cells;
  if (options.optuna.empty()) {
    for (const std::string& name : table.problems) cells.push_back(RecordedOptuna(name, table.checkpoints));
    table.samplers.push_back("Optuna 5, recorded");
  } else {
    ASSIGN_OR_RETURN(cells, RunOptuna({.python = options.optuna,
                                       .script = options.optuna_script,
                                       .evaluator = self,
                                       .problems = selected,
                                       .checkpoints = table.checkpoints,
                                       .seeds = options.seeds,
                                       .trials = options.trials,
                                       .processes = options.threads}));
    table.samplers.push_back("Optuna");
  }
  for (size_t i = 0; i < cells.size(); ++i) table.cells[i].push_back(std::move(cells[i]));
  return absl::OkStatus();
}

// With a cell of zeros wherever a sampler has to run.
QualityTable EmptyTable(const Options& options, const std::vector<SearchProblem>& problems,
                        const std::vector<size_t>& selected) {
  QualityTable table;
  table.samplers = options.samplers;
  for (const int checkpoint : kCheckpoints) {
    if (checkpoint <= options.trials) table.checkpoints.push_back(checkpoint);
  }
  if (table.checkpoints.empty()) table.checkpoints.push_back(options.trials);
  for (const size_t i : selected) {
    table.problems.push_back(problems[i].name);
    table.lowest.push_back(problems[i].lowest);
  }
  const std::vector<double> zeros(table.checkpoints.size());
  const QualityCell empty{std::vector<std::vector<double>>(static_cast<size_t>(options.seeds), zeros)};
  table.cells.assign(selected.size(), std::vector<QualityCell>(table.samplers.size(), empty));
  return table;
}

absl::Status CompareSamplers(const Options& options, const std::string& self,
                             const std::vector<SearchProblem>& problems) {
  ASSIGN_OR_RETURN(const std::vector<SamplerSpec> samplers, ParseSamplers(options.samplers));
  const std::vector<size_t> selected = Select(problems, options.problems);
  const size_t seeds = static_cast<size_t>(options.seeds);
  QualityTable table = EmptyTable(options, problems, selected);
  RETURN_IF_ERROR(RunAll(options.threads, selected.size() * samplers.size() * seeds, [&](size_t job) -> absl::Status {
    const size_t seed = job % seeds;
    const size_t sampler = job / seeds % samplers.size();
    const size_t problem = job / seeds / samplers.size();
    ASSIGN_OR_RETURN(
        const std::vector<double> best,
        BestSoFar(problems[selected[problem]],
                  {.sampler = samplers[sampler], .seed = static_cast<int64_t>(seed) + 1, .trials = options.trials}));
    for (size_t i = 0; i < table.checkpoints.size(); ++i) {
      table.cells[problem][sampler].best[seed][i] = best[static_cast<size_t>(table.checkpoints[i] - 1)];
    }
    return absl::OkStatus();
  }));
  RETURN_IF_ERROR(AddOptuna(options, self, selected, table));
  absl::PrintF("Best value so far, minimising: median (quartiles) of %d seeds.\n\n%s", options.seeds,
               ToMarkdown(table));
  return absl::OkStatus();
}

// By sampler and number of pending trials, in this order: how far from the lowest value each seed's search ended.
absl::StatusOr<std::vector<std::vector<double>>> RunPending(const Options& options, const SearchProblem& problem,
                                                            const std::vector<SamplerSpec>& samplers) {
  const size_t seeds = static_cast<size_t>(options.seeds);
  const size_t columns = options.pending.size();
  std::vector<std::vector<double>> last(samplers.size() * columns, std::vector<double>(seeds));
  RETURN_IF_ERROR(RunAll(options.threads, last.size() * seeds, [&](size_t job) -> absl::Status {
    const size_t seed = job % seeds;
    const size_t cell = job / seeds;
    ASSIGN_OR_RETURN(const std::vector<double> best, BestSoFar(problem, {.sampler = samplers[cell / columns],
                                                                         .seed = static_cast<int64_t>(seed) + 1,
                                                                         .trials = options.trials,
                                                                         .pending = options.pending[cell % columns]}));
    last[cell][seed] = best.back() - problem.lowest;
    return absl::OkStatus();
  }));
  return last;
}

// What is lost when trials run side by side.
absl::Status ComparePending(const Options& options, const std::vector<const SearchProblem*>& problems) {
  ASSIGN_OR_RETURN(const std::vector<SamplerSpec> samplers, ParseSamplers(options.samplers));
  absl::PrintF(
      "How far the best of %d values is from the lowest there is: mean (median) of %d seeds.\n\n"
      "| problem | sampler |",
      options.trials, options.seeds);
  for (const int pending : options.pending) absl::PrintF(" %d pending |", pending);
  absl::PrintF("\n|---|---|");
  for (size_t i = 0; i < options.pending.size(); ++i) absl::PrintF("---|");
  for (const SearchProblem* const problem : problems) {
    ASSIGN_OR_RETURN(const std::vector<std::vector<double>> last, RunPending(options, *problem, samplers));
    for (size_t cell = 0; cell < last.size(); ++cell) {
      if (cell % options.pending.size() == 0) {
        absl::PrintF("\n| %s | %s |", cell == 0 ? problem->name : "", options.samplers[cell / options.pending.size()]);
      }
      const double sum = std::accumulate(last[cell].begin(), last[cell].end(), 0.0);
      absl::PrintF(" %.4g (%.3g) |", sum / options.seeds, Quantile(last[cell], 0.5));
    }
  }
  absl::PrintF("\n");
  return absl::OkStatus();
}

absl::Status Run(const Options& options, const std::string& self) {
  ASSIGN_OR_RETURN(const std::vector<SearchProblem> problems, QualityProblems());
  if (options.serve) return ServeProblems(problems);
  if (options.pending.empty()) return CompareSamplers(options, self, problems);
  ASSIGN_OR_RETURN(const SearchProblem mixture, MixtureProblem());
  std::vector<const SearchProblem*> named = {&mixture};
  if (!options.problems.empty()) {
    for (const size_t i : Select(problems, options.problems)) named.push_back(&problems[i]);
  }
  return ComparePending(options, named);
}

}  // namespace
}  // namespace parzen

int main(int argc, char** argv) {
  CLI::App app("Compares samplers by the best value they find; prints Markdown.");
  parzen::Options options;
  app.add_option("--sampler", options.samplers, "As in a study file, such as 'tpe { preset: OPTUNA5 }'; repeat it");
  app.add_option("--problem", options.problems, "Only problems with this in their name; repeat it");
  app.add_option("--seeds", options.seeds, "Searches of each sampler on each problem")->check(CLI::PositiveNumber);
  auto* const trials = app.add_option("--trials", options.trials, "Length of each search")->check(CLI::PositiveNumber);
  app.add_option("--threads", options.threads, "Searches side by side")->check(CLI::Range(1, 1024));
  app.add_option("--pending", options.pending,
                 "Instead: trials that run side by side, on a Gaussian mixture and each --problem; repeat it")
      ->check(CLI::PositiveNumber);
  app.add_option("--optuna", options.optuna, "Python interpreter that has Optuna, to run it on the same problems");
  app.add_option("--optuna-script", options.optuna_script, "Where optuna_quality.py is");
  app.add_flag("--serve", options.serve, "Instead: compute values for optuna_quality.py");
  CLI11_PARSE(app, argc, argv);
  if (options.samplers.empty()) {
    options.samplers = options.pending.empty()
                           ? std::vector<std::string>{"tpe {}", "tpe { preset: OPTUNA5 }", "random {}"}
                           : std::vector<std::string>{"tpe {}", "tpe { constant_liar: false }"};
  }
  if (!options.pending.empty() && trials->count() == 0) options.trials = 240;

  const absl::Status status = parzen::Run(options, argv[0]);
  if (!status.ok()) std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return status.ok() ? 0 : 1;
}
