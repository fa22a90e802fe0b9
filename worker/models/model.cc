#include "worker/models/model.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/oneof.h"
#include "base/status_macros.h"

namespace parzen {

absl::StatusOr<std::unique_ptr<Model>> MakeModel(const TrainSpec& spec) {
  const std::string chosen = ChosenMember(spec, "model");
  if (chosen.empty()) {
    std::string names;
    for (const std::string& name : Registry<ModelFactory>::Global().Names()) {
      absl::StrAppend(&names, names.empty() ? "" : ", ", name);
    }
    return absl::InvalidArgumentError(absl::StrCat("train: names no model; choose one of ", names));
  }
  ASSIGN_OR_RETURN(const ModelFactory factory, Registry<ModelFactory>::Global().Find(chosen));
  return factory(spec);
}

}  // namespace parzen
