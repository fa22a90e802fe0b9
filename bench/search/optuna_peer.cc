#include "bench/search/optuna_peer.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include "studies/distribution.h"

namespace parzen {
namespace {

struct Recorded {
  const char* problem;
  std::array<double, 4> medians;  // at kCheckpoints
};

constexpr Recorded kRecorded[] = {
    {"Sphere 5-D at 1.3", {3.64, 1.02, 0.212, 0.0735}},
    {"Branin", {0.890, 0.529, 0.418, 0.401}},
    {"Hartmann-6", {-2.40, -2.98, -3.19, -3.29}},
    {"Rastrigin 6-D at 0.7", {52.4, 46.6, 37.7, 29.9}},
};

// {"name": ..., "parameters": [{"name", "distribution", "when": [{"parameter", "equals"}]}]}; parameters in the order
// in which conditions look back.
std::string Describe(const SearchProblem& problem) {
  nlohmann::json parameters = nlohmann::json::array();
  for (const size_t i : problem.space.activation_order()) {
    nlohmann::json when = nlohmann::json::array();
    for (const ConditionSpec& condition : problem.spec.parameter(static_cast<int>(i)).when()) {
      when.push_back({{"parameter", condition.parameter()}, {"equals", condition.equals()}});
    }
    parameters.push_back({{"index", i},
                          {"name", problem.space.name(i)},
                          {"distribution", DistributionToJson(problem.space.distribution(i))},
                          {"when", when}});
  }
  return nlohmann::json{{"name", problem.name}, {"parameters", parameters}}.dump();
}

// A cell's line: "PROBLEM VALUE VALUE ...", one a checkpoint.
absl::Status ReadLine(absl::string_view line, size_t checkpoints, std::map<size_t, QualityCell>& cells) {
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
  size_t problem = 0;
  std::vector<double> best(checkpoints);
  bool good = words.size() == checkpoints + 1 && absl::SimpleAtoi(words[0], &problem);
  for (size_t i = 0; good && i < checkpoints; ++i) good = absl::SimpleAtod(words[i + 1], &best[i]);
  if (!good) return absl::UnavailableError(absl::StrCat("optuna_quality.py printed: ", line));
  cells[problem].best.push_back(std::move(best));
  return absl::OkStatus();
}

std::string ShellQuote(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

}  // namespace

absl::Status ServeProblems(const std::vector<SearchProblem>& problems) {
  for (const SearchProblem& problem : problems) std::cout << Describe(problem) << "\n";
  std::cout << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    size_t problem = 0;
    bool good = !words.empty() && absl::SimpleAtoi(words[0], &problem) && problem < problems.size() &&
                words.size() == problems[problem].space.size() + 1;
    std::vector<double> x(good ? words.size() - 1 : 0);
    for (size_t i = 0; i < x.size(); ++i) good = good && absl::SimpleAtod(words[i + 1], &x[i]);
    if (!good) return absl::InvalidArgumentError(absl::StrCat("not a point of a problem: ", line));
    std::cout << absl::StreamFormat("%.17g", problems[problem].value(x)) << std::endl;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<QualityCell>> RunOptuna(const OptunaRun& run) {
  const std::string command = absl::StrCat(ShellQuote(run.python), " ", ShellQuote(run.script), " --evaluator ",
                                           ShellQuote(run.evaluator), " --problems ", absl::StrJoin(run.problems, ","),
                                           " --checkpoints ", absl::StrJoin(run.checkpoints, ","), " --seeds ",
                                           run.seeds, " --trials ", run.trials, " --processes ", run.processes);
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return absl::UnavailableError(absl::StrCat("cannot run ", command));
  std::string output;
  std::array<char, 4096> buffer;
  for (size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) output.append(buffer.data(), n);
  if (pclose(pipe) != 0) return absl::UnavailableError(absl::StrCat("this failed: ", command));
  std::map<size_t, QualityCell> cells;
  for (const absl::string_view line : absl::StrSplit(output, '\n', absl::SkipEmpty())) {
    if (const absl::Status status = ReadLine(line, run.checkpoints.size(), cells); !status.ok()) return status;
  }
  std::vector<QualityCell> result;
  for (const size_t problem : run.problems) result.push_back(cells[problem]);
  return result;
}

QualityCell RecordedOptuna(const std::string& problem, const std::vector<int>& checkpoints) {
  for (const Recorded& recorded : kRecorded) {
    if (recorded.problem != problem) continue;
    std::vector<double> medians;
    for (const int checkpoint : checkpoints) {
      const auto at = std::find(std::begin(kCheckpoints), std::end(kCheckpoints), checkpoint);
      if (at == std::end(kCheckpoints)) return {};
      medians.push_back(recorded.medians[static_cast<size_t>(at - std::begin(kCheckpoints))]);
    }
    return {{std::move(medians)}, true};
  }
  return {};
}

}  // namespace parzen
