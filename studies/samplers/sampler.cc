#include "studies/samplers/sampler.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

constexpr char kDefaultSampler[] = "random";

// The name of the member that is set in SamplerSpec.kind.
std::string KindName(const SamplerSpec& sampler) {
  const google::protobuf::OneofDescriptor* const kind = SamplerSpec::descriptor()->FindOneofByName("kind");
  const google::protobuf::FieldDescriptor* const chosen =
      sampler.GetReflection()->GetOneofFieldDescriptor(sampler, kind);
  return chosen == nullptr ? kDefaultSampler : chosen->name();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sampler>> MakeSampler(const SamplerInputs& inputs) {
  const absl::StatusOr<SamplerFactory> factory =
      Registry<SamplerFactory>::Global().Find(KindName(inputs.search.sampler()));
  if (!factory.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("search.sampler: ", factory.status().message()));
  }
  return (*factory)(inputs);
}

}  // namespace parzen
