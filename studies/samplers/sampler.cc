#include "studies/samplers/sampler.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/oneof.h"
#include "base/status_macros.h"
#include "studies/samplers/bracketed_points.h"
#include "studies/samplers/distinct_points.h"
#include "studies/samplers/ordered_points.h"

namespace parzen {
namespace {

constexpr char kDefaultSampler[] = "tpe";

std::string KindName(const SamplerSpec& sampler) { return ChosenMember(sampler, "kind", kDefaultSampler); }

// All that MakeSampler does but for the order of the trials.
absl::StatusOr<std::unique_ptr<Sampler>> MakeUnorderedSampler(const SamplerInputs& inputs) {
  const absl::StatusOr<SamplerFactory> factory =
      Registry<SamplerFactory>::Global().Find(KindName(inputs.search.sampler()));
  if (!factory.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("search.sampler: ", factory.status().message()));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Sampler> sampler, (*factory)(inputs));
  if (inputs.bracket_of && sampler->Learns()) {
    ASSIGN_OR_RETURN(sampler, MakeBracketedPoints(*factory, inputs));
  }
  // A sampler that ends by itself gives no point twice.
  const bool ends = sampler->TotalPoints().has_value();
  if (!ends && inputs.search.avoid_duplicates() && HasLimitedPoints(inputs.space)) {
    sampler = MakeDistinctPoints(std::move(sampler), inputs);
  }
  return sampler;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sampler>> MakeSampler(const SamplerInputs& inputs) {
  return inputs.search.deterministic() ? MakeOrderedPoints(&MakeUnorderedSampler, inputs)
                                       : MakeUnorderedSampler(inputs);
}

}  // namespace parzen
