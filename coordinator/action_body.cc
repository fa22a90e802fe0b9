#include "coordinator/action_body.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "studies/problem.h"
#include "studies/reports/json_value.h"

namespace parzen {
namespace {

using Json = nlohmann::json;

absl::Status MustBe(const std::string& name, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" must be ", what));
}

absl::Status MustBeAnObject() {
  return absl::InvalidArgumentError("the body must be a JSON object, such as {\"name\": \"digits-forest\"}");
}

// What a text is read through: sees which member the parser is at, and those that are there twice. The library would
// keep the last.
class MemberWatcher {
 public:
  void See(Json::parse_event_t event, const Json& parsed) {
    if (event == Json::parse_event_t::object_start) open_.emplace_back();
    if (event == Json::parse_event_t::object_end) open_.pop_back();
    if (event != Json::parse_event_t::key) return;
    open_.back().name = parsed.get<std::string>();
    if (!open_.back().names.insert(open_.back().name).second && twice_.empty()) twice_ = member();
  }
  // "values.c".
  std::string member() const {
    std::vector<std::string> names;
    for (const Object& object : open_) names.push_back(object.name);
    return absl::StrJoin(names, ".");
  }
  // "" where there is none.
  const std::string& twice() const { return twice_; }

 private:
  struct Object {
    std::string name;  // that it is at
    std::set<std::string> names;
  };

  std::vector<Object> open_;
  std::string twice_;
};

absl::StatusOr<Json> ReadObject(const std::string& text) {
  if (!IsPlainJson(text)) return MustBeAnObject();
  MemberWatcher watcher;
  Json object;
  try {
    object = Json::parse(text, [&](int, Json::parse_event_t event, Json& parsed) {
      watcher.See(event, parsed);
      return true;
    });
  } catch (const Json::out_of_range&) {
    if (watcher.member().empty()) return MustBeAnObject();
    return absl::InvalidArgumentError(
        absl::StrCat("the number of ", Quoted(watcher.member()), " is too large: must be within 1.79e308 of 0"));
  } catch (const Json::exception&) {
    return MustBeAnObject();
  }
  if (!object.is_object()) return MustBeAnObject();
  if (watcher.twice().empty()) return object;
  return absl::InvalidArgumentError(absl::StrCat(Quoted(watcher.twice()), " is there twice: must be there once"));
}

}  // namespace

absl::StatusOr<ActionBody> ActionBody::Read(const std::string& text, const std::vector<std::string>& known) {
  ASSIGN_OR_RETURN(Json object, ReadObject(text));
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return absl::InvalidArgumentError(absl::StrCat("this action takes no ", Quoted(name), SuggestName(name, known)));
  }
  return ActionBody(std::move(object));
}

const Json* ActionBody::Find(const std::string& name) const {
  const auto it = object_.find(name);
  return it == object_.end() || it->is_null() ? nullptr : &*it;
}

absl::StatusOr<std::string> ActionBody::Text(const std::string& name) const {
  ASSIGN_OR_RETURN(std::string text, OptionalText(name));
  if (text.empty()) return MustBe(name, "there, a text that is not empty");
  return text;
}

absl::StatusOr<std::string> ActionBody::OptionalText(const std::string& name) const {
  const Json* const value = Find(name);
  if (value == nullptr) return std::string();
  if (!value->is_string()) return MustBe(name, "a text");
  return value->get<std::string>();
}

absl::StatusOr<int64_t> ActionBody::Number(const std::string& name) const {
  const Json* const value = Find(name);
  constexpr uint64_t kLargest = std::numeric_limits<int64_t>::max();
  const bool fits = value != nullptr && value->is_number_integer() &&
                    (!value->is_number_unsigned() || value->get<uint64_t>() <= kLargest);
  if (!fits) return MustBe(name, "there, a whole number");
  return value->get<int64_t>();
}

absl::StatusOr<bool> ActionBody::OptionalFlag(const std::string& name) const {
  const Json* const value = Find(name);
  if (value == nullptr) return false;
  if (!value->is_boolean()) return MustBe(name, "true or false");
  return value->get<bool>();
}

absl::StatusOr<google::protobuf::RepeatedPtrField<FixedValue>> ActionBody::Values(const std::string& name) const {
  const Json* const values = Find(name);
  if (values == nullptr || !values->is_object()) {
    return MustBe(name, "there, an object of parameters, such as {\"c\": 0.5, \"kernel\": \"RBF\"}");
  }
  google::protobuf::RepeatedPtrField<FixedValue> set;
  for (const auto& [parameter, value] : values->items()) {
    if (value.is_structured()) {
      return absl::InvalidArgumentError(absl::StrCat("the value of ", Quoted(parameter), " in \"", name,
                                                     "\" must be a number, a text, true, false or null"));
    }
    FixedValue& fixed = *set.Add();
    fixed.set_parameter(parameter);
    fixed.set_value(value.is_string() ? value.get<std::string>() : value.dump());
  }
  return set;
}

}  // namespace parzen
