// Tables of numbers with a column of classes.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "worker/datasets/csv_table.h"
#include "worker/datasets/dataset_format.h"

namespace parzen {
namespace {

// The classes of a label column: sorted by number when all labels are whole numbers ("07" is then the class 7), else by
// their bytes.
class ClassIndex {
 public:
  explicit ClassIndex(const std::vector<CsvLabel>& labels) {
    numeric_ =
        std::all_of(labels.begin(), labels.end(), [](const CsvLabel& label) { return Number(label).has_value(); });
    std::map<std::pair<int64_t, std::string>, int32_t> sorted;
    for (const CsvLabel& label : labels) sorted.emplace(Key(label), 0);
    for (const auto& [key, unused] : sorted) {
      index_.emplace(key.second, static_cast<int32_t>(names_.size()));
      names_.push_back(key.second);
    }
  }

  const std::vector<std::string>& names() const { return names_; }

  std::optional<int32_t> Find(const CsvLabel& label) const {
    const auto found = index_.find(Key(label).second);
    return found == index_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  static std::optional<int64_t> Number(const CsvLabel& label) {
    int64_t number = 0;
    return absl::SimpleAtoi(label.text, &number) ? std::optional(number) : std::nullopt;
  }

  // Sorts as the class does; the second part is its name.
  std::pair<int64_t, std::string> Key(const CsvLabel& label) const {
    const std::optional<int64_t> number = numeric_ ? Number(label) : std::nullopt;
    return number.has_value() ? std::pair(*number, absl::StrCat(*number)) : std::pair(int64_t{0}, label.text);
  }

  bool numeric_;
  std::vector<std::string> names_;
  absl::flat_hash_map<std::string, int32_t> index_;
};

// A phrase for an error: the closest class, or all of them when they are few.
std::string Suggestion(absl::string_view label, const std::vector<std::string>& classes) {
  constexpr size_t kFew = 30;
  return classes.size() <= kFew || !ClosestName(label, classes).empty() ? SuggestName(label, classes) : "";
}

// The table's rows with the classes' numbers for labels.
absl::StatusOr<LabelledRows> WithClasses(CsvTable table, const ClassIndex& classes, const std::string& path) {
  std::vector<int32_t> class_of;
  for (const CsvLabel& label : table.label_values) {
    const std::optional<int32_t> found = classes.Find(label);
    if (!found.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", label.line, ": the label \"", absl::CEscape(label.text),
                                                     "\" does not occur in the training rows",
                                                     Suggestion(label.text, classes.names())));
    }
    class_of.push_back(*found);
  }
  for (int32_t& label : table.labels) label = class_of[label];
  return LabelledRows{std::move(table.features), std::move(table.labels), {}};
}

// The side of the square image that columns pixel1, pixel2, ... (or from pixel0) are; 0 when they are something else.
int SquareSide(const std::vector<std::string>& columns) {
  const size_t first = columns[0] == "pixel0" ? 0 : 1;
  for (size_t c = 0; c < columns.size(); ++c) {
    if (columns[c] != absl::StrCat("pixel", c + first)) return 0;
  }
  const int side = static_cast<int>(std::lround(std::sqrt(static_cast<double>(columns.size()))));
  return static_cast<size_t>(side) * static_cast<size_t>(side) == columns.size() ? side : 0;
}

absl::Status CheckCsv(const DatasetSpec& spec) {
  if (!spec.csv().has_target()) return absl::OkStatus();
  if (spec.csv().has_label()) {
    return absl::InvalidArgumentError(absl::StrCat("dataset.csv.target: \"", spec.csv().target(),
                                                   "\" is a number to predict, and label names the ", "class \"",
                                                   spec.csv().label(), "\"; leave one of both out"));
  }
  if (spec.keep_class_size() == 0 && !spec.has_sum_of_two()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("dataset.", spec.has_sum_of_two() ? "sum_of_two" : "keep_class",
                                                 ": with csv.target the data has a number to predict, and no classes"));
}

absl::StatusOr<Dataset> LoadCsv(const DatasetSpec& spec) {
  const Csv& csv = spec.csv();
  CsvLayout layout;
  layout.numeric = csv.has_target();
  layout.label = layout.numeric ? csv.target() : csv.label();
  layout.keep_missing = csv.missing() == Csv::KEEP_MISSING;
  layout.keep_text = csv.text() == Csv::ONE_HOT;
  ASSIGN_OR_RETURN(CsvTable train, ReadCsvTable(csv.file(), layout));
  layout.columns = train.columns;
  layout.values = train.values;
  const ClassIndex classes(train.label_values);
  RETURN_IF_ERROR(SplitText(csv.file(), train));
  Dataset dataset;
  for (size_t c = 0; c < layout.columns->size(); ++c) {
    dataset.columns.push_back({(*layout.columns)[c], layout.values[c]});
  }
  dataset.class_names = classes.names();
  dataset.image_height = dataset.image_width = SquareSide(train.columns);
  const auto rows = [&](CsvTable table, const std::string& path) -> absl::StatusOr<LabelledRows> {
    if (!layout.numeric) return WithClasses(std::move(table), classes, path);
    return LabelledRows{std::move(table.features), std::move(table.labels), std::move(table.targets)};
  };
  ASSIGN_OR_RETURN(dataset.train, rows(std::move(train), csv.file()));
  if (!csv.test_file().empty()) {
    ASSIGN_OR_RETURN(CsvTable test, ReadCsvTable(csv.test_file(), layout));
    RETURN_IF_ERROR(SplitText(csv.test_file(), test));
    ASSIGN_OR_RETURN(dataset.test, rows(std::move(test), csv.test_file()));
  }
  return dataset;
}

const bool registered =
    Registry<DatasetFormat>::Global().Add("csv", &LoadCsv) && Registry<DatasetCheck>::Global().Add("csv", &CheckCsv);

}  // namespace
}  // namespace parzen
