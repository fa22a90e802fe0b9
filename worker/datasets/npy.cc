// Arrays of NumPy, with a class for each row.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "worker/datasets/data_file.h"
#include "worker/datasets/dataset_format.h"
#include "worker/datasets/npy_array.h"

namespace parzen {
namespace {

constexpr double kLargestClass = 1e15;  // whole numbers up to it are what they say

// The class of each row: a whole number, or, with names, its place among them.
struct Labels {
  std::vector<int64_t> values;
  std::vector<std::string> names;
};

absl::StatusOr<Labels> LabelsOfDocument(const std::string& path, const std::string& bytes) {
  const auto wrong = [&](absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", why, "; classes are an array of numpy.save, or what stands beside kept activations: ",
                     "{\"class_name\": [...], \"label\": [...]}"));
  };
  const auto json = nlohmann::json::parse(bytes, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return wrong("neither an array nor a document");
  Labels labels;
  const auto names = json.find("class_name"), values = json.find("label");
  if (names == json.end() || values == json.end() || !names->is_array() || !values->is_array()) {
    return wrong("a document without class_name and label");
  }
  if (names->size() > static_cast<size_t>(kMaxClasses)) return wrong("more classes than there may be");
  for (const auto& name : *names) {
    if (!name.is_string()) return wrong("a class_name that is no text");
    labels.names.push_back(name.get<std::string>());
  }
  for (const auto& value : *values) {
    if (!value.is_number_unsigned() || value.get<uint64_t>() >= labels.names.size()) {
      return wrong(absl::StrCat("label ", labels.values.size(), " is no place among the class names"));
    }
    labels.values.push_back(value.get<int64_t>());
  }
  return labels;
}

absl::StatusOr<Labels> ReadLabels(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadDataFile(path));
  if (!absl::StartsWith(bytes, "\x93NUMPY")) return LabelsOfDocument(path, bytes);
  ASSIGN_OR_RETURN(const NpyArray array, ReadNpy(path));
  if (array.item_size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is ", absl::StrJoin(array.shape, " x "), ": classes are one whole number a row"));
  }
  Labels labels;
  for (int64_t i = 0; i < array.items(); ++i) {
    const double value = array.At(i);
    if (!(std::abs(value) <= kLargestClass) || value != std::floor(value)) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": number ", i, " is ", value, ": classes are whole numbers"));
    }
    labels.values.push_back(static_cast<int64_t>(value));
  }
  return labels;
}

struct Part {
  LabelledRows rows;
  std::vector<int64_t> shape;
  Labels labels;
};

absl::StatusOr<Part> ReadPart(const std::string& path, const std::string& labels_path) {
  ASSIGN_OR_RETURN(const NpyArray array, ReadNpy(path));
  Part part;
  ASSIGN_OR_RETURN(part.labels, ReadLabels(labels_path));
  if (static_cast<int64_t>(part.labels.values.size()) != array.items()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " holds ", array.items(), " rows, but ", labels_path,
                                                   " holds ", part.labels.values.size(),
                                                   " labels; each row needs one label"));
  }
  part.shape = array.shape;
  part.rows.features.resize(array.items(), array.item_size());
  for (int64_t i = 0; i < part.rows.features.size(); ++i) {
    const auto number = static_cast<float>(array.At(i));
    if (!std::isfinite(number)) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": row ", i / array.item_size(), ", number ",
                                                     i % array.item_size(), " is ", array.At(i),
                                                     ", which no float32 is that models can learn from"));
    }
    part.rows.features.data()[i] = number;
  }
  return part;
}

// Numbers become the places of their classes, which are named by them in ascending order.
absl::Status NameClasses(std::vector<Part*> parts, const std::string& path, Dataset& dataset) {
  std::map<int64_t, int32_t> places;
  if (parts[0]->labels.names.empty()) {
    for (const int64_t value : parts[0]->labels.values) places.emplace(value, 0);
    for (auto& [value, place] : places) {
      place = static_cast<int32_t>(dataset.class_names.size());
      dataset.class_names.push_back(absl::StrCat(value));
    }
  } else {
    dataset.class_names = parts[0]->labels.names;
    for (size_t i = 0; i < dataset.class_names.size(); ++i) places.emplace(i, static_cast<int32_t>(i));
  }
  if (static_cast<int64_t>(dataset.class_names.size()) > kMaxClasses) {
    return absl::InvalidArgumentError(absl::StrCat(path, " has ", dataset.class_names.size(), " classes; at most ",
                                                   kMaxClasses, " are read: are these numbers to predict?"));
  }
  for (Part* part : parts) {
    if (part->labels.names != parts[0]->labels.names) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": the test rows' classes have other names than the training rows'"));
    }
    for (const int64_t value : part->labels.values) {
      const auto found = places.find(value);
      if (found == places.end()) {
        return absl::InvalidArgumentError(
            absl::StrCat(path, ": the class ", value, " of a test row does not occur in the training rows"));
      }
      part->rows.labels.push_back(found->second);
    }
  }
  return absl::OkStatus();
}

absl::Status CheckNpy(const DatasetSpec& spec) {
  const Npy& npy = spec.npy();
  if (npy.test_file().empty() == npy.test_labels().empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "dataset.npy: ",
      npy.test_file().empty() ? "test_labels is given without test_file" : "test_file is given without test_labels",
      "; give both or neither"));
}

absl::StatusOr<Dataset> LoadNpy(const DatasetSpec& spec) {
  const Npy& npy = spec.npy();
  ASSIGN_OR_RETURN(Part train, ReadPart(npy.file(), npy.labels()));
  Part test;
  std::vector<Part*> parts = {&train};
  if (!npy.test_file().empty()) {
    ASSIGN_OR_RETURN(test, ReadPart(npy.test_file(), npy.test_labels()));
    if (!std::equal(train.shape.begin() + 1, train.shape.end(), test.shape.begin() + 1, test.shape.end())) {
      return absl::InvalidArgumentError(
          absl::StrCat(npy.test_file(), " holds ", absl::StrJoin(test.shape, " x "), " numbers, but ", npy.file(),
                       " holds ", absl::StrJoin(train.shape, " x "), "; all sizes but the first must be the same"));
    }
    parts.push_back(&test);
  }
  Dataset dataset;
  RETURN_IF_ERROR(NameClasses(parts, npy.labels(), dataset));
  dataset.train = std::move(train.rows);
  dataset.test = std::move(test.rows);
  if (train.shape.size() == 3) {
    dataset.image_height = static_cast<int>(train.shape[1]);
    dataset.image_width = static_cast<int>(train.shape[2]);
  }
  return dataset;
}

const bool registered =
    Registry<DatasetFormat>::Global().Add("npy", &LoadNpy) && Registry<DatasetCheck>::Global().Add("npy", &CheckNpy);

}  // namespace
}  // namespace parzen
