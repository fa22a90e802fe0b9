#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "studies/exchange/json_pieces.h"
#include "studies/exchange/json_stream.h"
#include "studies/exchange/study_json.h"
#include "studies/store/text_column.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

using NamedValues = google::protobuf::RepeatedPtrField<NamedJson>;

absl::Status Within(absl::string_view where, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", status.message()));
}

absl::Status UnknownMember() { return absl::InvalidArgumentError("is unknown; a newer parzen wrote it"); }

absl::Status ReadNamed(absl::string_view object, NamedValues& values) {
  return ForEachMember(object, [&](const std::string& name, absl::string_view value) {
    NamedJson& named = *values.Add();
    named.set_name(name);
    named.set_json(ExtractJson(value));
    return absl::OkStatus();
  });
}

template <typename Message>
absl::Status ReadMessage(absl::string_view value, absl::string_view what, Message& message) {
  ASSIGN_OR_RETURN(const std::string text, ExtractText(value));
  return ParseTextColumn(text, what, message);
}

absl::Status ReadDirection(absl::string_view value, StudySummary& study) {
  ASSIGN_OR_RETURN(const std::string name, ExtractText(value));
  Direction direction;
  if (!Direction_Parse(name, &direction)) {
    return absl::InvalidArgumentError(absl::StrCat("must be MINIMIZE or MAXIMIZE, is \"", name.substr(0, 40), "\""));
  }
  study.add_direction(direction);
  return absl::OkStatus();
}

absl::Status ReadFile(absl::string_view object, DatasetFile& file) {
  return ForEachMember(object, [&](const std::string& name, absl::string_view value) -> absl::Status {
    if (name == "bytes") {
      ASSIGN_OR_RETURN(const int64_t bytes, ExtractWhole(value));
      file.set_bytes(bytes);
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const std::string text, ExtractText(value));
    if (name == "name") return file.set_name(text), absl::OkStatus();
    if (name == "path") return file.set_path(text), absl::OkStatus();
    if (name == "sha256") return file.set_sha256(text), absl::OkStatus();
    return Within(name, UnknownMember());
  });
}

absl::Status ReadAttempt(absl::string_view object, AttemptRecord& attempt) {
  return ForEachMember(object, [&](const std::string& name, absl::string_view value) -> absl::Status {
    if (name == "attempt") {
      ASSIGN_OR_RETURN(const int64_t number, ExtractWhole(value));
      attempt.set_attempt(static_cast<int32_t>(number));
      return absl::OkStatus();
    }
    if (name == "asked") {
      ASSIGN_OR_RETURN(const bool asked, ExtractFlag(value));
      attempt.set_asked(asked);
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const std::string text, ExtractText(value));
    if (name == "worker") return attempt.set_worker(text), absl::OkStatus();
    if (name == "host") return attempt.set_host(text), absl::OkStatus();
    if (name == "started") return attempt.set_started(text), absl::OkStatus();
    if (name == "ended") return attempt.set_ended(text), absl::OkStatus();
    if (name == "reason") return attempt.set_reason(text), absl::OkStatus();
    if (name != "state") return Within(name, UnknownMember());
    AttemptState state;
    if (!AttemptState_Parse(text, &state)) {
      return absl::InvalidArgumentError("state: must be OPEN, ENDED, LOST, RELEASED or CRASHED");
    }
    attempt.set_state(state);
    return absl::OkStatus();
  });
}

