#include "worker/datasets/dataset_format.h"

#include <new>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"

namespace parzen {

absl::StatusOr<Dataset> LoadDataset(const DatasetSpec& spec) {
  const Registry<DatasetFormat>& formats = Registry<DatasetFormat>::Global();
  const auto* chosen =
      spec.GetReflection()->GetOneofFieldDescriptor(spec, DatasetSpec::descriptor()->FindOneofByName("format"));
  if (chosen == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("dataset: no format is chosen; choose one of ", absl::StrJoin(formats.Names(), ", ")));
  }
  ASSIGN_OR_RETURN(const DatasetFormat format, formats.Find(chosen->name()));
  try {
    return format(spec);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(absl::StrCat("dataset.", chosen->name(), ": no memory to hold the dataset"));
  }
}

}  // namespace parzen
