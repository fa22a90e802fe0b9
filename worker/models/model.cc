#include "worker/models/model.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace parzen {

absl::StatusOr<std::unique_ptr<Model>> MakeModel(const TrainSpec& spec) {
  const google::protobuf::OneofDescriptor* models = TrainSpec::descriptor()->FindOneofByName("model");
  const google::protobuf::FieldDescriptor* chosen = TrainSpec::GetReflection()->GetOneofFieldDescriptor(spec, models);
  if (chosen == nullptr) {
    std::string names;
    for (const std::string& name : Registry<ModelFactory>::Global().Names()) {
      absl::StrAppend(&names, names.empty() ? "" : ", ", name);
    }
    return absl::InvalidArgumentError(absl::StrCat("train: names no model; choose one of ", names));
  }
  ASSIGN_OR_RETURN(const ModelFactory factory, Registry<ModelFactory>::Global().Find(chosen->name()));
  return factory(spec);
}

}  // namespace parzen
