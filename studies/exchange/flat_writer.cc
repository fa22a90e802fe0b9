// The flat format.
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "studies/exchange/csv_cell.h"
#include "studies/exchange/json_pieces.h"
#include "studies/exchange/study_writer.h"
#include "studies/exchange/trial_columns.h"

namespace parzen {
namespace {

// Letters, digits and underscores; numbered where that makes two names one.
class PlainNames {
 public:
  std::string Take(absl::string_view name) {
    std::string plain(name);
    for (char& c : plain) {
      if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) c = '_';
    }
    std::string unique = plain;
    for (int i = 2; !taken_.insert(absl::AsciiStrToLower(unique)).second; ++i) unique = absl::StrCat(plain, "_", i);
    return unique;
  }

 private:
  std::set<std::string> taken_;  // lower case: SQL does not tell cases apart
};

std::string IsoTime(absl::string_view time) {
  return time.empty() ? "" : absl::StrCat(absl::StrReplaceAll(time, {{" ", "T"}}), "Z");
}

std::string Seconds(const TrialRecord& trial) {
  absl::Time started, completed;
  std::string error;
  constexpr char kFormat[] = "%Y-%m-%d %H:%M:%E*S";
  if (!absl::ParseTime(kFormat, trial.started(), &started, &error)) return "";
  if (!absl::ParseTime(kFormat, trial.completed(), &completed, &error)) return "";
  return CsvNumber(absl::ToDoubleSeconds(completed - started));
}

// A value as all values of its column are written.
std::string Cell(unsigned kinds, absl::string_view json) {
  if (json.empty() || json == "null") return "";
  const unsigned types = kinds & ~kNullKind;
  if (types == kFlagKind || types == kWholeKind) return std::string(json);
  if ((types & ~(kWholeKind | kNumberKind)) == 0) {
    const std::string number = NumberOfJson(json);
    return KindOfJson(json) == kWholeKind ? absl::StrCat(number, ".0") : number;
  }
  const std::string text = TextOfJson(json);
  return text.empty() ? QuotedCsvCell(text) : CsvCell(text);
}

class FlatWriter final : public StudyWriter {
 public:
  bool gathers() const override { return true; }
  absl::Status Gather(const TrialRecord& trial) override { return columns_.Gather(trial); }

  void Begin(const StudySummary& study, std::string& out) override {
    PlainNames names;
    std::vector<std::string> header;
    for (const absl::string_view name : {"number", "state", "started", "completed", "seconds", "steps"}) {
      header.push_back(names.Take(name));
    }
    header.pop_back();  // steps stands last: they are long
    const std::vector<std::string> values = ValueColumns(study, "value", "value");
    values_ = values.size();
    for (const std::string& value : values) header.push_back(names.Take(value));
    for (const auto& [name, facts] : columns_.parameters) header.push_back(names.Take(absl::StrCat("param_", name)));
    for (const auto& [name, facts] : columns_.user_attributes) {
      header.push_back(names.Take(absl::StrCat("user_", name)));
    }
    for (const auto& [name, facts] : columns_.system_attributes) {
      header.push_back(names.Take(absl::StrCat("system_", name)));
    }
    absl::StrAppend(&out, absl::StrJoin(header, ","), ",steps\n");
  }

  absl::Status Add(const TrialRecord& trial, std::string& out) override {
    std::string row = absl::StrCat(trial.number(), ",", TrialState_Name(trial.state()), ",", IsoTime(trial.started()),
                                   ",", IsoTime(trial.completed()), ",", Seconds(trial));
    for (size_t i = 0; i < values_; ++i) {
      const bool present = i < static_cast<size_t>(trial.value_size());
      absl::StrAppend(&row, ",", present ? CsvNumber(trial.value(static_cast<int>(i))) : "");
    }
    RETURN_IF_ERROR(AppendCells(columns_.parameters, trial.parameter(), row));
    RETURN_IF_ERROR(AppendCells(columns_.user_attributes, trial.user_attribute(), row));
    RETURN_IF_ERROR(AppendCells(columns_.system_attributes, trial.system_attribute(), row));
    const std::string steps = absl::StrJoin(trial.step(), ", ", [](std::string* text, const StepValue& step) {
      absl::StrAppend(text, "[", step.step(), ", ", EmbedNumber(step.value()), "]");
    });
    absl::StrAppend(&out, row, ",", steps.empty() ? "" : CsvCell(absl::StrCat("[", steps, "]")), "\n");
    return absl::OkStatus();
  }

  void End(std::string&) override {}

 private:
  static absl::Status AppendCells(const ColumnGroup& group, const google::protobuf::RepeatedPtrField<NamedJson>& values,
                                  std::string& row) {
    ASSIGN_OR_RETURN(const std::vector<absl::string_view> cells, ValuesInColumns(group, values));
    size_t i = 0;
    for (const auto& [name, facts] : group) absl::StrAppend(&row, ",", Cell(facts.kinds, cells[i++]));
    return absl::OkStatus();
  }

  TrialColumns columns_;
  size_t values_ = 0;
};

}  // namespace

std::unique_ptr<StudyWriter> MakeFlatWriter() { return std::make_unique<FlatWriter>(); }

}  // namespace parzen
