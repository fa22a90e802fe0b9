// Prepared data and bins as the sections of a file, and back. Pure functions.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/binned_features.h"
#include "worker/cache/section_file.h"
#include "worker/dataset.h"
#include "worker/prepared_data.h"
#include "worker/prepared_store.h"

namespace parzen {

// Stands in the keys of what is kept on disk. Another one with every change of the code that changes what is prepared:
// formats, split, transforms, bins, or these sections.
inline constexpr int kPreparedVersion = 3;

absl::Status GivePrepared(const LabelledRows& learn, const LabelledRows& measure, const PreparedNotes& notes,
                          const SectionSink& sink);
// DataLoss: these are not such sections.
absl::StatusOr<std::shared_ptr<const PreparedData>> OpenPrepared(const SectionFile& file,
                                                                 TrainingRows::MakeBins make_bins,
                                                                 std::shared_ptr<const KeptResults> kept);

absl::Status GiveBins(const BinnedFeatures& bins, const SectionSink& sink);
// DataLoss: these are not the bins of so many rows and features.
absl::StatusOr<std::shared_ptr<const BinnedFeatures>> OpenBins(const SectionFile& file, int64_t rows, int64_t features);

}  // namespace parzen
