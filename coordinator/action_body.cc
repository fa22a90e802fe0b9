#include "coordinator/action_body.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

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

// Reads a text without keeping it: sees members that are there twice, of which the library would keep the last, and at
// which one a number is too large. (A callback of the library's parser would see them, too; with one it looks at all of
// a list again after each of its elements.)
class MemberCheck : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_array(size_t) override { return true; }
  bool end_array() override { return true; }
  bool start_object(size_t) override {
    open_.emplace_back();
    return true;
  }
  bool end_object() override {
    open_.pop_back();
    return true;
  }
  bool key(string_t& name) override {
    open_.back().name = name;
    if (!open_.back().names.insert(name).second && twice_.empty()) twice_ = member();
    return true;
  }
  bool parse_error(size_t, const std::string&, const Json::exception& error) override {
    constexpr int kNumberOutOfRange = 406;  // the library's number of it
    is_too_large_ = error.id == kNumberOutOfRange;
    return false;
  }

  // Where the parser is or ended: "values.c"; "" outside of all members.
  std::string member() const {
    std::vector<std::string> names;
    for (const Object& object : open_) names.push_back(object.name);
    return absl::StrJoin(names, ".");
  }
  // "" where there is none.
  const std::string& twice() const { return twice_; }
  bool is_too_large() const { return is_too_large_; }

 private:
  struct Object {
    std::string name;  // that it is at
    std::set<std::string> names;
  };

  std::vector<Object> open_;
  std::string twice_;
  bool is_too_large_ = false;
};

absl::StatusOr<Json> ReadObject(const std::string& text) {
  if (!IsPlainJson(text)) return MustBeAnObject();
  MemberCheck check;
  if (!Json::sax_parse(text, &check)) {
    if (!check.is_too_large() || check.member().empty()) return MustBeAnObject();
    return absl::InvalidArgumentError(
        absl::StrCat("the number of ", Quoted(check.member()), " is too large: must be within 1.79e308 of 0"));
  }
  if (!check.twice().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(Quoted(check.twice()), " is there twice: must be there once"));
  }
  Json object = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return MustBeAnObject();
  return object;
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
