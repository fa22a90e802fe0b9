// A dataset format reads files (or draws examples) into a Dataset. A new format is one file here that registers itself
// under its name in the DatasetSpec.format oneof of proto/train.proto.
//
// Contract, held by tests/conformance: the same spec and bytes give the same Dataset; a damaged, truncated or lying
// file gives InvalidArgument that names the file, where in it, and what would be right; memory is bounded by what the
// file really holds, not by what its header claims.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/registry.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"

namespace parzen {

// `spec`'s file names are paths that can be opened. Called on one thread; may use TBB inside.
using DatasetFormat = std::function<absl::StatusOr<Dataset>(const DatasetSpec& spec)>;

// What a format can say of options alone, under the same name: InvalidArgument, like the format itself. Opens no file.
using DatasetCheck = std::function<absl::Status(const DatasetSpec& spec)>;

// InvalidArgument: no file could make these options right.
absl::Status CheckDataset(const DatasetSpec& spec);

// Reads the dataset that `spec` names. InvalidArgument, too: CheckDataset. NotFound: a file is missing.
absl::StatusOr<Dataset> LoadDataset(const DatasetSpec& spec);

}  // namespace parzen
