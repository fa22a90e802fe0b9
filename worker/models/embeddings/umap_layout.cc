#include "worker/models/embeddings/umap_layout.h"

#include <algorithm>
#include <array>
#include <vector>

#include "tbb/blocked_range.h"
#include "tbb/parallel_for.h"

namespace parzen {
namespace {

constexpr int64_t kSets = 16;
constexpr int64_t kRowsAtATime = 32;  // that a thread takes
constexpr float kMostForce = 4;       // along each dimension
constexpr float kNothing = 1e-12f;    // squared distances are at least that
constexpr float kSoftening = 1e-3f;   // added to them where rows push each other

// Forces are computed eight at a time.
constexpr int64_t kLanes = 8;
using Lanes = Eigen::Array<float, kLanes, 1>;

template <int kDimensions>
class Places {
 public:
  using Place = std::array<float, kDimensions>;
  using Ways = std::array<Lanes, kDimensions>;  // from eight others to a row

  Places(const SparseRows& graph, const UmapLayout& layout, const RandomStream& stream, const FeatureMatrix& places)
      : graph_(graph),
        layout_(layout),
        stream_(stream),
        a_(static_cast<float>(layout.curve.a)),
        b_(static_cast<float>(layout.curve.b)),
        places_(static_cast<size_t>(places.rows())) {
    for (size_t row = 0; row < places_.size(); ++row) {
      std::copy_n(places.data() + row * kDimensions, kDimensions, places_[row].begin());
    }
    moved_ = places_;
    const double largest = *std::max_element(graph.values.begin(), graph.values.end());
    for (const double value : graph.values) periods_.push_back(largest / value);
    next_ = periods_;
  }

  absl::Status Move(const std::function<bool()>& stop) {
    for (int64_t epoch = 0; epoch < layout_.epochs; ++epoch) {
      const RandomStream stream = stream_.Fork(static_cast<uint64_t>(epoch));
      rate_ = static_cast<float>(layout_.learning_rate *
                                 (1 - static_cast<double>(epoch) / static_cast<double>(layout_.epochs)));
      for (int64_t set = 0; set < std::min(kSets, graph_.rows()); ++set) {
        if (stop()) return absl::CancelledError("training was asked to stop");
        MoveSet(set, epoch, stream);
      }
    }
    return absl::OkStatus();
  }

  void CopyTo(FeatureMatrix& places) const {
    for (size_t row = 0; row < places_.size(); ++row) {
      std::copy_n(places_[row].begin(), kDimensions, places.data() + row * kDimensions);
    }
  }

 private:
  void MoveSet(int64_t set, int64_t epoch, const RandomStream& stream) {
    const int64_t count = (graph_.rows() - set + kSets - 1) / kSets;
    tbb::parallel_for(tbb::blocked_range<int64_t>(0, count, kRowsAtATime), [&](const auto& some) {
      std::vector<size_t> drawing;
      for (int64_t i = some.begin(); i < some.end(); ++i) {
        const auto row = static_cast<size_t>(set + i * kSets);
        moved_[row] = Moved(row, epoch, stream.Fork(row), drawing);
      }
    });
    for (auto row = static_cast<size_t>(set); row < places_.size(); row += kSets) places_[row] = moved_[row];
  }

  // Where the row is after it was drawn twice, as one end of a connection and as the other, to each of those whose turn
  // it is. `drawing` is scratch.
  Place Moved(size_t row, int64_t epoch, RandomStream stream, std::vector<size_t>& drawing) {
    drawing.clear();
    for (size_t i = graph_.begins[row]; i < graph_.begins[row + 1]; ++i) {
      if (next_[i] > static_cast<double>(epoch)) continue;
      next_[i] += periods_[i];
      drawing.push_back(static_cast<size_t>(graph_.columns[i]));
    }
    Place place = places_[row];
    for (const size_t other : drawing) DrawAndPush(other, row, stream, place);
    for (const size_t other : drawing) {
      Ways ways = Nowhere();
      See(places_[other], place, 0, ways);
      Step(ways, true, place);
    }
    return place;
  }

  void DrawAndPush(size_t other, size_t row, RandomStream& stream, Place& place) const {
    Ways ways = Nowhere();
    See(places_[other], place, 0, ways);
    int64_t lane = 1;
    bool draws = true;
    for (int64_t sample = 0; sample < layout_.negative_samples; ++sample) {
      const auto away = static_cast<size_t>(stream.Below(places_.size()));
      if (away != row) See(places_[away], place, lane, ways);
      if (++lane < kLanes) continue;
      Step(ways, draws, place);
      ways = Nowhere();
      lane = 0;
      draws = false;
    }
    if (lane > 0) Step(ways, draws, place);
  }

  // No force comes from there.
  static Ways Nowhere() {
    Ways ways;
    ways.fill(Lanes::Zero());
    return ways;
  }

  static void See(const Place& other, const Place& place, int64_t lane, Ways& ways) {
    for (size_t i = 0; i < kDimensions; ++i) ways[i](lane) = place[i] - other[i];
  }

  // The row takes one step, by the forces of all eight: the first draws it, if `first_draws`, and others push it. They
  // are the gradients of -log(q) and -log(1 - q), where q = 1 / (1 + a d^2b).
  void Step(const Ways& ways, bool first_draws, Place& place) const {
    Lanes square = ways[0].square();
    for (size_t i = 1; i < kDimensions; ++i) square += ways[i].square();
    const Lanes inverse_power = (-b_ * square.max(kNothing).log()).exp();  // d^-2b
    const Lanes common = 2 * b_ / (inverse_power + a_);
    Lanes force = common * inverse_power / (square + kSoftening);
    if (first_draws) force(0) = -a_ * common(0) / std::max(square(0), kNothing);
    for (size_t i = 0; i < kDimensions; ++i) {
      place[i] += rate_ * (force * ways[i]).max(-kMostForce).min(kMostForce).sum();
    }
  }

  const SparseRows& graph_;
  const UmapLayout& layout_;
  const RandomStream& stream_;
  const float a_, b_;
  float rate_ = 0;
  std::vector<Place> places_;
  std::vector<Place> moved_;
  // Of each connection: epochs from one turn to the next, and when that is.
  std::vector<double> periods_;
  std::vector<double> next_;
};

template <int kDimensions>
absl::Status MoveIn(const SparseRows& graph, const UmapLayout& layout, const RandomStream& stream,
                    const std::function<bool()>& stop, FeatureMatrix& places) {
  Places<kDimensions> moving(graph, layout, stream, places);
  const absl::Status moved = moving.Move(stop);
  moving.CopyTo(places);
  return moved;
}

}  // namespace

absl::Status MovePlaces(const SparseRows& graph, const UmapLayout& layout, const RandomStream& stream,
                        const std::function<bool()>& stop, FeatureMatrix& places) {
  switch (places.cols()) {
    case 1:
      return MoveIn<1>(graph, layout, stream, stop, places);
    case 2:
      return MoveIn<2>(graph, layout, stream, stop, places);
    default:
      return MoveIn<3>(graph, layout, stream, stop, places);
  }
}

}  // namespace parzen
