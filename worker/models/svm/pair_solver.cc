#include "worker/models/svm/pair_solver.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "tbb/parallel_for.h"
#include "tbb/task_arena.h"
#include "worker/models/svm/small_dual.h"

namespace parzen {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Rows of a working set, and as many as are solved at once where there are no more.
constexpr int64_t kMostRows = 256;
constexpr int64_t kMostAtOnce = 512;
constexpr int64_t kFewestRows = 8;
// A working set is solved until it violates the conditions by this share of what all rows did before.
constexpr double kSolvedShare = .1;
// Steps over a working set before it is asked whether to stop.
constexpr int64_t kStepsPerRound = 20000;
// Places whose slopes one task updates.
constexpr int64_t kPlacesPerTask = 1024;

}  // namespace

PairSolver::PairSolver(KernelRows& rows, int a, int b, const PairOptions& options, StopCheck& stop)
    : rows_(rows),
      a_(a),
      b_(b),
      options_(options),
      stop_(stop),
      padded_a_(rows.padded_rows(a)),
      places_(padded_a_ + rows.padded_rows(b)) {}

absl::StatusOr<PairSolution> PairSolver::Solve(const std::vector<bool>& held_out) {
  Start(held_out);
  int64_t steps = 0;
  const int64_t most = options_.max_steps == 0 ? std::numeric_limits<int64_t>::max() : options_.max_steps;
  for (MeasureViolation(); rise_ - fall_ >= options_.tolerance && steps < most; MeasureViolation()) {
    if (stop_.Stopped()) return absl::CancelledError("training was asked to stop");
    if (steps == 0) {
      ChooseFirst();
    } else if (!at_once_) {
      Choose();
    }
    steps += SolveWorkingSet(std::min(most - steps, kStepsPerRound));
  }
  return Finish(steps);
}

void PairSolver::Start(const std::vector<bool>& held_out) {
  value_.setZero(places_);
  low_.setZero(places_);
  high_.setZero(places_);
  slope_.setZero(places_);
  const auto learns = [&](int64_t place) { return held_out.empty() || !held_out[static_cast<size_t>(place)]; };
  for (int64_t i = 0; i < rows_.rows(a_); ++i) high_[i] = learns(i) ? options_.cost_a : 0;
  for (int64_t i = 0; i < rows_.rows(b_); ++i) low_[padded_a_ + i] = learns(padded_a_ + i) ? -options_.cost_b : 0;
  slope_.head(padded_a_) = -1;
  slope_.tail(places_ - padded_a_) = 1;
  const int64_t open = (low_ < high_).count(), affordable = rows_.cache_bytes() / (places_ * int64_t{sizeof(float)});
  at_once_ = open <= std::min(kMostAtOnce, affordable);
  most_rows_ = at_once_ ? open : std::clamp(affordable, kFewestRows, kMostRows);
  working_set_.clear();
}

void PairSolver::MeasureViolation() {
  rise_ = -kInfinity;
  fall_ = kInfinity;
  for (int64_t place = 0; place < places_; ++place) {
    if (CanRise(place)) rise_ = std::max(rise_, -slope_[place]);
    if (CanFall(place)) fall_ = std::min(fall_, -slope_[place]);
  }
}

void PairSolver::Add(int64_t place) {
  if (chosen_[static_cast<size_t>(place)]) return;
  chosen_[static_cast<size_t>(place)] = true;
  working_set_.push_back(static_cast<int32_t>(place));
}

// At the start all rows of a class violate the conditions alike: takes some from everywhere, or all.
void PairSolver::ChooseFirst() {
  chosen_.assign(static_cast<size_t>(places_), false);
  std::vector<int32_t> open[2];
  for (int64_t place = 0; place < places_; ++place) {
    if (low_[place] < high_[place]) open[IsOfA(place) ? 0 : 1].push_back(static_cast<int32_t>(place));
  }
  for (const std::vector<int32_t>& rows : open) {
    const size_t take = at_once_ ? rows.size() : std::min(rows.size(), static_cast<size_t>(most_rows_ / 2));
    for (size_t i = 0; i < take; ++i) Add(rows[i * rows.size() / take]);
  }
}

void PairSolver::Choose() {
  const std::vector<int32_t> last = std::exchange(working_set_, {});
  chosen_.assign(static_cast<size_t>(places_), false);
  AddViolators(true, most_rows_ / 4);
  AddViolators(false, most_rows_ / 2);
  for (const bool free : {true, false}) {
    for (const int32_t place : last) {
      if (static_cast<int64_t>(working_set_.size()) == most_rows_) return;
      if (free == (CanRise(place) && CanFall(place))) Add(place);
    }
  }
}

