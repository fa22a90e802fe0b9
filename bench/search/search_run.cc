#include "bench/search/search_run.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "base/random_stream.h"
#include "base/status_macros.h"
#include "studies/samplers/sampler.h"

namespace parzen {

absl::StatusOr<std::vector<double>> BestSoFar(const SearchProblem& problem, const SearchOptions& options) {
  SearchSpec search;
  *search.mutable_sampler() = options.sampler;
  search.set_seed(options.seed);
  search.set_trials(options.trials);
  History history;
  ASSIGN_OR_RETURN(const std::unique_ptr<Sampler> sampler, MakeSampler({problem.space, search, {MINIMIZE}, history}));
  RandomStream order(static_cast<uint64_t>(options.seed), 0, "bench/order");
  std::vector<size_t> running;
  std::vector<double> best;
  double lowest = std::numeric_limits<double>::infinity();
  bool finished = false;
  while (static_cast<int>(best.size()) < options.trials) {
    while (!finished && static_cast<int>(running.size()) < options.pending &&
           static_cast<int>(history.size()) < options.trials) {
      const int64_t number = static_cast<int64_t>(history.size());
      ASSIGN_OR_RETURN(std::optional<Point> point, sampler->Suggest(number, 0));
      finished = !point.has_value();
      if (finished) break;
      RETURN_IF_ERROR(problem.space.Check(*point));
      running.push_back(history.size());
      HistoryTrial trial;
      trial.number = number;
      trial.point = *std::move(point);
      history.Add(std::move(trial));
    }
    if (running.empty()) break;
    std::swap(running[order.Below(running.size())], running.back());
    const double value = problem.At(history[running.back()].point);
    history.Move(running.back(), COMPLETE, {value});
    running.pop_back();
    lowest = std::min(lowest, value);
    best.push_back(lowest);
  }
  best.resize(static_cast<size_t>(options.trials), lowest);
  return best;
}

absl::Status RunAll(int threads, size_t count, const std::function<absl::Status(size_t)>& work) {
  std::atomic<size_t> next = 0;
  absl::Mutex mutex;
  absl::Status first;  // guarded by mutex
  const auto take_work = [&] {
    for (size_t i = next++; i < count; i = next++) {
      const absl::Status status = work(i);
      if (status.ok()) continue;
      const absl::MutexLock lock(&mutex);
      first.Update(status);
      next = count;
    }
  };
  {
    std::vector<std::jthread> pool;
    for (int i = 0; i < threads; ++i) pool.emplace_back(take_work);
  }
  return first;
}

}  // namespace parzen
