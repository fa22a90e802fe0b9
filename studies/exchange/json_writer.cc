// The json format: what study_json.h reads.
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "studies/distribution.h"
#include "studies/exchange/json_pieces.h"
#include "studies/exchange/study_json.h"
#include "studies/exchange/study_writer.h"
#include "studies/store/text_column.h"

namespace parzen {
namespace {

using NamedValues = google::protobuf::RepeatedPtrField<NamedJson>;

// The members of one object.
class Members {
 public:
  void Add(absl::string_view name, absl::string_view value) {
    absl::StrAppend(&text_, text_.empty() ? "" : ", ", JsonString(name), ": ", value);
  }
  void AddText(absl::string_view name, const std::string& text) {
    if (!text.empty()) Add(name, JsonString(text));
  }
  void AddNamed(absl::string_view name, const NamedValues& values) {
    if (values.empty()) return;
    Members members;
    for (const NamedJson& value : values) members.Add(value.name(), EmbedJson(value.json()));
    Add(name, members.Object());
  }
  template <typename Message>
  void AddMessage(absl::string_view name, bool present, const Message& message) {
    if (present) Add(name, JsonString(ToTextColumn(message)));
  }
  std::string Object() const { return absl::StrCat("{", text_, "}"); }

 private:
  std::string text_;
};

template <typename Elements, typename ToText>
std::string List(const Elements& elements, ToText to_text) {
  return absl::StrCat(
      "[", absl::StrJoin(elements, ", ", [&](std::string* out, const auto& element) { out->append(to_text(element)); }),
      "]");
}

std::string FileObject(const DatasetFile& file) {
  Members members;
  members.AddText("name", file.name());
  members.AddText("path", file.path());
  members.AddText("sha256", file.sha256());
  members.Add("bytes", absl::StrCat(file.bytes()));
  return members.Object();
}

std::string AttemptObject(const AttemptRecord& attempt) {
  Members members;
  members.Add("attempt", absl::StrCat(attempt.attempt()));
  members.AddText("state", AttemptState_Name(attempt.state()));
  members.AddText("worker", attempt.worker());
  members.AddText("host", attempt.host());
  members.AddText("started", attempt.started());
  members.AddText("ended", attempt.ended());
  members.AddText("reason", attempt.reason());
  if (attempt.asked()) members.Add("asked", "true");
  return members.Object();
}

std::string StudyObject(const StudySummary& study) {
  Members members;
  members.AddText("name", study.name());
  members.Add("directions", List(study.direction(), [](int direction) {
                return JsonString(Direction_Name(static_cast<Direction>(direction)));
              }));
  if (study.metric_size() > 0) members.Add("metrics", List(study.metric(), JsonString));
  members.AddNamed("user_attributes", study.user_attribute());
  members.AddNamed("system_attributes", study.system_attribute());
  members.AddMessage("spec", study.has_spec(), study.spec());
  if (study.file_size() > 0) members.Add("files", List(study.file(), FileObject));
  if (study.budget() > 0) members.Add("budget", absl::StrCat(study.budget()));
  if (study.stopped()) members.Add("stopped", "true");
  members.AddMessage("final", study.has_final(), study.final());
  return members.Object();
}

class JsonWriter final : public StudyWriter {
 public:
  bool gathers() const override { return false; }
  absl::Status Gather(const TrialRecord&) override { return absl::OkStatus(); }

  void Begin(const StudySummary& study, std::string& out) override {
    absl::StrAppend(&out, "{\"format\": \"", kStudyJsonFormat, "\", \"version\": ", kStudyJsonVersion,
                    ",\n\"study\": ", StudyObject(study), ",\n\"trials\": [");
  }

  absl::Status Add(const TrialRecord& trial, std::string& out) override {
    Members members;
    members.Add("number", absl::StrCat(trial.number()));
    members.AddText("state", TrialState_Name(trial.state()));
    if (trial.value_size() > 0) members.Add("values", List(trial.value(), EmbedNumber));
    members.AddText("started", trial.started());
    members.AddText("completed", trial.completed());
    members.AddNamed("parameters", trial.parameter());
    AddDistributions(trial, members);
    if (trial.step_size() > 0) {
      members.Add("steps", List(trial.step(), [](const StepValue& step) {
                    return absl::StrCat("[", step.step(), ", ", EmbedNumber(step.value()), "]");
                  }));
    }
    members.AddNamed("user_attributes", trial.user_attribute());
    members.AddNamed("system_attributes", trial.system_attribute());
    if (trial.attempt_size() > 0) members.Add("attempts", List(trial.attempt(), AttemptObject));
    absl::StrAppend(&out, first_ ? "\n" : ",\n", members.Object());
    first_ = false;
    return absl::OkStatus();
  }

  void End(std::string& out) override { absl::StrAppend(&out, "\n]}\n"); }

 private:
  // Those that differ from the last trial's that had the parameter, wherever the pages were cut.
  void AddDistributions(const TrialRecord& trial, Members& members) {
    Members changed;
    bool any = false;
    for (int i = 0; i < trial.distribution_size() && i < trial.parameter_size(); ++i) {
      std::string& last = last_distribution_[trial.parameter(i).name()];
      if (trial.distribution(i).empty() || trial.distribution(i) == last) continue;
      last = trial.distribution(i);
      changed.Add(trial.parameter(i).name(), EmbedJson(last));
      any = true;
    }
    if (any) members.Add("distributions", changed.Object());
  }

  bool first_ = true;
  std::map<std::string, std::string> last_distribution_;  // by parameter
};

}  // namespace

std::unique_ptr<StudyWriter> MakeJsonWriter() { return std::make_unique<JsonWriter>(); }

}  // namespace parzen
