// What a suggestion of the tree-structured Parzen estimator costs, against the length of the history and the number of
// parameters, in processor time; a trial completes between suggestions. Prints a table.
//
//   bazel run //bench/search:tpe_cost
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/random_stream.h"
#include "google/protobuf/text_format.h"
#include "studies/history.h"
#include "studies/samplers/sampler.h"
#include "studies/samplers/tpe_model.h"
#include "studies/search_space.h"

namespace parzen {
namespace {

// Of this thread's work: others on the machine do not count.
double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Real parameters, and with `mixed` one whole number and one choice among four instead of the last two.
StudySpec Spec(size_t parameters, bool mixed, const std::string& preset) {
  std::string text = absl::StrCat(
      "name: \"cost\" function { sphere {} } objective { direction: MINIMIZE } search { sampler { tpe { preset: ",
      preset, " } } }");
  const size_t real = mixed ? parameters - 2 : parameters;
  for (size_t i = 0; i < real; ++i)
    absl::StrAppend(&text, "parameter { name: \"x", i, "\" float { low: -5 high: 5 } }");
  if (mixed) {
    text +=
        "parameter { name: \"n\" int { low: 1 high: 100 } }"
        "parameter { name: \"c\" categorical { choice: \"a\" choice: \"b\" choice: \"c\" choice: \"d\" } }";
  }
  StudySpec spec;
  if (!google::protobuf::TextFormat::ParseFromString(text, &spec)) std::abort();
  return spec;
}

// A bowl with its bottom off the middle of every range.
double Value(const SearchSpace& space, const Point& point) {
  double value = 0;
  for (size_t i = 0; i < point.size(); ++i) {
    const double away = space.axis(i).ToUnit(*point[i]) - 0.63;
    value += away * away;
  }
  return value;
}

void Complete(History& history, const SearchSpace& space, Point point) {
  HistoryTrial trial;
  trial.number = static_cast<int64_t>(history.size());
  trial.state = COMPLETE;
  trial.values = {Value(space, point)};
  trial.point = std::move(point);
  history.Add(std::move(trial));
}

// Points as a search leaves them: nearer and nearer to the bottom, with some everywhere.
Point Nearer(const SearchSpace& space, size_t number, RandomStream& random) {
  const double width = 0.5 / (1 + static_cast<double>(number) / 100) + 0.05;
  Point point(space.size());
  for (size_t i = 0; i < point.size(); ++i) {
    const double unit = number % 10 == 0 ? random.Uniform() : 0.63 + width * random.Normal();
    point[i] = space.axis(i).FromUnit(std::clamp(unit, 0.0, 1.0));
  }
  return point;
}

// Median seconds of a suggestion at this length, and of the first one of a new sampler.
void Measure(size_t parameters, size_t length, bool uniform) {
  const StudySpec spec = Spec(parameters, true, "PARZEN");
  const SearchSpace space = *SearchSpace::Create(spec);
  History history;
  RandomStream random(1, 0, "bench");
  for (size_t i = 0; i < length; ++i) Complete(history, space, Nearer(space, uniform ? 0 : i, random));
  auto sampler = *MakeSampler({space, spec.search(), {MINIMIZE}, history});
  std::vector<double> seconds;
  for (int i = 0; i < 41; ++i) {
    const double begin = CpuSeconds();
    Point point = **sampler->Suggest(static_cast<int64_t>(history.size()), 0);
    seconds.push_back(CpuSeconds() - begin);
    Complete(history, space, std::move(point));
  }
  const double first = seconds[0];
  std::sort(seconds.begin(), seconds.end());
  TpeModel model(space, history, {MINIMIZE}, TpeOptions());
  model.Update();
  std::printf("%10zu %10zu %10s %12.3f %12.3f %12.1f %10.0f\n", parameters, length, uniform ? "uniform" : "search",
              seconds[seconds.size() / 2] * 1e3, seconds[seconds.size() - 2] * 1e3, first * 1e3,
              static_cast<double>(model.MemoryBytes()) / static_cast<double>(history.size()));
}

// A whole study, nothing but the sampler timed.
void MeasureStudy(size_t parameters, size_t trials, const std::string& preset) {
  const StudySpec spec = Spec(parameters, false, preset);
  const SearchSpace space = *SearchSpace::Create(spec);
  History history;
  auto sampler = *MakeSampler({space, spec.search(), {MINIMIZE}, history});
  double total = 0;
  for (size_t i = 0; i < trials; ++i) {
    const double begin = CpuSeconds();
    Point point = **sampler->Suggest(static_cast<int64_t>(i), 0);
    total += CpuSeconds() - begin;
    Complete(history, space, std::move(point));
  }
  std::printf("%zu trials in %zu dimensions, preset %s: %.3f s in all\n", trials, parameters, preset.c_str(), total);
}

void Run() {
  std::printf("%10s %10s %10s %12s %12s %12s %10s\n", "parameters", "trials", "points", "median ms", "slowest ms",
              "cold ms", "bytes");
  for (const size_t parameters : {10, 40}) {
    for (const size_t length : {100, 1'000, 2'000, 10'000, 100'000}) {
      for (const bool uniform : {false, true}) Measure(parameters, length, uniform);
    }
  }
  for (const char* const preset : {"PARZEN", "OPTUNA5"}) {
    for (const size_t parameters : {10, 40}) MeasureStudy(parameters, 1'000, preset);
  }
}

}  // namespace
}  // namespace parzen

int main() { parzen::Run(); }
