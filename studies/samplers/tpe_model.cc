#include "studies/samplers/tpe_model.h"

#include <algorithm>
#include <utility>

namespace parzen {
namespace {

// Whether each parameter is in every trial: it has no conditions, or such that parameters of one value fulfil.
std::vector<bool> AlwaysActive(const SearchSpace& space) {
  std::vector<bool> always(space.size());
  Point known(space.size());
  for (const size_t i : space.activation_order()) {
    if (!space.IsActive(i, known)) continue;
    always[i] = true;
    if (space.axis(i).single()) known[i] = space.axis(i).FromUnit(0.5);
  }
  return always;
}

std::vector<std::vector<size_t>> BlockParameters(const SearchSpace& space, const TpeOptions& options) {
  const std::vector<bool> always = AlwaysActive(space);
  const auto together = [&](size_t a, size_t b) {
    if (!options.multivariate) return false;
    if (always[a] || always[b]) return always[a] && always[b];
    return options.group && space.conditions(a) == space.conditions(b);
  };
  std::vector<std::vector<size_t>> blocks;
  for (size_t i = 0; i < space.size(); ++i) {
    if (space.axis(i).single()) continue;
    const auto found = std::find_if(blocks.begin(), blocks.end(),
                                    [&](const std::vector<size_t>& block) { return together(block[0], i); });
    if (found == blocks.end()) {
      blocks.push_back({i});
    } else {
      found->push_back(i);
    }
  }
  return blocks;
}

}  // namespace

TpeModel::TpeModel(const SearchSpace& space, const History& history, const std::vector<Direction>& directions,
                   const TpeOptions& options)
    : options_(options),
      history_(history),
      split_(directions, options),
      block_of_(space.size()),
      block_of_one_(space.size()) {
  for (std::vector<size_t>& parameters : BlockParameters(space, options)) {
    if (parameters.size() == 1) block_of_one_[parameters[0]] = blocks_.size();
    Add(std::move(parameters), space, block_of_);
  }
  common_ = blocks_.size();
  if (options.apart_share <= 0) return;
  for (size_t i = 0; i < space.size(); ++i) {
    if (block_of_[i].has_value() && !block_of_one_[i].has_value()) Add({i}, space, block_of_one_);
  }
}

void TpeModel::Add(std::vector<size_t> parameters, const SearchSpace& space,
                   std::vector<std::optional<size_t>>& block_of) {
  for (const size_t i : parameters) block_of[i] = blocks_.size();
  blocks_.emplace_back(space, std::move(parameters), options_);
}

TpeBlock* TpeModel::BlockOf(size_t i) { return block_of_[i].has_value() ? &blocks_[*block_of_[i]] : nullptr; }

TpeBlock* TpeModel::BlockOfOne(size_t i) {
  const bool is_kept = block_of_one_[i].has_value() && *block_of_one_[i] < blocks_.size();
  return is_kept ? &blocks_[*block_of_one_[i]] : BlockOf(i);
}

void TpeModel::Update() {
  const std::vector<uint32_t>& changes = history_.changes();
  if (read_ == changes.size()) return;
  std::vector<uint32_t> changed(changes.begin() + static_cast<std::ptrdiff_t>(read_), changes.end());
  read_ = changes.size();
  std::sort(changed.begin(), changed.end());
  changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  const std::vector<uint32_t> touched = split_.Update(history_, changed);
  // The many know parameters' dependence better, and would take long to be asked one by one.
  while (split_.observations() > options_.most_apart && blocks_.size() > common_) blocks_.pop_back();
  for (size_t b = 0; b < common_; ++b) blocks_[b].Update(history_, split_, touched);
  if (blocks_.size() > common_) touched_.insert(touched_.end(), touched.begin(), touched.end());
}

void TpeModel::UpdateBlocksOfOne() {
  std::sort(touched_.begin(), touched_.end());
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  for (size_t b = common_; b < blocks_.size(); ++b) blocks_[b].Update(history_, split_, touched_);
  touched_.clear();
}

size_t TpeModel::MemoryBytes() const {
  size_t bytes = split_.MemoryBytes();
  for (const TpeBlock& block : blocks_) bytes += block.MemoryBytes();
  return bytes;
}

}  // namespace parzen
