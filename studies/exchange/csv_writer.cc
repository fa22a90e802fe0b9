// The csv format.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "studies/exchange/csv_cell.h"
#include "studies/exchange/study_writer.h"
#include "studies/exchange/trial_columns.h"

namespace parzen {
namespace {

// As pandas prints a duration: "0 days 00:00:01.500000".
std::string DurationText(const TrialRecord& trial) {
  absl::Time started, completed;
  std::string error;
  constexpr char kFormat[] = "%Y-%m-%d %H:%M:%E*S";
  if (!absl::ParseTime(kFormat, trial.started(), &started, &error)) return "";
  if (!absl::ParseTime(kFormat, trial.completed(), &completed, &error)) return "";
  const int64_t micros = absl::ToInt64Microseconds(completed - started);
  constexpr int64_t kSecond = 1000000, kDay = 86400 * kSecond;
  const int64_t days = micros / kDay - (micros % kDay < 0 ? 1 : 0);  // -1 us is "-1 days +23:59:59.999999"
  const int64_t rest = micros - days * kDay;
  std::string text = absl::StrFormat("%d days %s%02d:%02d:%02d", days, days < 0 ? "+" : "", rest / (3600 * kSecond),
                                     rest / (60 * kSecond) % 60, rest / kSecond % 60);
  if (rest % kSecond != 0) absl::StrAppendFormat(&text, ".%06d", rest % kSecond);
  return text;
}

// Text that would be taken for something else stands in quotes: readers of csv do not care, and `parzen study import`
// then knows.
std::string Cell(absl::string_view json) {
  if (json.empty()) return "";
  switch (KindOfJson(json)) {
    case kFlagKind:
      return json == "true" ? "True" : "False";
    case kNumberKind:
      return NumberOfJson(json);
    case kTextKind: {
      const std::string text = TextOfJson(json);
      return KindOfJson(JsonOfCell(text)) == kTextKind && !text.empty() ? CsvCell(text) : QuotedCsvCell(text);
    }
    default:
      return CsvCell(json);
  }
}

class CsvWriter final : public StudyWriter {
 public:
  bool gathers() const override { return true; }
  absl::Status Gather(const TrialRecord& trial) override { return columns_.Gather(trial); }

  void Begin(const StudySummary& study, std::string& out) override {
    values_ = static_cast<size_t>(study.direction_size());
    out.append("number");
    for (const std::string& name : ValueColumns(study, "value", "values")) absl::StrAppend(&out, ",", CsvCell(name));
    out.append(",datetime_start,datetime_complete,duration");
    AppendNames("params_", columns_.parameters, out);
    AppendNames("user_attrs_", columns_.user_attributes, out);
    AppendNames("system_attrs_", columns_.system_attributes, out);
    out.append(",state\n");
  }

  absl::Status Add(const TrialRecord& trial, std::string& out) override {
    std::string row = absl::StrCat(trial.number());
    for (size_t i = 0; i < values_; ++i) {
      const bool present = i < static_cast<size_t>(trial.value_size());
      absl::StrAppend(&row, ",", present ? CsvNumber(trial.value(static_cast<int>(i))) : "");
    }
    absl::StrAppend(&row, ",", trial.started(), ",", trial.completed(), ",", DurationText(trial));
    RETURN_IF_ERROR(AppendCells(columns_.parameters, trial.parameter(), row));
    RETURN_IF_ERROR(AppendCells(columns_.user_attributes, trial.user_attribute(), row));
    RETURN_IF_ERROR(AppendCells(columns_.system_attributes, trial.system_attribute(), row));
    absl::StrAppend(&out, row, ",", TrialState_Name(trial.state()), "\n");
    return absl::OkStatus();
  }

  void End(std::string&) override {}

 private:
  static void AppendNames(absl::string_view prefix, const ColumnGroup& group, std::string& out) {
    for (const auto& [name, facts] : group) absl::StrAppend(&out, ",", CsvCell(absl::StrCat(prefix, name)));
  }
  static absl::Status AppendCells(const ColumnGroup& group, const google::protobuf::RepeatedPtrField<NamedJson>& values,
                                  std::string& row) {
    ASSIGN_OR_RETURN(const std::vector<absl::string_view> cells, ValuesInColumns(group, values));
    for (const absl::string_view cell : cells) absl::StrAppend(&row, ",", Cell(cell));
    return absl::OkStatus();
  }

  TrialColumns columns_;
  size_t values_ = 0;
};

}  // namespace

std::unique_ptr<StudyWriter> MakeCsvWriter() { return std::make_unique<CsvWriter>(); }

}  // namespace parzen