absl::Status ReadStudyMember(const std::string& name, absl::string_view value, StudySummary& study) {
  if (name == "name") {
    ASSIGN_OR_RETURN(*study.mutable_name(), ExtractText(value));
    return absl::OkStatus();
  }
  if (name == "directions") {
    return ForEachElement(value, [&](absl::string_view direction) { return ReadDirection(direction, study); });
  }
  if (name == "metrics") {
    return ForEachElement(value, [&](absl::string_view metric) -> absl::Status {
      ASSIGN_OR_RETURN(*study.add_metric(), ExtractText(metric));
      return absl::OkStatus();
    });
  }
  if (name == "user_attributes") return ReadNamed(value, *study.mutable_user_attribute());
  if (name == "system_attributes") return ReadNamed(value, *study.mutable_system_attribute());
  if (name == "spec") return ReadMessage(value, "the study file", *study.mutable_spec());
  if (name == "files") {
    return ForEachElement(value, [&](absl::string_view file) { return ReadFile(file, *study.add_file()); });
  }
  if (name == "budget") {
    ASSIGN_OR_RETURN(const int64_t budget, ExtractWhole(value));
    study.set_budget(budget);
    return absl::OkStatus();
  }
  if (name == "stopped") {
    ASSIGN_OR_RETURN(const bool stopped, ExtractFlag(value));
    study.set_stopped(stopped);
    return absl::OkStatus();
  }
  if (name == "final") return ReadMessage(value, "the final result", *study.mutable_final());
  return UnknownMember();
}

absl::Status ReadStep(absl::string_view pair, TrialRecord& trial) {
  StepValue& step = *trial.add_step();
  int position = 0;
  RETURN_IF_ERROR(ForEachElement(pair, [&](absl::string_view element) -> absl::Status {
    if (position++ == 0) {
      ASSIGN_OR_RETURN(const int64_t number, ExtractWhole(element));
      step.set_step(number);
    } else {
      ASSIGN_OR_RETURN(const double value, ExtractNumber(element));
      step.set_value(value);
    }
    return absl::OkStatus();
  }));
  return position == 2 ? absl::OkStatus() : absl::InvalidArgumentError("must be [STEP, VALUE] each");
}

absl::Status ReadTrialMember(const std::string& name, absl::string_view value, TrialRecord& trial,
                             std::map<std::string, std::string>& distributions) {
  if (name == "number") {
    ASSIGN_OR_RETURN(const int64_t number, ExtractWhole(value));
    trial.set_number(number);
    return absl::OkStatus();
  }
  if (name == "state") {
    ASSIGN_OR_RETURN(const std::string text, ExtractText(value));
    ASSIGN_OR_RETURN(const TrialState state, ParseTrialState(text));
    trial.set_state(state);
    return absl::OkStatus();
  }
  if (name == "values") {
    return ForEachElement(value, [&](absl::string_view element) -> absl::Status {
      ASSIGN_OR_RETURN(const double number, ExtractNumber(element));
      trial.add_value(number);
      return absl::OkStatus();
    });
  }
  if (name == "started" || name == "completed") {
    ASSIGN_OR_RETURN(*(name == "started" ? trial.mutable_started() : trial.mutable_completed()), ExtractText(value));
    return absl::OkStatus();
  }
  if (name == "parameters") return ReadNamed(value, *trial.mutable_parameter());
  if (name == "distributions") {
    return ForEachMember(value, [&](const std::string& parameter, absl::string_view distribution) {
      distributions[parameter] = ExtractJson(distribution);
      return absl::OkStatus();
    });
  }
  if (name == "steps") {
    return ForEachElement(value, [&](absl::string_view pair) { return ReadStep(pair, trial); });
  }
  if (name == "user_attributes") return ReadNamed(value, *trial.mutable_user_attribute());
  if (name == "system_attributes") return ReadNamed(value, *trial.mutable_system_attribute());
  if (name == "attempts") {
    return ForEachElement(value, [&](absl::string_view attempt) { return ReadAttempt(attempt, *trial.add_attempt()); });
  }
  return UnknownMember();
}

class JsonStudyParts final : public StudyParts {
 public:
  JsonStudyParts(std::istream& in, const std::string& name) : stream_(in, name, kMaxJsonPartBytes) {}

