// Hyperband: several successive halvings side by side. Sources: Li et al., "Hyperband", JMLR 2018, algorithm 1; trials
// are dealt to brackets as Optuna does, so that both put a trial of one name and number into the same bracket.
//
// With R = max_resource / min_resource and eta = reduction_factor there are B = floor(log_eta R) + 1 brackets. Bracket
// b, from 0, has its first rung at min_resource * eta^b and, of every sum of shares, the share ceil(B * eta^s / (s +
// 1)) of the trials, where s = B - 1 - b.
#include <zlib.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "studies/pruners/halving.h"

namespace parzen {
namespace {

// How many trials of how many each bracket gets; empty when the resources leave no room for a rung.
std::vector<int64_t> BracketShares(int64_t min_resource, int64_t max_resource, int64_t factor) {
  int64_t brackets = 0;
  for (int64_t first = min_resource; first <= max_resource && first != kNoStep; first = TimesPower(first, factor, 1)) {
    ++brackets;
  }
  std::vector<int64_t> shares;
  for (int64_t s = brackets - 1; s >= 0; --s) {
    const auto trials = static_cast<__int128>(TimesPower(1, factor, s)) * brackets;
    // More than CRC-32 has values is as good as all of them.
    shares.push_back(static_cast<int64_t>(std::min<__int128>((trials + s) / (s + 1), int64_t{1} << 40)));
  }
  return shares;
}

int32_t BracketOf(const std::string& study_name, int64_t number, const std::vector<int64_t>& shares) {
  int64_t total = 0;
  for (const int64_t share : shares) total += share;
  const std::string name = absl::StrCat(study_name, "_", number);
  const uLong hash = crc32(0, reinterpret_cast<const Bytef*>(name.data()), static_cast<uInt>(name.size()));
  int64_t place = static_cast<int64_t>(hash) % total;
  int32_t bracket = 0;
  while (place >= shares[static_cast<size_t>(bracket)]) place -= shares[static_cast<size_t>(bracket++)];
  return bracket;
}

class Hyperband : public Pruner {
 public:
  explicit Hyperband(const PrunerInputs& inputs) : inputs_(inputs), spec_(inputs.pruner.hyperband()), longest_(inputs) {
    if (spec_.has_max_resource()) SetBrackets(spec_.max_resource());
  }

  PrunerDecision Judge(size_t index, int64_t step) override {
    const int64_t end = spec_.has_max_resource() ? spec_.max_resource() : longest_.LastStep();
    if (!spec_.has_max_resource()) SetBrackets(end);
    if (shares_.empty()) return {};
    const int32_t bracket = BracketOf(inputs_.study_name, inputs_.history[index].number, shares_);
    PrunerDecision decision = halvings_[static_cast<size_t>(bracket)].Judge(index, step, end);
    if (decision.stop) absl::StrAppend(&decision.reason, " (bracket ", bracket, ")");
    return decision;
  }

  // Only of a known max_resource: a trial must not change its bracket as a longest trial gets longer.
  std::optional<int32_t> Bracket(int64_t number) const override {
    if (!spec_.has_max_resource() || shares_.size() < 2) return std::nullopt;
    return BracketOf(inputs_.study_name, number, shares_);
  }

 private:
  void SetBrackets(int64_t max_resource) {
    std::vector<int64_t> shares = BracketShares(spec_.min_resource(), max_resource, spec_.reduction_factor());
    if (shares == shares_) return;
    shares_ = std::move(shares);
    halvings_.clear();
    halvings_.reserve(shares_.size());
    for (size_t bracket = 0; bracket < shares_.size(); ++bracket) {
      const int64_t first = TimesPower(spec_.min_resource(), spec_.reduction_factor(), static_cast<int64_t>(bracket));
      halvings_.emplace_back(inputs_, HalvingOptions{first, spec_.reduction_factor(), spec_.bootstrap_count()},
                             [this, bracket](int64_t number) {
                               return BracketOf(inputs_.study_name, number, shares_) == static_cast<int32_t>(bracket);
                             });
    }
  }

  const PrunerInputs inputs_;
  const HyperbandPruner& spec_;
  LongestTrial longest_;
  std::vector<int64_t> shares_;    // by bracket
  std::vector<Halving> halvings_;  // by bracket; made again when a longer trial makes more of them
};

absl::StatusOr<std::unique_ptr<Pruner>> MakeHyperband(const PrunerInputs& inputs) {
  const HyperbandPruner& spec = inputs.pruner.hyperband();
  if (spec.has_max_resource() && spec.max_resource() < spec.min_resource()) {
    return absl::InvalidArgumentError(absl::StrCat("search.pruner.hyperband: max_resource is ", spec.max_resource(),
                                                   ", below min_resource, ", spec.min_resource()));
  }
  return std::make_unique<Hyperband>(inputs);
}

const bool registered = Registry<PrunerFactory>::Global().Add("hyperband", &MakeHyperband);

}  // namespace
}  // namespace parzen
