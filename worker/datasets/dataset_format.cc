#include "worker/datasets/dataset_format.h"

#include <new>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/oneof.h"
#include "base/status_macros.h"
#include "worker/datasets/shape.h"

namespace parzen {

absl::Status CheckDataset(const DatasetSpec& spec) {
  const Registry<DatasetCheck>& checks = Registry<DatasetCheck>::Global();
  const std::string chosen = ChosenMember(spec, "format");
  if (chosen.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("dataset: no format is chosen; choose one of ", absl::StrJoin(checks.Names(), ", ")));
  }
  ASSIGN_OR_RETURN(const DatasetCheck check, checks.Find(chosen));
  RETURN_IF_ERROR(check(spec));
  return CheckShape(spec);
}

absl::StatusOr<Dataset> LoadDataset(const DatasetSpec& spec) {
  RETURN_IF_ERROR(CheckDataset(spec));
  const std::string chosen = ChosenMember(spec, "format");
  ASSIGN_OR_RETURN(const DatasetFormat format, Registry<DatasetFormat>::Global().Find(chosen));
  try {
    ASSIGN_OR_RETURN(Dataset dataset, format(spec));
    RETURN_IF_ERROR(ShapeDataset(spec, dataset));
    return dataset;
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(absl::StrCat("dataset.", chosen, ": no memory to hold the dataset"));
  }
}

}  // namespace parzen