  absl::StatusOr<bool> Next(ImportStudyRequest& part) override {
    part.Clear();
    if (!begun_) {
      RETURN_IF_ERROR(ReadHead(*part.mutable_study()));
      begun_ = true;
      return true;
    }
    if (ended_) return false;
    ASSIGN_OR_RETURN(const bool another, stream_.NextElement());
    if (!another) {
      ended_ = true;
      RETURN_IF_ERROR(stream_.Expect('}', "after the trials"));
      RETURN_IF_ERROR(stream_.ExpectEnd());
      return false;
    }
    RETURN_IF_ERROR(ReadTrial(*part.mutable_trial()));
    return true;
  }

 private:
  absl::Status ReadHead(StudySummary& study) {
    RETURN_IF_ERROR(stream_.Expect('{', "at the beginning"));
    bool has_study = false;
    for (bool first = true;; first = false) {
      if (!first) RETURN_IF_ERROR(stream_.Expect(',', "between members"));
      ASSIGN_OR_RETURN(const std::string name, stream_.ReadName());
      if (name == "trials") break;
      ASSIGN_OR_RETURN(const std::string value, stream_.ReadValue());
      if (name == "study") has_study = true;
      RETURN_IF_ERROR(stream_.At(Within(name, ReadHeadMember(name, value, study))));
    }
    if (!has_study) return stream_.At(absl::InvalidArgumentError("\"study\" must stand before \"trials\""));
    if (study.name().empty()) return stream_.At(absl::InvalidArgumentError("study.name: is missing"));
    if (study.direction().empty()) return stream_.At(absl::InvalidArgumentError("study.directions: is missing"));
    return stream_.Expect('[', "after \"trials\"");
  }

  absl::Status ReadHeadMember(const std::string& name, const std::string& value, StudySummary& study) {
    if (name == "format") {
      ASSIGN_OR_RETURN(const std::string format, ExtractText(value));
      if (format == kStudyJsonFormat) return absl::OkStatus();
      return absl::InvalidArgumentError(absl::StrCat("must be \"", kStudyJsonFormat, "\""));
    }
    if (name == "version") {
      ASSIGN_OR_RETURN(const int64_t version, ExtractWhole(value));
      if (version == kStudyJsonVersion) return absl::OkStatus();
      return absl::InvalidArgumentError(
          absl::StrCat("is ", version, "; this parzen reads version ", kStudyJsonVersion));
    }
    if (name != "study") return UnknownMember();
    return ForEachMember(value, [&](const std::string& member, absl::string_view text) {
      return Within(member, ReadStudyMember(member, text, study));
    });
  }

  absl::Status ReadTrial(TrialRecord& trial) {
    const std::string where = absl::StrCat("trials[", next_number_, "]");
    ASSIGN_OR_RETURN(const std::string text, stream_.ReadValue());
    trial.set_number(-1);
    const absl::Status status = ForEachMember(text, [&](const std::string& name, absl::string_view value) {
      return Within(name, ReadTrialMember(name, value, trial, distributions_));
    });
    RETURN_IF_ERROR(stream_.At(Within(where, status)));
    if (trial.number() != next_number_) {
      return stream_.At(absl::InvalidArgumentError(
          absl::StrCat(where, ".number: must be ", next_number_, ": trials come by number, from 0 without gaps")));
    }
    ++next_number_;
    for (const NamedJson& parameter : trial.parameter()) {
      const std::string& distribution = distributions_[parameter.name()];
      if (distribution.empty()) {
        return stream_.At(absl::InvalidArgumentError(
            absl::StrCat(where, ".parameters: no distribution of \"", parameter.name(), "\" here or before")));
      }
      trial.add_distribution(distribution);
    }
    return absl::OkStatus();
  }

  JsonStream stream_;
  bool begun_ = false;
  bool ended_ = false;
  int64_t next_number_ = 0;
  std::map<std::string, std::string> distributions_;  // by parameter
};

}  // namespace

std::unique_ptr<StudyParts> ReadStudyJson(std::istream& in, const std::string& name) {
  return std::make_unique<JsonStudyParts>(in, name);
}

}  // namespace parzen
