#include "studies/samplers/parzen_estimator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "studies/truncated_normal.h"

namespace parzen {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kHalfRoot = std::numbers::sqrt2 / 2;
constexpr double kRootTwoPi = 2.5066282746310005024;
constexpr int64_t kMostCells = int64_t{1} << 40;  // cells of more values are shorter than rounding errors
constexpr double kBeyond = 9;  // widths from the centre beyond which less than 1e-18 of a normal distribution lies

}  // namespace

// Slots whose factor is to be computed again, each once.
class ParzenEstimator::Stale {
 public:
  explicit Stale(size_t slots) : is_in_(slots) {}

  void Add(uint32_t slot) {
    if (is_in_[slot]) return;
    is_in_[slot] = true;
    slots_.push_back(slot);
  }
  const std::vector<uint32_t>& slots() const { return slots_; }

 private:
  std::vector<bool> is_in_;
  std::vector<uint32_t> slots_;
};

ParzenEstimator::ParzenEstimator(std::vector<Axis> axes, const KernelOptions& options)
    : axes_(std::move(axes)), options_(options), dimensions_(axes_.size()) {
  for (size_t d = 0; d < axes_.size(); ++d) {
    const Axis& axis = axes_[d];
    Dimension& dimension = dimensions_[d];
    const bool cells = axis.count().has_value() && *axis.count() <= kMostCells;
    dimension.kind = !axis.ordered() ? Kind::kCategory : cells ? Kind::kCell : Kind::kContinuous;
    dimension.low = axis.low();
    dimension.high = axis.high();
    dimension.prior = {0.5 * (axis.low() + axis.high()), axis.high() - axis.low()};
    dimension.prior_divisor = LogDivisor(d, dimension.prior.mu, dimension.prior.sigma);
  }
  for (const Kind kind : {Kind::kContinuous, Kind::kCategory, Kind::kCell}) {
    size_t& count = kind == Kind::kContinuous ? continuous_ : kind == Kind::kCategory ? categories_ : cells_;
    for (size_t d = 0; d < axes_.size(); ++d) {
      if (dimensions_[d].kind != kind) continue;
      asking_order_.push_back(d);
      ++count;
    }
  }
}

void ParzenEstimator::Append(absl::Span<const double> values) {
  const size_t lane = slots_ % kLanes;
  if (lane == 0) {
    Tile& tile = tiles_.emplace_back();
    tile.columns.setZero(kLanes, 1 + 2 * static_cast<Eigen::Index>(dimensions()));
    tile.columns.col(0).setConstant(-kInfinity);
  }
  const size_t slot = slots_++;
  for (size_t d = 0; d < dimensions(); ++d) Mu(slot, d) = axes_[d].ToScale(values[d]);
}

bool ParzenEstimator::Holds(size_t slot, absl::Span<const double> values) {
  for (size_t d = 0; d < dimensions(); ++d) {
    if (Mu(slot, d) != axes_[d].ToScale(values[d])) return false;
  }
  return true;
}

void ParzenEstimator::SetObserved(size_t slot, bool observed) {
  if (IsObserved(slot) == observed) return;
  tiles_[slot / kLanes].observed ^= 1u << (slot % kLanes);
  observed_ += observed ? 1 : -1;
  changes_.push_back({static_cast<uint32_t>(slot), observed});
}

void ParzenEstimator::Compact() {
  Refresh();
  std::vector<uint32_t> new_slot(slots_);  // of those that count
  size_t kept = 0;
  for (size_t slot = 0; slot < slots_; ++slot) {
    if (!IsObserved(slot)) continue;
    tiles_[kept / kLanes].columns.row(kept % kLanes) = tiles_[slot / kLanes].columns.row(slot % kLanes);
    new_slot[slot] = static_cast<uint32_t>(kept++);
  }
  slots_ = kept;
  tiles_.resize((kept + kLanes - 1) / kLanes);
  for (size_t slot = 0; slot < tiles_.size() * kLanes; ++slot) {
    Tile& tile = tiles_[slot / kLanes];
    const uint32_t lane = 1u << (slot % kLanes);
    tile.observed = slot < kept ? tile.observed | lane : tile.observed & ~lane;
    if (slot < kept) continue;
    tile.columns.row(slot % kLanes).setZero();
    tile.columns(slot % kLanes, 0) = -kInfinity;
  }
  for (size_t d = 0; d < dimensions(); ++d) {
    Dimension& dimension = dimensions_[d];
    std::vector<uint32_t> ids = dimension.order.First(kept);
    for (uint32_t& id : ids) id = new_slot[id];
    dimension.order.Assign(ids);
    dimension.shared.Clear();
    if (dimension.kind != Kind::kCell) continue;
    for (size_t slot = 0; slot < kept; ++slot) dimension.shared.Set(slot, Mu(slot, d), InverseWidth(slot, d));
  }
  given_weights_.clear();
}

