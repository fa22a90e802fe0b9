#include "worker/datasets/csv_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "worker/datasets/csv_scanner.h"
#include "worker/datasets/data_file.h"

namespace parzen {
namespace {

constexpr size_t kMaxLabelBytes = 200;
// Most different values of a feature column of text.
constexpr size_t kMaxCsvValues = 1000;

// A few bytes of the file, safe to print.
std::string Excerpt(absl::string_view text) {
  constexpr size_t kLongest = 40;
  return absl::StrCat("\"", absl::CEscape(text.substr(0, kLongest)), text.size() > kLongest ? "...\"" : "\"");
}

std::string SomeOf(const std::vector<std::string>& names) {
  constexpr size_t kShown = 8;
  const size_t shown = std::min(kShown, names.size());
  return absl::StrCat(absl::StrJoin(absl::MakeConstSpan(names).first(shown), ", "),
                      shown < names.size() ? absl::StrCat(", ... (", names.size(), " in all)") : "");
}

// False unless `text` is a finite decimal number that a float can hold. Blanks around it do not count.
bool ParseNumber(absl::string_view text, float& number) {
  constexpr size_t kExactDigits = 7;  // all such whole numbers are floats
  if (!text.empty() && text.size() <= kExactDigits && std::all_of(text.begin(), text.end(), absl::ascii_isdigit)) {
    int value = 0;
    for (const char digit : text) value = 10 * value + (digit - '0');
    number = static_cast<float>(value);
    return true;
  }
  const bool is_hexadecimal = text.find_first_of("xX") != absl::string_view::npos;
  return !is_hexadecimal && absl::SimpleAtof(text, &number) && std::isfinite(number);
}

bool IsMissing(absl::string_view text) { return text.empty() || text == "NA" || absl::EqualsIgnoreCase(text, "nan"); }

class CsvTableReader {
 public:
  CsvTableReader(const std::string& path, absl::string_view text, const CsvLayout& layout)
      : path_(path), text_(text), layout_(layout), scanner_(text) {}

  absl::StatusOr<CsvTable> Read() {
    RETURN_IF_ERROR(ReadHeader());
    RETURN_IF_ERROR(PlaceColumns());
    table_.values = layout_.values;
    table_.values.resize(table_.columns.size());
    if (layout_.keep_text && !layout_.columns.has_value()) RETURN_IF_ERROR(FindText());
    index_of_value_.resize(table_.values.size());
    for (size_t c = 0; c < table_.values.size(); ++c) {
      for (const std::string& value : table_.values[c]) {
        index_of_value_[c].emplace(value, static_cast<float>(index_of_value_[c].size()));
      }
    }
    if (scanner_.AtEnd()) return At(line_ + 1, "no rows follow the header; at least one is needed");
    table_.features.resize(RowBound(), static_cast<Eigen::Index>(table_.columns.size()));
    int64_t rows = 0;
    for (; !scanner_.AtEnd(); ++rows) RETURN_IF_ERROR(ReadRow(table_.features.row(rows).data()));
    table_.features.conservativeResize(rows, Eigen::NoChange);
    return std::move(table_);
  }

 private:
  static constexpr int kIsLabel = -1, kIsIgnored = -2;

  template <typename... Parts>
  absl::Status At(int64_t line, const Parts&... parts) const {
    return absl::InvalidArgumentError(absl::StrCat(path_, ":", line, ": ", parts...));
  }

  absl::Status ReadHeader() {
    if (scanner_.AtEnd()) return At(1, "the file is empty; it needs a header line and at least one row");
    absl::flat_hash_map<std::string, size_t> seen;
    CsvField field;
    do {
      if (absl::Status status = scanner_.Next(field); !status.ok()) return At(line_, status.message());
      std::string name(absl::StripAsciiWhitespace(field.value()));
      if (name.empty()) return At(line_, "column ", header_.size() + 1, " has no name; name it or remove it");
      const auto [first, is_new] = seen.emplace(name, header_.size() + 1);
      if (!is_new) {
        return At(line_, "columns ", first->second, " and ", header_.size() + 1, " are both named ", Excerpt(name),
                  "; names must differ");
      }
      if (header_.size() > static_cast<size_t>(kMaxFeatures)) {
        return At(line_, "has more than ", kMaxFeatures + 1, " columns, the most that are read");
      }
      header_.push_back(std::move(name));
    } while (!field.ends_record);
    return absl::OkStatus();
  }

