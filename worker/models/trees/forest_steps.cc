#include "worker/models/trees/forest_steps.h"

#include <numeric>

#include "tbb/task_arena.h"

namespace parzen {
namespace {

constexpr int64_t kReports = 20;

int64_t WatchedRows(const FitContext& context) { return context.watch == nullptr ? 0 : context.watch->rows.rows(); }

}  // namespace

ForestSteps::ForestSteps(absl::Span<GrownTree> trees, int width, int features, const FitContext& context)
    : trees_(trees),
      features_(features),
      context_(context),
      done_(trees.size(), false),
      importance_(features, 0),
      sums_(WatchedRows(context), width) {}

bool ForestSteps::Stopped() {
  // One thread asks; the others go on without an answer.
  const std::unique_lock<std::mutex> lock(asking_, std::try_to_lock);
  return lock.owns_lock() && (pruned_ || context_.stop_requested());
}

void ForestSteps::Done(int i) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    done_[i] = true;
    if (taking_) return;  // that thread will see it
    taking_ = true;
  }
  while (true) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (taken_ == static_cast<int>(done_.size()) || !done_[taken_]) {
        taking_ = false;
        return;
      }
    }
    Take(trees_[taken_]);
  }
}

void ForestSteps::Take(GrownTree& tree) {
  const std::vector<double> importance = tree.TakeImportance(features_);
  for (int f = 0; f < features_; ++f) importance_[f] += importance[f];
  ++taken_;
  const int64_t all = static_cast<int64_t>(trees_.size());
  if (context_.watch == nullptr || taken_ * kReports / all == (taken_ - 1) * kReports / all) return;
  // Isolated: while this thread waits for rows it must not begin another tree.
  tbb::this_task_arena::isolate(
      [&] { sums_.Add(trees_.subspan(reported_, taken_ - reported_), context_.watch->rows); });
  reported_ = taken_;
  const FeatureMatrix predictions = sums_.Means();
  const std::lock_guard<std::mutex> lock(asking_);
  pruned_ = pruned_ || !context_.watch->report(reported_, predictions);
}

std::vector<double> ForestSteps::Importance() const {
  std::vector<double> shares = importance_;
  const double all = std::accumulate(shares.begin(), shares.end(), 0.);
  for (double& share : shares) share = all > 0 ? share / all : 0;
  return shares;
}

}  // namespace parzen