void ParzenEstimator::Clear() {
  tiles_.clear();
  changes_.clear();
  given_weights_.clear();
  slots_ = observed_ = widths_are_for_ = 0;
  for (Dimension& dimension : dimensions_) {
    dimension.order.Clear();
    dimension.shared.Clear();
  }
}

ParzenEstimator::Kernel ParzenEstimator::KernelOf(size_t slot, size_t d) {
  Refresh();
  return {Mu(slot, d), kHalfRoot / InverseWidth(slot, d)};
}

void ParzenEstimator::Refresh() {
  if (changes_.empty()) return;
  const double range = 1;  // the least widths of all axes change together
  const bool widths_change =
      LeastBandwidth(observed_, range, options_) != LeastBandwidth(widths_are_for_, range, options_);
  const bool few = changes_.size() <= 16 + observed_ / 16;
  Stale stale(slots_);
  for (const Change& change : changes_) {
    LogFactor(change.slot) = -kInfinity;
    if (IsObserved(change.slot)) stale.Add(change.slot);
  }
  for (size_t d = 0; d < dimensions(); ++d) {
    if (dimensions_[d].kind == Kind::kCategory) continue;
    std::vector<uint32_t> around;
    if (few) {
      around = ChangeOrder(d);
    } else {
      SortAgain(d);
    }
    if (few && !widths_change) {
      SetSomeSigmas(d, around, stale);
    } else {
      SetAllSigmas(d, stale);
    }
  }
  for (const uint32_t slot : stale.slots()) SetLogFactor(slot);
  changes_.clear();
  widths_are_for_ = observed_;
}

// Orders by mu, equal ones by slot.
void ParzenEstimator::SortAgain(size_t d) {
  std::vector<std::pair<double, uint32_t>> by_mu;
  by_mu.reserve(observed_);
  for (uint32_t slot = 0; slot < slots_; ++slot) {
    if (IsObserved(slot)) by_mu.emplace_back(Mu(slot, d), slot);
  }
  std::sort(by_mu.begin(), by_mu.end());
  std::vector<uint32_t> ids;
  ids.reserve(by_mu.size());
  for (const auto& [mu, slot] : by_mu) ids.push_back(slot);
  dimensions_[d].order.Assign(ids);
}

// Takes the changes into the order; returns the slots that have or had a changed one beside them, and those themselves.
std::vector<uint32_t> ParzenEstimator::ChangeOrder(size_t d) {
  SortedIds& order = dimensions_[d].order;
  std::vector<uint32_t> around;
  for (const Change& change : changes_) {
    const SortedIds::Place place =
        change.observed ? order.Insert(change.slot, ByMu{*this, d}) : order.Find(change.slot, ByMu{*this, d});
    around.push_back(change.slot);
    if (const auto before = order.Before(place)) around.push_back(*before);
    if (const auto after = order.After(place)) around.push_back(*after);
    if (!change.observed) order.Erase(place);
  }
  return around;
}

void ParzenEstimator::SetSomeSigmas(size_t d, const std::vector<uint32_t>& slots, Stale& stale) {
  const SortedIds& order = dimensions_[d].order;
  for (const uint32_t slot : slots) {
    if (!IsObserved(slot)) continue;
    const SortedIds::Place place = order.Find(slot, ByMu{*this, d});
    if (SetSigma(d, slot, Sigma(d, slot, order.Before(place), order.After(place)))) stale.Add(slot);
  }
}

void ParzenEstimator::SetAllSigmas(size_t d, Stale& stale) {
  dimensions_[d].shared.Clear();
  const std::vector<uint32_t> ids = dimensions_[d].order.First(observed_);
  for (size_t i = 0; i < ids.size(); ++i) {
    const std::optional<uint32_t> before = i > 0 ? std::optional(ids[i - 1]) : std::nullopt;
    const std::optional<uint32_t> after = i + 1 < ids.size() ? std::optional(ids[i + 1]) : std::nullopt;
    if (SetSigma(d, ids[i], Sigma(d, ids[i], before, after))) stale.Add(ids[i]);
  }
}