  // Fills target_: where each column of the file goes.
  absl::Status PlaceColumns() {
    target_.assign(header_.size(), kIsIgnored);
    if (!layout_.label.has_value()) return PlaceAs(*layout_.columns, -1);
    const std::string& name = *layout_.label;
    const auto label = std::find(header_.begin(), header_.end(), name);
    if (label == header_.end()) {
      const std::string closest = ClosestName(name, header_);
      return At(line_, "there is no ", layout_.numeric ? "target" : "label", " column ", Excerpt(name),
                closest.empty() ? absl::StrCat("; columns: ", SomeOf(header_))
                                : absl::StrCat("; did you mean ", Excerpt(closest), "?"));
    }
    if (header_.size() == 1) return At(line_, "there is no column but the label; at least one feature is needed");
    target_[static_cast<size_t>(label - header_.begin())] = kIsLabel;
    if (layout_.columns.has_value()) return PlaceAs(*layout_.columns, label - header_.begin());
    for (size_t c = 0; c < header_.size(); ++c) {
      if (header_.begin() + static_cast<int64_t>(c) == label) continue;
      target_[c] = static_cast<int>(table_.columns.size());
      table_.columns.push_back(header_[c]);
    }
    return absl::OkStatus();
  }

  absl::Status PlaceAs(const std::vector<std::string>& columns, int64_t label) {
    absl::flat_hash_map<absl::string_view, int> wanted;
    for (const std::string& name : columns) wanted.emplace(name, static_cast<int>(wanted.size()));
    for (size_t c = 0; c < header_.size(); ++c) {
      if (static_cast<int64_t>(c) == label) continue;
      const auto found = wanted.find(header_[c]);
      if (found == wanted.end()) {
        if (!layout_.label.has_value()) continue;
        return At(line_, "column ", Excerpt(header_[c]), " is not in the training file; both need the same columns");
      }
      target_[c] = found->second;
      wanted.erase(found);
    }
    for (const std::string& name : columns) {
      if (!wanted.contains(name)) continue;
      return At(line_, "column ", Excerpt(name), " of the training file is missing; both need the same columns");
    }
    table_.columns = columns;
    return absl::OkStatus();
  }

  // Reads the rows once for the values of the columns that do not hold numbers.
  absl::Status FindText() {
    std::vector<std::set<std::string>> seen(table_.columns.size());
    std::vector<bool> is_text(table_.columns.size());
    CsvScanner ahead = scanner_;
    CsvField field;
    for (int pass = 0; pass < 2; ++pass, ahead = scanner_) {  // first which columns, then their values
      while (!ahead.AtEnd()) {
        size_t column = 0;
        do {
          if (!ahead.Next(field).ok()) return absl::OkStatus();  // said when the rows are read
          const int target = column < target_.size() ? target_[column] : kIsLabel;
          ++column;
          if (target < 0) continue;
          const std::string value(absl::StripAsciiWhitespace(field.value()));
          float number = 0;
          if (IsMissing(value)) continue;
          if (pass == 0 && !ParseNumber(field.text, number)) is_text[target] = true;
          if (pass == 1 && is_text[target]) seen[target].insert(value);
          if (seen[target].size() > kMaxCsvValues) {
            return At(1, "column ", Excerpt(table_.columns[target]), " has more than ", kMaxCsvValues,
                      " different texts; remove it, or group them");
          }
        } while (!field.ends_record);
      }
    }
    for (size_t c = 0; c < seen.size(); ++c) table_.values[c].assign(seen[c].begin(), seen[c].end());
    return absl::OkStatus();
  }

  // No file of these bytes has more good rows: each has a line, and two bytes a cell but for the last line's end. One
  // more, for a bad row to be read into.
  int64_t RowBound() const {
    const int64_t lines = std::count(text_.begin(), text_.end(), '\n') + 1;
    return std::min(lines, static_cast<int64_t>((text_.size() + 1) / (2 * header_.size()))) + 1;
  }

