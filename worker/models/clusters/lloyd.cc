#include "worker/models/clusters/lloyd.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"
#include "worker/models/clusters/center_sums.h"
#include "worker/models/clusters/nearest_centers.h"

namespace parzen {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

absl::Status Stopped() { return absl::CancelledError("training was asked to stop"); }

// How far each centre went in a round, never too little.
struct CenterMoves {
  explicit CenterMoves(const std::vector<double>& squared_moves) {
    for (const double square : squared_moves) {
      by.push_back(RoundUp(std::sqrt(square)));
      if (by.back() > most) {
        second = most;
        most = by.back();
        furthest = static_cast<int32_t>(by.size()) - 1;
      } else {
        second = std::max(second, by.back());
      }
    }
  }
  // The furthest of all but one.
  float OfOthers(int32_t center) const { return center == furthest ? second : most; }

  std::vector<float> by;
  float most = 0, second = 0;
  int32_t furthest = -1;
};

class Lloyd {
 public:
  Lloyd(const LloydRun& run, CenterMatrix centers)
      : run_(run),
        rows_(run.rows),
        centers_(std::move(centers)),
        parts_(rows_.rows(), rows_.cols()),
        sums_(centers_.rows(), centers_.cols()),
        moved_(static_cast<size_t>(centers_.rows()), 0),
        labels_(static_cast<size_t>(rows_.rows()), -1),
        upper_(labels_.size(), kInfinity),
        lower_(labels_.size(), 0) {}

  absl::StatusOr<KMeansResult> Run();
  absl::StatusOr<KMeansResult> RunMiniBatches(RandomStream stream);

 private:
  struct Local {
    CenterScores::Block block;
    std::vector<int32_t> open;  // rows to be assigned
    std::vector<NearestCenter> found;
  };

  // Brings labels and bounds up to date with the centres.
  void Assign();
  // Whether a row's nearest centre is the one it was. Brings its bounds up to date.
  bool Stays(size_t row, const CenterMoves& moves);
  void AssignOpen(const NearestCenters& nearest, Local& local);
  // The rows whose labels are not those that the sums know.
  std::vector<CenterSums::Move> Moves() const;
  // Whether it gave a row to any cluster that has none after these moves.
  bool FillEmptyClusters(const std::vector<CenterSums::Move>& moves);
  // Rows at some distance from their centres, the furthest first.
  std::vector<std::pair<double, int32_t>> FurthestRows() const;
  // The sum of the squared moves.
  double MoveCenters();
  double InertiaByMeans() const;
  double LeastMove() const { return run_.options.tolerance() * run_.spread / static_cast<double>(rows_.cols()); }
  // Labels of all rows, and what is known of the end.
  absl::StatusOr<KMeansResult> Finish(int64_t iterations, bool converged);
  std::vector<CenterSums::Move> AssignDrawn(const std::vector<int32_t>& drawn);

