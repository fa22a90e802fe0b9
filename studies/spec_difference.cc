// When two specs are the same study, and what tells them apart.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "studies/metrics.h"
#include "studies/study_file.h"

namespace parzen {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::MessageDifferencer;

// Whether to leave the field out means to give it its default. Which member a oneof has means something in itself.
bool HasDefault(const FieldDescriptor& field) {
  const bool may_say_nothing = field.has_default_value() || field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL;
  return may_say_nothing && field.real_containing_oneof() == nullptr;
}

// Writes defaults out, so that a field that says its default is no difference.
void WriteDefaults(Message& message) {
  const Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* const field = message.GetDescriptor()->field(i);
    const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (field->is_repeated()) {
      const int size = is_message ? reflection.FieldSize(message, field) : 0;
      for (int e = 0; e < size; ++e) WriteDefaults(*reflection.MutableRepeatedMessage(&message, field, e));
    } else if (is_message) {
      if (reflection.HasField(message, field)) WriteDefaults(*reflection.MutableMessage(&message, field));
    } else if (HasDefault(*field) && !reflection.HasField(message, field)) {
      std::string value;
      google::protobuf::TextFormat::PrintFieldValueToString(message, field, -1, &value);
      google::protobuf::TextFormat::ParseFieldValueFromString(value, field, &message);
    }
  }
}

// What makes a study itself: without its budget, and with what is left out written out.
StudySpec Identity(const StudySpec& spec) {
  StudySpec identity = spec;
  identity.mutable_search()->clear_trials();
  if (identity.search().sampler().kind_case() == SamplerSpec::KIND_NOT_SET) {
    identity.mutable_search()->mutable_sampler()->mutable_tpe();
  }
  if (identity.search().pruner().kind_case() == PrunerSpec::KIND_NOT_SET) {
    identity.mutable_search()->mutable_pruner()->mutable_none();
  }
  if (identity.has_train()) identity.mutable_train()->mutable_split();
  for (int i = 0; i < spec.objective_size(); ++i) identity.mutable_objective(i)->set_metric(MetricOf(spec, i));
  WriteDefaults(identity);
  return identity;
}

using Step = MessageDifferencer::SpecificField;

// One line a difference, up to a few.
class DifferenceLines : public MessageDifferencer::Reporter {
 public:
  std::string Text() const {
    constexpr size_t kShown = 5;
    const size_t shown = std::min(lines_.size(), kShown);
    std::string text = absl::StrJoin(lines_.begin(), lines_.begin() + shown, "\n");
    if (lines_.size() > shown) absl::StrAppend(&text, "\nand ", lines_.size() - shown, " more differences");
    return text;
  }

  void ReportAdded(const Message&, const Message& now, const std::vector<Step>& path) override {
    Add(path, "nothing", Value(now, path.back(), path.back().new_index));
  }
  void ReportDeleted(const Message& stored, const Message&, const std::vector<Step>& path) override {
    Add(path, Value(stored, path.back(), path.back().index), "nothing");
  }
  void ReportModified(const Message& stored, const Message& now, const std::vector<Step>& path) override {
    // Of a message, what differs inside it was reported.
    if (path.back().field != nullptr && path.back().field->message_type() != nullptr) return;
    Add(path, Value(stored, path.back(), path.back().index), Value(now, path.back(), path.back().new_index));
  }

 private:
  void Add(const std::vector<Step>& path, const std::string& stored, const std::string& now) {
    std::string text;
    for (const Step& step : path) {
      if (!text.empty()) text += '.';
      text += step.field == nullptr ? "(a field that this version does not know)" : step.field->name();
      const int index = step.index >= 0 ? step.index : step.new_index;
      if (step.field != nullptr && step.field->is_repeated()) absl::StrAppend(&text, "[", index, "]");
    }
    lines_.push_back(absl::StrCat(text, ": ", stored, " in the database, ", now, " now"));
  }

  static std::string Value(const Message& message, const Step& step, int index) {
    if (step.field == nullptr) return "something";
    google::protobuf::TextFormat::Printer printer;
    printer.SetSingleLineMode(true);
    std::string text;
    printer.PrintFieldValueToString(message, step.field, step.field->is_repeated() ? index : -1, &text);
    constexpr size_t kShownBytes = 100;
    if (text.size() > kShownBytes) text = absl::StrCat(text.substr(0, kShownBytes), "... ");
    return step.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE ? absl::StrCat("{ ", text, "}") : text;
  }

  std::vector<std::string> lines_;
};

}  // namespace

bool SameStudy(const StudySpec& a, const StudySpec& b) { return MessageDifferencer::Equals(Identity(a), Identity(b)); }

std::string DescribeDifference(const StudySpec& existing, const StudySpec& wanted) {
  DifferenceLines lines;
  MessageDifferencer differencer;
  differencer.ReportDifferencesTo(&lines);
  differencer.Compare(Identity(existing), Identity(wanted));
  return lines.Text();
}

}  // namespace parzen
