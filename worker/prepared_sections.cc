#include "worker/prepared_sections.h"

#include <string>
#include <utility>
#include <vector>

namespace parzen {
namespace {

// In the order in which they stand in the file.
enum PreparedSection {
  kShape,
  kLearnFeatures,
  kLearnLabels,
  kLearnTargets,
  kMeasureFeatures,
  kMeasureLabels,
  kMeasureTargets,
  kNotes
};
constexpr size_t kPreparedSections = 8;
enum BinSection { kStarts, kThresholds, kCodes };
constexpr size_t kBinSections = 3;

absl::Span<const float> Values(const FeatureMatrix& features) {
  return {features.data(), static_cast<size_t>(features.size())};
}

absl::Status NotSuch() { return absl::DataLossError("prepared data in the cache is not what its name says"); }

// Borrows from the file, in which labels and targets follow the features.
absl::StatusOr<LabelledView> View(const SectionFile& file, int64_t columns, size_t features) {
  const absl::Span<const float> values = file.array<float>(features);
  const absl::Span<const int32_t> labels = file.array<int32_t>(features + 1);
  const absl::Span<const float> targets = file.array<float>(features + 2);
  if (columns < 0 || static_cast<int64_t>(values.size()) != columns * static_cast<int64_t>(labels.size()) ||
      (!targets.empty() && targets.size() != labels.size())) {
    return NotSuch();
  }
  return LabelledView(values.data(), columns, labels, targets);
}

}  // namespace

absl::Status GivePrepared(const LabelledRows& learn, const LabelledRows& measure, const PreparedNotes& notes,
                          const SectionSink& sink) {
  const int64_t shape[] = {learn.features.cols(), measure.features.cols()};
  const std::string noted = notes.SerializeAsString();
  Bytes sections[kPreparedSections];
  sections[kShape] = BytesOf(absl::MakeConstSpan(shape));
  sections[kLearnFeatures] = BytesOf(Values(learn.features));
  sections[kLearnLabels] = BytesOf(absl::MakeConstSpan(learn.labels));
  sections[kLearnTargets] = BytesOf(absl::MakeConstSpan(learn.targets));
  sections[kMeasureFeatures] = BytesOf(Values(measure.features));
  sections[kMeasureLabels] = BytesOf(absl::MakeConstSpan(measure.labels));
  sections[kMeasureTargets] = BytesOf(absl::MakeConstSpan(measure.targets));
  sections[kNotes] = BytesOf(absl::MakeConstSpan(noted.data(), noted.size()));
  return sink(sections);
}

absl::StatusOr<std::shared_ptr<const PreparedData>> OpenPrepared(const SectionFile& file,
                                                                 TrainingRows::MakeBins make_bins,
                                                                 std::shared_ptr<const KeptResults> kept) {
  if (file.size() != kPreparedSections || file.array<int64_t>(kShape).size() != 2) return NotSuch();
  const absl::Span<const int64_t> columns = file.array<int64_t>(kShape);
  const absl::StatusOr<LabelledView> learn = View(file, columns[0], kLearnFeatures);
  const absl::StatusOr<LabelledView> measure = View(file, columns[1], kMeasureFeatures);
  if (!learn.ok() || !measure.ok()) return NotSuch();
  const absl::Span<const char> noted = file.array<char>(kNotes);
  PreparedNotes notes;
  if (!notes.ParseFromArray(noted.data(), static_cast<int>(noted.size()))) return NotSuch();
  std::vector<std::string> names(notes.class_name().begin(), notes.class_name().end());
  const int classes = static_cast<int>(names.size());
  return std::shared_ptr<const PreparedData>(
      new PreparedData{TrainingRows(*learn, classes, file.file(), std::move(make_bins)), *measure, std::move(names),
                       std::move(notes), std::move(kept)});
}

absl::Status GiveBins(const BinnedFeatures& bins, const SectionSink& sink) {
  Bytes sections[kBinSections];
  sections[kStarts] = BytesOf(bins.starts());
  sections[kThresholds] = BytesOf(bins.thresholds());
  sections[kCodes] = BytesOf(bins.codes());
  return sink(sections);
}

absl::StatusOr<std::shared_ptr<const BinnedFeatures>> OpenBins(const SectionFile& file, int64_t rows,
                                                               int64_t features) {
  if (file.size() != kBinSections) return NotSuch();
  const absl::Span<const int64_t> starts = file.array<int64_t>(kStarts);
  const absl::Span<const float> thresholds = file.array<float>(kThresholds);
  const absl::Span<const uint8_t> codes = file.array<uint8_t>(kCodes);
  if (static_cast<int64_t>(starts.size()) != features + 1 || static_cast<int64_t>(codes.size()) != rows * features ||
      starts.front() != 0 || starts.back() != static_cast<int64_t>(thresholds.size())) {
    return NotSuch();
  }
  struct Mapped {
    std::shared_ptr<const MappedFile> file;
    BinnedFeatures bins;
  };
  const auto mapped = std::shared_ptr<const Mapped>(new Mapped{file.file(), {codes, thresholds, starts}});
  return std::shared_ptr<const BinnedFeatures>(mapped, &mapped->bins);
}

}  // namespace parzen