  // A wrong number of fields explains a bad cell, so it is reported first.
  absl::Status ReadRow(float* features) {
    line_ = scanner_.line();
    absl::Status bad_cell;
    CsvField field;
    size_t found = 0;
    do {
      if (absl::Status status = scanner_.Next(field); !status.ok()) return At(line_, status.message());
      if (found < header_.size() && bad_cell.ok()) bad_cell = ReadCell(field, found, features);
      ++found;
    } while (!field.ends_record);
    if (found == header_.size()) return bad_cell;
    return At(line_, "found ", found, " fields, expected ", header_.size(), " as in the header",
              found == 1 ? " (is the line blank, or not comma-separated?)" : "");
  }

  absl::Status ReadCell(const CsvField& field, size_t column, float* features) {
    const int target = target_[column];
    if (target == kIsIgnored) return absl::OkStatus();
    if (target == kIsLabel) return layout_.numeric ? ReadTarget(field) : ReadLabel(field);
    float& feature = features[target];
    const auto& values = index_of_value_[static_cast<size_t>(target)];
    const absl::string_view text = absl::StripAsciiWhitespace(field.text);
    if (layout_.keep_missing && IsMissing(text)) {
      feature = std::numeric_limits<float>::quiet_NaN();
      return absl::OkStatus();
    }
    if (!values.empty() && !IsMissing(text)) {
      const auto found = values.find(std::string(absl::StripAsciiWhitespace(field.value())));
      feature = found == values.end() ? std::numeric_limits<float>::quiet_NaN() : found->second;
      return absl::OkStatus();
    }
    if (values.empty() && ParseNumber(field.text, feature)) return absl::OkStatus();
    return At(line_, "column ", Excerpt(header_[column]), ": ", text.empty() ? "the cell is empty" : Excerpt(text),
              text.empty() ? "; a number is needed (csv { missing: KEEP_MISSING } and transform { impute {} } fill it)"
                           : " is not a finite number of 32 bits, which is needed here");
  }

  absl::Status ReadTarget(const CsvField& field) {
    float number = 0;
    if (!ParseNumber(field.text, number)) {
      return At(line_, "the target ", Excerpt(absl::StripAsciiWhitespace(field.text)),
                " is not a finite number of 32 bits; each row needs one");
    }
    table_.targets.push_back(number);
    table_.labels.push_back(0);
    return absl::OkStatus();
  }

  absl::Status ReadLabel(const CsvField& field) {
    absl::string_view text = absl::StripAsciiWhitespace(field.text);
    std::string unquoted;
    if (field.has_quote_pairs) {
      unquoted = field.value();
      text = absl::StripAsciiWhitespace(unquoted);
    }
    const auto known = label_index_.find(text);
    if (known != label_index_.end()) {
      table_.labels.push_back(known->second);
      return absl::OkStatus();
    }
    if (text.empty()) return At(line_, "the label is empty; each row needs one");
    if (text.size() > kMaxLabelBytes) {
      return At(line_, "the label ", Excerpt(text), " has ", text.size(), " bytes; at most ", kMaxLabelBytes,
                " are read");
    }
    if (static_cast<int64_t>(table_.label_values.size()) == kMaxClasses) {
      return At(line_, "the label column has more than ", kMaxClasses,
                " different values; it must be a column of classes");
    }
    const int32_t index = static_cast<int32_t>(table_.label_values.size());
    table_.label_values.push_back({std::string(text), line_});
    label_index_.emplace(std::string(text), index);
    table_.labels.push_back(index);
    return absl::OkStatus();
  }

  const std::string& path_;
  const absl::string_view text_;
  const CsvLayout& layout_;
  CsvScanner scanner_;
  int64_t line_ = 1;  // of the record being read
  std::vector<std::string> header_;
  std::vector<int> target_;  // a column of the file -> a feature, kIsLabel or kIsIgnored
  absl::flat_hash_map<std::string, int32_t> label_index_;
  std::vector<absl::flat_hash_map<std::string, float>> index_of_value_;  // by feature
  CsvTable table_;
};

}  // namespace

absl::StatusOr<CsvTable> ReadCsvTable(const std::string& path, const CsvLayout& layout) {
  ASSIGN_OR_RETURN(const std::string text, ReadDataFile(path));
  return CsvTableReader(path, text, layout).Read();
}

}  // namespace parzen
