#include "studies/exchange/csv_inference.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "studies/distribution_json.h"

namespace parzen {
namespace {

constexpr size_t kMaxChoices = 10000;

}  // namespace

absl::Status InferredParameter::Observe(absl::string_view json) {
  ASSIGN_OR_RETURN(const Choice choice, ChoiceFromJson(json));
  const auto* const whole = std::get_if<int64_t>(&choice);
  const auto* const real = std::get_if<double>(&choice);
  const bool number = whole != nullptr || (real != nullptr && std::isfinite(*real));
  all_numbers_ = all_numbers_ && number;
  all_whole_ = all_whole_ && whole != nullptr;
  if (number) {
    const double value = whole != nullptr ? static_cast<double>(*whole) : *real;
    low_ = observed_ ? std::min(low_, value) : value;
    high_ = observed_ ? std::max(high_, value) : value;
  }
  if (whole != nullptr) {
    whole_low_ = observed_ ? std::min(whole_low_, *whole) : *whole;
    whole_high_ = observed_ ? std::max(whole_high_, *whole) : *whole;
  }
  observed_ = true;
  const std::string text = ChoiceToJson(choice);
  if (!too_many_ && seen_.count(text) == 0) {
    too_many_ = choices_.size() == kMaxChoices;
    if (!too_many_) {
      seen_.insert(text);
      choices_.push_back(choice);
    }
  }
  if (!too_many_ || all_numbers_) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("more than ", kMaxChoices, " different values, not all of them numbers"));
}

Distribution InferredParameter::Infer() const {
  if (!all_numbers_) return CategoricalDistribution{choices_};
  if (!all_whole_) return FloatDistribution{low_, high_, false, std::nullopt};
  return IntDistribution{whole_low_, whole_high_, false, 1};
}

std::string InferredParameter::Describe() const {
  if (all_numbers_ && all_whole_) return absl::StrCat("whole numbers from ", whole_low_, " to ", whole_high_);
  if (all_numbers_) return absl::StrCat("numbers from ", PlainNumber(low_), " to ", PlainNumber(high_));
  constexpr size_t kShown = 8;
  const auto append = [](std::string* out, const Choice& choice) { out->append(ChoiceToJson(choice)); };
  const auto end = choices_.begin() + static_cast<int64_t>(std::min(choices_.size(), kShown));
  return absl::StrCat("one of ", absl::StrJoin(choices_.begin(), end, ", ", append),
                      choices_.size() > kShown ? ", ..." : "");
}

}  // namespace parzen
