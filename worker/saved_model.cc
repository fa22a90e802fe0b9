#include "worker/saved_model.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "worker/archive.h"
#include "worker/datasets/data_file.h"
#include "worker/finite_check.h"

namespace parzen {
namespace {

constexpr absl::string_view kMagic = "PARZEN MODEL 1\n";
constexpr absl::string_view kAnyVersion = "PARZEN MODEL ";
constexpr size_t kDigestBytes = 32;
// A header's transforms may hold as many principal components as there may be features.
constexpr uint64_t kMostHeaderBytes = uint64_t{1} << 30;
// Rows predicted at a time.
constexpr int64_t kRowsAtATime = 4096;

void AppendLength(size_t length, std::string& bytes) {
  const uint64_t number = length;
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

// Takes a length off the front.
uint64_t TakeLength(absl::string_view& bytes) {
  uint64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof(number));
  bytes.remove_prefix(sizeof(number));
  return number;
}

absl::Status NotSuch(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not a model that can be used: ", why));
}

// A message about an archive that does not fit becomes one about the file.
absl::Status OfFile(const absl::Status& status, absl::string_view part) {
  if (status.ok()) return status;
  return NotSuch(absl::StrCat(part, ": ", status.message()));
}

}  // namespace

std::string SavedModel::Bytes(ModelHeader header, const Model& model) {
  header.mutable_spec()->clear_dataset();
  header.mutable_spec()->clear_split();
  ArchiveWriter state;
  model.Save(state);
  const std::string head = header.SerializeAsString(), numbers = state.Take();
  std::string bytes(kMagic);
  AppendLength(head.size(), bytes);
  AppendLength(numbers.size(), bytes);
  absl::StrAppend(&bytes, head, numbers);
  bytes += Sha256Of(bytes);
  return bytes;
}

absl::StatusOr<SavedModel> SavedModel::Parse(absl::string_view bytes) {
  constexpr size_t kLeast = 2 * sizeof(uint64_t) + kDigestBytes;
  if (!absl::StartsWith(bytes, kAnyVersion)) return NotSuch("it does not begin like one (`parzen run --model FILE`)");
  if (!absl::StartsWith(bytes, kMagic)) return NotSuch("another version of parzen wrote it");
  if (bytes.size() < kMagic.size() + kLeast) return NotSuch("it is cut off");
  const absl::string_view checked = bytes.substr(0, bytes.size() - kDigestBytes);
  absl::string_view rest = checked.substr(kMagic.size());
  const uint64_t head = TakeLength(rest), state = TakeLength(rest);
  if (head > rest.size() || state != rest.size() - head) return NotSuch("it is cut off, or something follows it");
  if (head > kMostHeaderBytes) return NotSuch("its header is larger than any");
  if (Sha256Of(checked) != bytes.substr(checked.size())) return NotSuch("it is damaged (its checksum does not fit)");
  SavedModel saved;
  if (!saved.header_.ParseFromArray(rest.data(), static_cast<int>(head))) return NotSuch("its header is damaged");
  const TrainSpec& spec = saved.header_.spec();
  if (saved.header_.notes().class_name_size() > kMaxClasses) return NotSuch("it has more classes than there may be");
  absl::StatusOr<FittedTransforms> transforms = FittedTransforms::Load(spec, saved.header_.notes());
  RETURN_IF_ERROR(OfFile(transforms.status(), "the transforms"));
  saved.transforms_ = *std::move(transforms);
  ASSIGN_OR_RETURN(saved.model_, MakeModel(spec));
  ArchiveReader reader(rest.substr(head));
  RETURN_IF_ERROR(OfFile(
      saved.model_->Load(reader, saved.transforms_.features(), saved.header_.notes().class_name_size()), "the model"));
  return saved;
}

absl::Status SavedModel::ApplyTransforms(FeatureMatrix& rows) const {
  if (rows.cols() != header_.notes().input_features()) {
    return absl::InvalidArgumentError(absl::StrCat("the model learned from ", header_.notes().input_features(),
                                                   " features, and these rows have ", rows.cols()));
  }
  RETURN_IF_ERROR(transforms_.Apply(rows));
  return CheckFinite(rows, transforms_.empty() ? "rows" : "rows after the transforms");
}

absl::StatusOr<FeatureMatrix> SavedModel::Predict(FeatureMatrix rows) const {
  RETURN_IF_ERROR(ApplyTransforms(rows));
  FeatureMatrix predictions(rows.rows(), std::max(header_.notes().class_name_size(), 1));
  for (int64_t first = 0; first < rows.rows(); first += kRowsAtATime) {
    const int64_t count = std::min(kRowsAtATime, rows.rows() - first);
    predictions.middleRows(first, count) = model_->Predict(rows.middleRows(first, count));
  }
  return predictions;
}

absl::StatusOr<FeatureMatrix> SavedModel::Reconstruct(FeatureMatrix rows) const {
  if (transforms_.empty()) {
    return absl::InvalidArgumentError(
        "the model sees rows as they are: its study has no transforms, so there is nothing to reconstruct");
  }
  RETURN_IF_ERROR(ApplyTransforms(rows));
  RETURN_IF_ERROR(transforms_.Invert(rows));
  return rows;
}

absl::StatusOr<Model::Decisions> SavedModel::Decide(FeatureMatrix rows) const {
  RETURN_IF_ERROR(ApplyTransforms(rows));
  std::optional<Model::Decisions> decisions = model_->Decide(rows);
  if (decisions.has_value()) return *std::move(decisions);
  return absl::InvalidArgumentError("the model has no decision values; support vector machines have");
}

}  // namespace parzen
