// Images and labels in MNIST's IDX format: a magic number (two zero bytes, the type of an element, the number of
// dimensions), one big-endian 32-bit size a dimension, then the elements. Only unsigned bytes are read.
#include "worker/datasets/idx.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "worker/datasets/data_file.h"
#include "worker/datasets/dataset_format.h"

namespace parzen {
namespace {

constexpr uint32_t kLabelsMagic = 0x801;
constexpr uint32_t kTableMagic = 0x802;
constexpr uint32_t kImagesMagic = 0x803;

// An array of bytes as it lies in its file.
struct IdxArray {
  std::string path;
  std::string file;
  std::vector<int64_t> shape;  // one to three sizes, none of them 0

  const uint8_t* elements() const { return reinterpret_cast<const uint8_t*>(file.data()) + 4 + 4 * shape.size(); }
  int64_t items() const { return shape[0]; }
  int64_t item_size() const { return shape.size() == 1 ? 1 : shape.size() == 2 ? shape[1] : shape[1] * shape[2]; }
};

enum class Role { kImages, kLabels };

uint32_t BigEndian32(const std::string& bytes, size_t offset) {
  const auto* at = reinterpret_cast<const uint8_t*>(bytes.data()) + offset;
  return uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 | uint32_t{at[3]};
}

absl::Status CheckMagic(const std::string& path, uint32_t magic, Role role) {
  const bool is_labels = magic == kLabelsMagic;
  const bool is_images = magic == kImagesMagic || magic == kTableMagic;
  if (role == Role::kImages ? is_images : is_labels) return absl::OkStatus();
  const bool swapped = is_labels || is_images;
  return absl::InvalidArgumentError(absl::StrFormat(
      "%s: byte 0: IDX magic 0x%08x; %s%s", path, magic,
      role == Role::kImages ? "images need 0x00000803 (or 0x00000802 for a table of bytes)" : "labels need 0x00000801",
      !swapped                ? ""
      : role == Role::kImages ? "; this is a label file: are images and labels swapped?"
                              : "; this is an image file: are images and labels swapped?"));
}

// Checks the sizes that the header claims against the bytes that are there.
absl::Status CheckSizes(const IdxArray& array) {
  const uint64_t present = array.file.size() - 4 - 4 * array.shape.size();
  unsigned __int128 claimed = 1;
  for (const int64_t size : array.shape) claimed *= static_cast<uint64_t>(size);
  const std::string shape = absl::StrJoin(array.shape, " x ");
  if (claimed == 0) {
    return absl::InvalidArgumentError(absl::StrCat(array.path, ": byte 4: the header says ", shape,
                                                   ": the file is empty; it needs at least one item"));
  }
  if (claimed != present)
    return absl::InvalidArgumentError(absl::StrCat(
        array.path, ": byte 4: the header says ", shape, claimed > present ? ", more than the " : ", fewer than the ",
        present, " bytes that follow it; the file is ", claimed > present ? "truncated" : "not the array it says it is",
        " (IDX holds exactly the product of the sizes)"));
  if (array.item_size() > kMaxFeatures) {
    return absl::InvalidArgumentError(absl::StrCat(array.path, ": byte 8: an item of ", shape, " has ",
                                                   array.item_size(), " features; at most ", kMaxFeatures,
                                                   " are read"));
  }
  return absl::OkStatus();
}

absl::StatusOr<IdxArray> ReadIdx(const std::string& path, Role role) {
  IdxArray array;
  array.path = path;
  ASSIGN_OR_RETURN(array.file, ReadDataFile(path));
  if (array.file.size() < 4) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ends at byte ", array.file.size(), ", before its 4-byte IDX magic"));
  }
  const uint32_t magic = BigEndian32(array.file, 0);
  RETURN_IF_ERROR(CheckMagic(path, magic, role));
  const size_t dimensions = magic & 0xff;
  const size_t header = 4 + 4 * dimensions;
  if (array.file.size() < header) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ends at byte ", array.file.size(), ", inside its ", header, "-byte IDX header"));
  }
  for (size_t d = 0; d < dimensions; ++d) array.shape.push_back(BigEndian32(array.file, 4 + 4 * d));
  RETURN_IF_ERROR(CheckSizes(array));
  return array;
}

FeatureMatrix Features(const IdxArray& images) {
  FeatureMatrix features(images.items(), images.item_size());
  std::copy_n(images.elements(), features.size(), features.data());
  return features;
}

// Images with their labels; `images` keeps its shape but gives up its bytes.
absl::StatusOr<LabelledRows> ReadPart(IdxArray& images, const std::string& labels_path) {
  ASSIGN_OR_RETURN(const IdxArray labels, ReadIdx(labels_path, Role::kLabels));
  if (images.items() != labels.items()) {
    return absl::InvalidArgumentError(absl::StrCat(images.path, " holds ", images.items(), " images, but ", labels_path,
                                                   " holds ", labels.items(), " labels; each image needs one label"));
  }
  LabelledRows rows;
  rows.labels.assign(labels.elements(), labels.elements() + labels.items());
  rows.features = Features(images);
  images.file = std::string();
  return rows;
}

absl::Status CheckIdx(const DatasetSpec& spec) {
  const Idx& idx = spec.idx();
  if (idx.test_images().empty() == idx.test_labels().empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("dataset.idx: ",
                                                 idx.test_images().empty() ? "test_labels is given without test_images"
                                                                           : "test_images is given without test_labels",
                                                 "; give both or neither"));
}

absl::StatusOr<Dataset> LoadIdx(const DatasetSpec& spec) {
  const Idx& idx = spec.idx();
  Dataset dataset;
  ASSIGN_OR_RETURN(IdxArray images, ReadIdx(idx.images(), Role::kImages));
  ASSIGN_OR_RETURN(dataset.train, ReadPart(images, idx.labels()));
  if (!idx.test_images().empty()) {
    ASSIGN_OR_RETURN(IdxArray test_images, ReadIdx(idx.test_images(), Role::kImages));
    if (!std::equal(images.shape.begin() + 1, images.shape.end(), test_images.shape.begin() + 1,
                    test_images.shape.end())) {
      return absl::InvalidArgumentError(absl::StrCat(
          test_images.path, " holds ", absl::StrJoin(test_images.shape, " x "), " bytes, but ", images.path, " holds ",
          absl::StrJoin(images.shape, " x "), "; all sizes but the first must be the same"));
    }
    ASSIGN_OR_RETURN(dataset.test, ReadPart(test_images, idx.test_labels()));
  }
  int32_t largest = 0;
  for (const LabelledRows* part : {&dataset.train, &dataset.test}) {
    for (const int32_t label : part->labels) largest = std::max(largest, label);
  }
  for (int32_t label = 0; label <= largest; ++label) dataset.class_names.push_back(absl::StrCat(label));
  if (images.shape.size() == 3) {
    dataset.image_height = static_cast<int>(images.shape[1]);
    dataset.image_width = static_cast<int>(images.shape[2]);
  }
  return dataset;
}

const bool registered =
    Registry<DatasetFormat>::Global().Add("idx", &LoadIdx) && Registry<DatasetCheck>::Global().Add("idx", &CheckIdx);

}  // namespace

absl::StatusOr<FeatureMatrix> ReadIdxImages(const std::string& path) {
  ASSIGN_OR_RETURN(const IdxArray images, ReadIdx(path, Role::kImages));
  return Features(images);
}

}  // namespace parzen
