#include <cmath>
#include <map>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "studies/exchange/csv_cell.h"
#include "studies/exchange/csv_inference.h"
#include "studies/exchange/csv_stream.h"
#include "studies/exchange/study_csv.h"
#include "studies/store/stored_value.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

enum class Role { kIgnored, kNumber, kState, kValue, kStarted, kCompleted, kParameter, kUser, kSystem };

struct Column {
  std::string header;
  Role role = Role::kIgnored;
  std::string name;  // of the parameter, attribute or metric
};

// nullopt for a column that is none of a csv of trials.
std::optional<Column> ReadHeader(const std::string& header) {
  static const std::map<std::string, Role>& fixed = *new std::map<std::string, Role>{
      {"number", Role::kNumber},
      {"state", Role::kState},
      {"value", Role::kValue},
      {"datetime_start", Role::kStarted},
      {"datetime_complete", Role::kCompleted},
      {"duration", Role::kIgnored},
      {"trial_id", Role::kIgnored},
      {"", Role::kIgnored},  // pandas' index
  };
  const auto known = fixed.find(header);
  if (known != fixed.end()) return Column{header, known->second, ""};
  absl::string_view name = header;
  if (absl::ConsumePrefix(&name, "params_")) return Column{header, Role::kParameter, std::string(name)};
  if (absl::ConsumePrefix(&name, "user_attrs_")) return Column{header, Role::kUser, std::string(name)};
  if (absl::ConsumePrefix(&name, "system_attrs_")) return Column{header, Role::kSystem, std::string(name)};
  if (absl::ConsumePrefix(&name, "values_")) return Column{header, Role::kValue, std::string(name)};
  return std::nullopt;
}

// "" stays so.
absl::StatusOr<std::string> ReadTime(const std::string& text) {
  if (text.empty()) return text;
  absl::Time time;
  std::string error;
  for (const char* const format : {"%Y-%m-%d %H:%M:%E*S", "%Y-%m-%dT%H:%M:%E*SZ"}) {
    if (absl::ParseTime(format, text, &time, &error)) return ToDateTime(time);
  }
  return absl::InvalidArgumentError("must be a time in UTC, such as 2026-11-20 09:25:12.786007");
}

std::string Shown(absl::string_view text) {
  constexpr size_t kShownBytes = 60;
  return absl::StrCat("\"", text.substr(0, kShownBytes), text.size() > kShownBytes ? "...\"" : "\"");
}

class CsvStudyParts final : public StudyParts {
 public:
  CsvStudyParts(std::istream& in, const std::string& file, const CsvStudy& study)
      : in_(in), file_(file), study_(study), stream_(std::make_unique<CsvStream>(in, file)) {}

  // The first time through the file.
  absl::Status Scan() {
    RETURN_IF_ERROR(ReadColumns());
    TrialRecord trial;
    while (true) {
      ASSIGN_OR_RETURN(const bool another, ReadTrial(trial));
      if (!another) break;
      for (const NamedJson& parameter : trial.parameter()) {
        const absl::Status status = inferred_[parameter.name()].Observe(parameter.json());
        if (!status.ok()) {
          return stream_->Wrong(absl::StrCat("column \"params_", parameter.name(), "\": ", status.message()));
        }
      }
    }
    for (const auto& [name, parameter] : inferred_) {
      distributions_[name] = DistributionToJson(parameter.Infer());
      notes_.push_back(absl::StrCat("parameter \"", name, "\": ", parameter.Describe()));
    }
    in_.clear();
    in_.seekg(0);
    stream_ = std::make_unique<CsvStream>(in_, file_);
    next_number_ = 0;
    return ReadColumns();
  }

