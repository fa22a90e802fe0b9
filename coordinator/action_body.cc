#include "coordinator/action_body.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "studies/distribution.h"
#include "studies/reports/json_value.h"

namespace parzen {
namespace {

using Json = nlohmann::json;

absl::Status MustBe(const std::string& name, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" must be ", what));
}

}  // namespace

absl::StatusOr<ActionBody> ActionBody::Read(const std::string& text, const std::vector<std::string>& known) {
  Json object;
  if (IsPlainJson(text)) object = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    return absl::InvalidArgumentError("the body must be a JSON object, such as {\"name\": \"digits-forest\"}");
  }
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("this action takes no ", JsonString(name), SuggestName(name, known)));
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
      return absl::InvalidArgumentError(absl::StrCat("the value of ", JsonString(parameter), " in \"", name,
                                                     "\" must be a number, a text, true, false or null"));
    }
    FixedValue& fixed = *set.Add();
    fixed.set_parameter(parameter);
    fixed.set_value(value.is_string() ? value.get<std::string>() : value.dump());
  }
  return set;
}

}  // namespace parzen
