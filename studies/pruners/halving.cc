#include "studies/pruners/halving.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parzen {

int64_t TimesPower(int64_t value, int64_t factor, int64_t power) {
  for (; power > 0; --power) {
    if (value > kNoStep / factor) return kNoStep;
    value *= factor;
  }
  return value;
}

int64_t LongestTrial::LastStep() {
  reader_.Read([this](uint32_t index) {
    const HistoryTrial& trial = history_[index];
    if (trial.state == COMPLETE && !trial.steps.empty()) last_step_ = std::max(last_step_, trial.steps.back().step);
  });
  return last_step_;
}

Halving::Halving(const PrunerInputs& inputs, HalvingOptions options, std::function<bool(int64_t)> is_member)
    : history_(inputs.history),
      direction_(inputs.direction),
      options_(options),
      is_member_(std::move(is_member)),
      trials_(inputs.trials),
      reader_(inputs.history, inputs.horizon) {}

PrunerDecision Halving::Judge(size_t index, int64_t step, int64_t end) {
  const absl::Span<const Step> curve = UpTo(history_[index], step);
  const double value = curve.back().value;
  const int64_t previous = curve.size() > 1 ? curve[curve.size() - 2].step : -1;

  size_t rung = 0;
  int64_t at = options_.first;
  for (; at <= previous; at = TimesPower(at, options_.factor, 1)) ++rung;
  int64_t share = 1;  // one trial of so many goes on
  for (int64_t next = at; next <= step && next < end; next = TimesPower(next, options_.factor, 1)) {
    share = TimesPower(share, options_.factor, 1);
  }
  if (share == 1) return {};
  if (std::isnan(value)) return {true, absl::StrCat("the value at step ", step, ", where a rung is, is NaN")};

  // Where trials end, those that are as good as one that goes on do so, too.
  const Place place{Loss(direction_, value), options_.promote ? static_cast<uint32_t>(index) : 0};
  const Standing standing = Rank(rung, at, index, place);
  const bool enough = standing.trials >= options_.bootstrap;
  if (!enough && !options_.promote) return {};
  const int64_t promoted =
      options_.promote ? (enough ? standing.trials / share : 0) : std::max<int64_t>(1, standing.trials / share);
  if (standing.better < promoted) return {};
  const std::string reason = absl::StrCat(ShortNumber(value), " at step ", step, " is number ", standing.better + 1,
                                          " of ", standing.trials, " trials that reached the rung at step ", at, "; ",
                                          promoted == 0   ? "none goes"
                                          : promoted == 1 ? "only the best goes"
                                                          : absl::StrCat("the best ", promoted, " go"),
                                          " on");
  if (!options_.promote) return {true, reason};
  const int64_t most = MostPromoted(rung, share, standing);
  if (!enough || standing.better < most) return {false, reason, true};
  return {true, absl::StrCat(reason, ", ", most, " in the end")};
}

int64_t Halving::MostPromoted(size_t rung, int64_t share, const Standing& standing) const {
  if (trials_ == nullptr || *trials_ == 0) return kNoStep;
  const int64_t ended_there = rung < final_places_.size() ? static_cast<int64_t>(final_places_[rung].size()) : 0;
  const int64_t may_reach = *trials_ - (final_trials_ - ended_there);  // all but those that ended before
  return std::max<int64_t>(1, std::max(may_reach, standing.trials) / share);
}

void Halving::Learn(uint32_t index) {
  const HistoryTrial& trial = history_[index];
  if (!is_member_(trial.number)) return;
  if (trial.state == RUNNING || (trial.state == WAITING && !trial.steps.empty())) {
    open_.insert(index);
    return;
  }
  open_.erase(index);
  ++final_trials_;
  // Where others wait for it, a trial that failed makes way.
  if (options_.promote && trial.state == FAIL) return;
  int64_t at = options_.first;
  for (size_t rung = 0; !trial.steps.empty() && at <= trial.steps.back().step; ++rung) {
    if (rung == final_places_.size()) {
      final_places_.emplace_back();
      sorted_.push_back(0);
    }
    const double value = FirstFrom(trial.steps, at)->value;
    if (!std::isnan(value)) final_places_[rung].emplace_back(Loss(direction_, value), index);
    at = TimesPower(at, options_.factor, 1);
    if (at == kNoStep) break;
  }
}

Halving::Standing Halving::Rank(size_t rung, int64_t at, size_t index, const Place& place) {
  reader_.Read([this](uint32_t changed) { Learn(changed); });
  Standing standing;
  for (const uint32_t other : open_) {
    const Step* const there = other == index ? nullptr : FirstFrom(history_[other].steps, at);
    if (there == nullptr || std::isnan(there->value)) continue;
    ++standing.trials;
    standing.better += Place(Loss(direction_, there->value), other) < place;
  }
  if (rung >= final_places_.size()) return standing;
  std::vector<Place>& places = final_places_[rung];
  const auto middle = places.begin() + static_cast<std::ptrdiff_t>(sorted_[rung]);
  std::sort(middle, places.end());
  std::inplace_merge(places.begin(), middle, places.end());
  sorted_[rung] = places.size();
  standing.trials += static_cast<int64_t>(places.size());
  standing.better += std::lower_bound(places.begin(), places.end(), place) - places.begin();
  return standing;
}

}  // namespace parzen