  absl::StatusOr<bool> Next(ImportStudyRequest& part) override {
    part.Clear();
    if (!begun_) {
      begun_ = true;
      FillStudy(*part.mutable_study());
      return true;
    }
    TrialRecord& trial = *part.mutable_trial();
    ASSIGN_OR_RETURN(const bool another, ReadTrial(trial));
    if (!another) return false;
    for (const NamedJson& parameter : trial.parameter()) trial.add_distribution(distributions_[parameter.name()]);
    return true;
  }

 private:
  absl::Status ReadColumns() {
    std::vector<CsvField> header;
    ASSIGN_OR_RETURN(const bool any, stream_->Next(header));
    if (!any) return absl::InvalidArgumentError(absl::StrCat(file_, ": is empty; the first line must name columns"));
    columns_.clear();
    metrics_.clear();
    std::map<std::string, int> times;
    for (CsvField& field : header) {
      if (columns_.empty()) field.text = std::string(absl::StripPrefix(field.text, "\xef\xbb\xbf"));
      std::optional<Column> column = ReadHeader(field.text);
      if (!column.has_value()) return stream_->Wrong(DescribeUnknown(field.text));
      if (!field.text.empty() && ++times[field.text] > 1) {
        return stream_->Wrong(absl::StrCat("two columns are called ", Shown(field.text)));
      }
      if (column->role == Role::kValue) metrics_.push_back(column->name);
      columns_.push_back(*std::move(column));
    }
    for (const char* const needed : {"number", "state"}) {
      if (times[needed] == 0) return stream_->Wrong(absl::StrCat("there is no column \"", needed, "\""));
    }
    if (metrics_.size() == study_.directions.size()) return absl::OkStatus();
    return stream_->Wrong(absl::StrCat("there are ", metrics_.size(),
                                       " columns of values (\"value\", \"values_...\") and ", study_.directions.size(),
                                       " directions; give --direction once for each, in their order"));
  }

  static std::string DescribeUnknown(const std::string& header) {
    if (header == "started" || absl::StartsWith(header, "param_")) {
      return absl::StrCat("column ", Shown(header), " is one of a flat export, which does not keep everything; ",
                          "import a csv or json export");
    }
    return absl::StrCat("column ", Shown(header), " is none of number, state, value, values_..., datetime_start, ",
                        "datetime_complete, duration, params_..., user_attrs_..., system_attrs_...");
  }

  void FillStudy(StudySummary& study) const {
    study.set_name(study_.name);
    for (const Direction direction : study_.directions) study.add_direction(direction);
    bool named = false;
    for (size_t i = 0; i < metrics_.size(); ++i) {
      named = named || (!metrics_[i].empty() && metrics_[i] != absl::StrCat(i));
    }
    for (size_t i = 0; named && i < metrics_.size(); ++i) study.add_metric(metrics_[i]);
  }

  // False at the end.
  absl::StatusOr<bool> ReadTrial(TrialRecord& trial) {
    trial.Clear();
    ASSIGN_OR_RETURN(const bool another, stream_->Next(row_));
    if (!another) return false;
    if (row_.size() != columns_.size()) {
      return stream_->Wrong(absl::StrCat(row_.size(), " cells where there are ", columns_.size(), " columns"));
    }
    bool quotes_mean_text = true;
    for (size_t i = 0; i < row_.size(); ++i) {
      if (columns_[i].role == Role::kNumber && row_[i].quoted) quotes_mean_text = false;
    }
    trial.set_number(-1);
    for (size_t i = 0; i < row_.size(); ++i) {
      const absl::Status status = ReadCell(columns_[i], row_[i], row_[i].quoted && quotes_mean_text, trial);
      if (!status.ok()) {
        return stream_->Wrong(
            absl::StrCat("column ", Shown(columns_[i].header), ": ", status.message(), ", is ", Shown(row_[i].text)));
      }
    }
    RETURN_IF_ERROR(CheckTrial(trial));
    ++next_number_;
    return true;
  }