  const LloydRun& run_;
  const FeatureRef& rows_;
  CenterMatrix centers_;
  const RowParts parts_;
  CenterSums sums_;
  std::vector<double> moved_;  // squared moves of the centres since labels and bounds were brought up to date
  std::vector<int32_t> labels_;
  std::vector<int32_t> summed_;  // labels that the sums know; empty: none yet
  std::vector<float> upper_;     // at least the distance from the row's own centre
  std::vector<float> lower_;     // at most the distance from any other
  tbb::enumerable_thread_specific<Local> locals_;
};

absl::StatusOr<KMeansResult> Lloyd::Run() {
  for (int64_t round = 1; round <= run_.options.max_iterations(); ++round) {
    Assign();
    if (run_.stop.Stopped()) return Stopped();
    std::vector<CenterSums::Move> moves = Moves();
    const bool same = moves.empty();
    if (!same && FillEmptyClusters(moves)) moves = Moves();
    sums_.Apply(rows_, moves);
    summed_ = labels_;
    const double moved = MoveCenters();
    if (run_.report && !run_.report(round, InertiaByMeans())) return Stopped();
    if (same || moved <= LeastMove()) return Finish(round, true);
  }
  return Finish(run_.options.max_iterations(), false);
}

void Lloyd::Assign() {
  const NearestCenters nearest(centers_);
  const CenterMoves moves(moved_);
  const size_t at_a_time = static_cast<size_t>(CenterScores::RowsAtATime(rows_.cols()));
  tbb::parallel_for(int64_t{0}, parts_.count, [&](int64_t part) {
    Local& local = locals_.local();
    local.open.clear();
    for (int64_t row = parts_.first(part); row < parts_.end(part); ++row) {
      if (Stays(static_cast<size_t>(row), moves)) continue;
      local.open.push_back(static_cast<int32_t>(row));
      if (local.open.size() < at_a_time) continue;
      if (run_.stop.Stopped()) return;
      AssignOpen(nearest, local);
    }
    AssignOpen(nearest, local);
  });
  std::fill(moved_.begin(), moved_.end(), 0);
}

bool Lloyd::Stays(size_t row, const CenterMoves& moves) {
  const int32_t own = labels_[row];
  if (own < 0) return false;
  const float before = upper_[row];
  const float moved = moves.by[static_cast<size_t>(own)];
  const float lower = lower_[row] = RoundDown(static_cast<double>(lower_[row]) - moves.OfOthers(own));
  upper_[row] = RoundUp(static_cast<double>(before) + moved);
  // The margins are those of the bounds and of the 64-bit distances that decide.
  const float most = lower * (1 - kDistanceMargin);
  if (upper_[row] < most) return true;
  // Its distance itself may be known better than its bound; it can hardly be less than this.
  if (before - moved >= most) return false;
  const int64_t columns = rows_.cols();
  const float* const values = rows_.data() + static_cast<int64_t>(row) * rows_.outerStride();
  upper_[row] = RoundUp(std::sqrt(SquaredDistance(values, centers_.data() + own * columns, columns)));
  return upper_[row] < most;
}

void Lloyd::AssignOpen(const NearestCenters& nearest, Local& local) {
  local.found.resize(local.open.size());
  nearest.Find(rows_, local.open, local.block, local.found.data());
  for (size_t i = 0; i < local.open.size(); ++i) {
    const size_t row = static_cast<size_t>(local.open[i]);
    labels_[row] = local.found[i].center;
    upper_[row] = local.found[i].upper;
    lower_[row] = local.found[i].lower;
  }
  local.open.clear();
}

std::vector<CenterSums::Move> Lloyd::Moves() const {
  std::vector<CenterSums::Move> moves;
  for (size_t row = 0; row < labels_.size(); ++row) {
    const int32_t before = summed_.empty() ? -1 : summed_[row];
    if (labels_[row] != before) moves.push_back({static_cast<int32_t>(row), before, labels_[row]});
  }
  return moves;
}

bool Lloyd::FillEmptyClusters(const std::vector<CenterSums::Move>& moves) {
  std::vector<int64_t> counts(static_cast<size_t>(centers_.rows()));
  for (size_t c = 0; c < counts.size(); ++c) counts[c] = sums_.count(static_cast<int64_t>(c));
  for (const CenterSums::Move& move : moves) {
    if (move.from >= 0) --counts[static_cast<size_t>(move.from)];
    ++counts[static_cast<size_t>(move.to)];
  }
  if (std::find(counts.begin(), counts.end(), 0) == counts.end()) return false;
  const std::vector<std::pair<double, int32_t>> furthest = FurthestRows();
  bool filled = false;
  auto next = furthest.begin();
  for (size_t cluster = 0; cluster < counts.size(); ++cluster) {
    if (counts[cluster] > 0) continue;
    const auto has_others = [&](const std::pair<double, int32_t>& row) {
      return counts[static_cast<size_t>(labels_[static_cast<size_t>(row.second)])] > 1;
    };
    next = std::find_if(next, furthest.end(), has_others);
    if (next == furthest.end()) break;
    const size_t row = static_cast<size_t>((next++)->second);
    --counts[static_cast<size_t>(labels_[row])];
    ++counts[cluster];
    labels_[row] = static_cast<int32_t>(cluster);
    upper_[row] = kInfinity;
    lower_[row] = 0;
    filled = true;
  }
  return filled;
}

std::vector<std::pair<double, int32_t>> Lloyd::FurthestRows() const {
  const int64_t columns = rows_.cols();
  std::vector<std::pair<double, int32_t>> distances(labels_.size());
  tbb::parallel_for(int64_t{0}, parts_.count, [&](int64_t part) {
    for (int64_t row = parts_.first(part); row < parts_.end(part); ++row) {
      const double* const center = centers_.data() + labels_[static_cast<size_t>(row)] * columns;
      distances[static_cast<size_t>(row)] = {SquaredDistance(rows_.data() + row * rows_.outerStride(), center, columns),
                                             static_cast<int32_t>(row)};
    }
  });
  distances.erase(std::remove_if(distances.begin(), distances.end(), [](const auto& row) { return row.first == 0; }),
                  distances.end());
  std::sort(distances.begin(), distances.end(),
            [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  return distances;
}

double Lloyd::MoveCenters() {
  sums_.MoveToMeans(centers_, moved_);
  return std::accumulate(moved_.begin(), moved_.end(), 0.);
}

// All squared distances from the mean of all rows, less those of the centres from it.
double Lloyd::InertiaByMeans() const {
  double inertia = run_.spread * static_cast<double>(rows_.rows());
  for (int64_t c = 0; c < centers_.rows(); ++c) {
    inertia -= static_cast<double>(sums_.count(c)) * (centers_.row(c) - run_.mean).squaredNorm();
  }
  return std::max(inertia, 0.);
}

absl::StatusOr<KMeansResult> Lloyd::Finish(int64_t iterations, bool converged) {
  Assign();
  if (run_.stop.Stopped()) return Stopped();
  const double inertia = SumOfSquaredDistances(rows_, centers_, labels_);
  return KMeansResult{std::move(centers_), std::move(labels_), inertia, iterations, converged};
}

absl::StatusOr<KMeansResult> Lloyd::RunMiniBatches(RandomStream stream) {
  std::vector<int32_t> drawn(static_cast<size_t>(std::min<int64_t>(run_.options.mini_batch(), rows_.rows())));
  const double scale = static_cast<double>(rows_.rows()) / static_cast<double>(drawn.size());
  for (int64_t round = 1; round <= run_.options.max_iterations(); ++round) {
    for (int32_t& row : drawn) row = static_cast<int32_t>(stream.Below(static_cast<uint64_t>(rows_.rows())));
    const std::vector<CenterSums::Move> moves = AssignDrawn(drawn);
    if (run_.stop.Stopped()) return Stopped();
    double inertia = 0;
    for (size_t i = 0; run_.report && i < moves.size(); ++i) {
      inertia += SquaredDistance(rows_.data() + moves[i].row * rows_.outerStride(),
                                 centers_.data() + moves[i].to * rows_.cols(), rows_.cols());
    }
    sums_.Apply(rows_, moves);
    const double moved = MoveCenters();
    if (run_.report && !run_.report(round, inertia * scale)) return Stopped();
    if (moved <= LeastMove()) return Finish(round, true);
  }
  return Finish(run_.options.max_iterations(), false);
}

std::vector<CenterSums::Move> Lloyd::AssignDrawn(const std::vector<int32_t>& drawn) {
  const NearestCenters nearest(centers_);
  std::vector<CenterSums::Move> moves(drawn.size());
  const int64_t count = static_cast<int64_t>(drawn.size()), at_a_time = CenterScores::RowsAtATime(rows_.cols());
  tbb::parallel_for(int64_t{0}, (count + at_a_time - 1) / at_a_time, [&](int64_t block) {
    if (run_.stop.Stopped()) return;
    Local& local = locals_.local();
    const int64_t first = block * at_a_time, end = std::min(count, first + at_a_time);
    local.found.resize(static_cast<size_t>(end - first));
    nearest.Find(rows_, absl::MakeConstSpan(drawn).subspan(first, end - first), local.block, local.found.data());
    for (int64_t i = first; i < end; ++i) {
      moves[static_cast<size_t>(i)] = {drawn[static_cast<size_t>(i)], -1,
                                       local.found[static_cast<size_t>(i - first)].center};
    }
  });
  return moves;
}

}  // namespace

absl::StatusOr<KMeansResult> RunLloyd(const LloydRun& run, CenterMatrix centers, RandomStream stream) {
  Lloyd lloyd(run, std::move(centers));
  return run.options.mini_batch() > 0 ? lloyd.RunMiniBatches(std::move(stream)) : lloyd.Run();
}

}  // namespace parzen