void PairSolver::AddViolators(bool rising, int64_t most) {
  std::vector<std::pair<double, int32_t>> violators;  // by how little they violate
  for (int64_t place = 0; place < places_; ++place) {
    if (rising ? CanRise(place) && -slope_[place] > fall_ : CanFall(place) && -slope_[place] < rise_) {
      violators.emplace_back(rising ? slope_[place] : -slope_[place], static_cast<int32_t>(place));
    }
  }
  const size_t take = std::min(violators.size(), static_cast<size_t>(most_rows_ / 4));
  std::partial_sort(violators.begin(), violators.begin() + static_cast<int64_t>(take), violators.end());
  for (size_t i = 0; i < take && static_cast<int64_t>(working_set_.size()) < most; ++i) Add(violators[i].second);
}

void PairSolver::FetchKernel() {
  with_a_.assign(working_set_.size(), nullptr);
  with_b_.assign(working_set_.size(), nullptr);
  for (const bool of_a : {true, false}) {
    std::vector<int32_t> rows;
    std::vector<size_t> at;
    for (size_t i = 0; i < working_set_.size(); ++i) {
      if (IsOfA(working_set_[i]) != of_a) continue;
      at.push_back(i);
      rows.push_back(static_cast<int32_t>(working_set_[i] - (of_a ? 0 : padded_a_)));
    }
    if (rows.empty()) continue;
    const int of_class = of_a ? a_ : b_;
    std::vector<KernelRow> with_a = rows_.Get(of_class, rows, a_), with_b = rows_.Get(of_class, rows, b_);
    for (size_t i = 0; i < at.size(); ++i) {
      with_a_[at[i]] = std::move(with_a[i]);
      with_b_[at[i]] = std::move(with_b[i]);
    }
  }
}

int64_t PairSolver::SolveWorkingSet(int64_t most_steps) {
  FetchKernel();
  const int64_t count = static_cast<int64_t>(working_set_.size());
  SmallDual dual((count + 7) / 8 * 8);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t place = working_set_[static_cast<size_t>(i)];
    dual.value[i] = value_[place];
    dual.low[i] = low_[place];
    dual.high[i] = high_[place];
    dual.slope[i] = slope_[place];
    for (int64_t j = 0; j < count; ++j) {
      const int64_t other = working_set_[static_cast<size_t>(j)];
      dual.kernel(j, i) = static_cast<double>(IsOfA(other) ? (*with_a_[static_cast<size_t>(i)])[other]
                                                           : (*with_b_[static_cast<size_t>(i)])[other - padded_a_]);
    }
    dual.diagonal[i] = dual.kernel(i, i);
  }
  const double tolerance =
      at_once_ ? options_.tolerance : std::max(options_.tolerance * .5, (rise_ - fall_) * kSolvedShare);
  const int64_t steps = dual.Minimise(tolerance, most_steps);
  Eigen::ArrayXd change(count);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t place = working_set_[static_cast<size_t>(i)];
    change[i] = dual.value[i] - value_[place];
    value_[place] = dual.value[i];
  }
  UpdateSlopes(change);
  return steps;
}

void PairSolver::UpdateSlopes(const Eigen::ArrayXd& change) {
  for (const bool of_a : {true, false}) {
    const std::vector<KernelRow>& kernel = of_a ? with_a_ : with_b_;
    const int64_t places = of_a ? padded_a_ : places_ - padded_a_;
    double* const slopes = slope_.data() + (of_a ? 0 : padded_a_);
    const auto update = [&](int64_t task) {
      const int64_t first = task * kPlacesPerTask, last = std::min(first + kPlacesPerTask, places);
      for (int64_t i = 0; i < change.size(); ++i) {
        if (change[i] == 0) continue;
        const double by = change[i];
        const float* const row = kernel[static_cast<size_t>(i)]->data();
        for (int64_t place = first; place < last; ++place) slopes[place] += by * static_cast<double>(row[place]);
      }
    };
    const int64_t tasks = (places + kPlacesPerTask - 1) / kPlacesPerTask;
    tbb::this_task_arena::isolate([&] { tbb::parallel_for(int64_t{0}, tasks, update); });
  }
}

PairSolution PairSolver::Finish(int64_t steps) const {
  PairSolution solution;
  solution.value = value_;
  solution.steps = steps;
  solution.converged = rise_ - fall_ < options_.tolerance;
  double sum = 0;
  int64_t free = 0;
  for (int64_t place = 0; place < places_; ++place) {
    if (!CanRise(place) || !CanFall(place)) continue;
    sum -= slope_[place];
    ++free;
  }
  solution.bias = free > 0 ? sum / static_cast<double>(free) : (rise_ + fall_) / 2;
  solution.decision = slope_ + solution.bias;
  solution.decision.head(padded_a_) += 1;
  solution.decision.tail(places_ - padded_a_) -= 1;
  return solution;
}

}  // namespace parzen