  absl::Status CheckTrial(TrialRecord& trial) const {
    if (trial.number() != next_number_) {
      return stream_->Wrong(absl::StrCat("column \"number\": must be ", next_number_, ", is ", trial.number(),
                                         ": trials come by number, from 0 without gaps"));
    }
    if (trial.state() == FAIL || !IsFinal(trial.state())) trial.clear_value();
    const size_t values = static_cast<size_t>(trial.value_size());
    const bool may_be_absent = trial.state() != COMPLETE && values == 0;
    if (may_be_absent || values == metrics_.size()) return absl::OkStatus();
    return stream_->Wrong(absl::StrCat("a trial that is ", TrialStateName(trial.state()), " has ", values,
                                       " values where there are ", metrics_.size(), " objectives"));
  }

  static absl::Status ReadCell(const Column& column, const CsvField& field, bool is_text, TrialRecord& trial) {
    const std::string& text = field.text;
    switch (column.role) {
      case Role::kIgnored:
        return absl::OkStatus();
      case Role::kNumber: {
        int64_t number = 0;
        if (!absl::SimpleAtoi(text, &number)) return absl::InvalidArgumentError("must be a whole number");
        trial.set_number(number);
        return absl::OkStatus();
      }
      case Role::kState: {
        const absl::StatusOr<TrialState> state = ParseTrialState(text);
        if (!state.ok()) return absl::InvalidArgumentError("must be COMPLETE, PRUNED, FAIL, RUNNING or WAITING");
        trial.set_state(*state);
        return absl::OkStatus();
      }
      case Role::kValue: {
        double value = 0;
        if (text.empty()) return absl::OkStatus();
        if (!absl::SimpleAtod(text, &value) || std::isnan(value)) {
          return absl::InvalidArgumentError("must be a number, inf or -inf");
        }
        trial.add_value(value);
        return absl::OkStatus();
      }
      case Role::kStarted: {
        ASSIGN_OR_RETURN(*trial.mutable_started(), ReadTime(text));
        return absl::OkStatus();
      }
      case Role::kCompleted: {
        ASSIGN_OR_RETURN(*trial.mutable_completed(), ReadTime(text));
        return absl::OkStatus();
      }
      case Role::kParameter:
        return ReadNamed(column, text, is_text, /*nested=*/false, *trial.mutable_parameter());
      case Role::kUser:
        return ReadNamed(column, text, is_text, /*nested=*/true, *trial.mutable_user_attribute());
      case Role::kSystem:
        return ReadNamed(column, text, is_text, /*nested=*/true, *trial.mutable_system_attribute());
    }
    return absl::OkStatus();
  }

  // `nested`: lists and objects are read as such.
  static absl::Status ReadNamed(const Column& column, const std::string& text, bool is_text, bool nested,
                                google::protobuf::RepeatedPtrField<NamedJson>& values) {
    if (text.empty() && !is_text) return absl::OkStatus();
    std::string json = JsonOfCell(text);
    const bool is_nested = KindOfJson(json) == kNestedKind;
    // Lists and objects hold commas, so their quotes say nothing.
    if (is_nested ? !nested : is_text) json = JsonString(text);
    NamedJson& value = *values.Add();
    value.set_name(column.name);
    value.set_json(json);
    return absl::OkStatus();
  }

  std::istream& in_;
  const std::string file_;
  const CsvStudy study_;
  std::unique_ptr<CsvStream> stream_;
  std::vector<Column> columns_;
  std::vector<std::string> metrics_;  // of the columns of values; "" for "value"
  std::vector<CsvField> row_;
  std::map<std::string, InferredParameter> inferred_;
  std::map<std::string, std::string> distributions_;  // by parameter
  int64_t next_number_ = 0;
  bool begun_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StudyParts>> ReadStudyCsv(std::istream& in, const std::string& file,
                                                         const CsvStudy& study) {
  auto parts = std::make_unique<CsvStudyParts>(in, file, study);
  RETURN_IF_ERROR(parts->Scan());
  return parts;
}

}  // namespace parzen