// The larger distance to a neighbour, where the range's ends are neighbours too; but the outermost of several look
// inwards only, unless the options say otherwise.
double ParzenEstimator::Sigma(size_t d, uint32_t slot, std::optional<uint32_t> before, std::optional<uint32_t> after) {
  const Dimension& dimension = dimensions_[d];
  const double mu = Mu(slot, d);
  const bool ends = options_.endpoints || observed_ < 2;
  double sigma = -kInfinity;
  if (before.has_value() || ends) sigma = mu - (before.has_value() ? Mu(*before, d) : dimension.low);
  if (after.has_value() || ends) sigma = std::max(sigma, (after.has_value() ? Mu(*after, d) : dimension.high) - mu);
  const double range = dimension.high - dimension.low;
  return options_.width_factor * std::clamp(sigma, LeastBandwidth(observed_, range, options_), range);
}

// Returns whether that is new.
bool ParzenEstimator::SetSigma(size_t d, uint32_t slot, double sigma) {
  const double inverse = kHalfRoot / sigma;
  double& old = InverseWidth(slot, d);
  Dimension& dimension = dimensions_[d];
  if (dimension.kind == Kind::kCell) dimension.shared.Set(slot, Mu(slot, d), inverse);
  if (old == inverse) return false;
  old = inverse;
  return true;
}

void ParzenEstimator::SetLogFactor(uint32_t slot) {
  double factor = 0;
  double product = 1;  // of divisors whose logarithm is taken together
  for (size_t d = 0; d < dimensions(); ++d) {
    if (dimensions_[d].kind == Kind::kCategory) continue;
    const double mu = Mu(slot, d);
    const double sigma = kHalfRoot / InverseWidth(slot, d);
    const double divisor = Divisor(d, mu, sigma);
    if (!(divisor > 1e-100 && divisor < 1e100)) {
      factor -= LogDivisor(d, mu, sigma);
      continue;
    }
    product *= divisor;
    if (product > 1e-100 && product < 1e100) continue;
    factor -= std::log(product);
    product = 1;
  }
  LogFactor(slot) = factor - std::log(product);
}

// What the kernel is divided by on this axis: its mass between the ends, and where values are continuous the height of
// a normal distribution's peak.
double ParzenEstimator::Divisor(size_t d, double mu, double sigma) const {
  const Dimension& dimension = dimensions_[d];
  const double peak = dimension.kind == Kind::kContinuous ? sigma * kRootTwoPi : 1;
  const double low = (dimension.low - mu) / sigma;
  const double high = (dimension.high - mu) / sigma;
  if (low < -kBeyond) return high > kBeyond ? peak : peak * 0.5 * std::erfc(-high * kHalfRoot);
  if (high > kBeyond) return peak * 0.5 * std::erfc(low * kHalfRoot);
  return peak * GaussMass(low, high);
}

// Its logarithm, also where the mass is beyond numbers.
double ParzenEstimator::LogDivisor(size_t d, double mu, double sigma) const {
  const Dimension& dimension = dimensions_[d];
  const double peak = dimension.kind == Kind::kContinuous ? sigma * kRootTwoPi : 1;
  return std::log(peak) + LogGaussMass((dimension.low - mu) / sigma, (dimension.high - mu) / sigma);
}

double ParzenEstimator::CategoryShare(size_t d, bool observed) const {
  // Every category starts with the prior's weight spread over the kernels.
  const double base = options_.prior_weight / (static_cast<double>(observed_) + 1);
  return (base + (observed ? 1 : 0)) / (base * static_cast<double>(*axes_[d].count()) + 1);
}

double ParzenEstimator::WeightOf(size_t slot, size_t rank) const {
  if (!given_weights_.empty()) return given_weights_[slot];
  return options_.recency ? RecencyWeight(rank, observed_) : 1;
}

double ParzenEstimator::WeightSum() const {
  if (given_weights_.empty()) return options_.recency ? RecencyWeightSum(observed_) : static_cast<double>(observed_);
  double sum = 0;
  for (const double weight : given_weights_) sum += weight;
  return sum;
}

std::vector<double> ParzenEstimator::Weights() const {
  std::vector<double> weights;
  for (size_t slot = 0; slot < slots_; ++slot) {
    if (IsObserved(slot)) weights.push_back(WeightOf(slot, weights.size()));
  }
  weights.push_back(options_.prior_weight);
  double sum = 0;
  for (const double weight : weights) sum += weight;
  for (double& weight : weights) weight /= sum;
  return weights;
}

size_t ParzenEstimator::MemoryBytes() const {
  size_t bytes = tiles_.capacity() * sizeof(Tile) + changes_.capacity() * sizeof(Change);
  for (const Tile& tile : tiles_) bytes += static_cast<size_t>(tile.columns.size()) * sizeof(double);
  for (const Dimension& dimension : dimensions_)
    bytes += dimension.order.MemoryBytes() + dimension.shared.MemoryBytes();
  return bytes;
}

}  // namespace parzen
