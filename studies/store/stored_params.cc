#include "studies/store/stored_params.h"

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace parzen {
namespace {

using Json = nlohmann::json;

// So much of what is ignored is told.
constexpr size_t kMostIgnoredBytes = 1000;

void Ignore(GivenPoint& given, absl::string_view what) {
  if (given.ignored.size() > kMostIgnoredBytes) return;
  absl::StrAppend(&given.ignored, given.ignored.empty() ? "" : "; ", what);
}

}  // namespace

std::string ToFixedParams(const SearchSpace& space, const Point& given) {
  std::string json;
  for (size_t i = 0; i < space.size(); ++i) {
    if (!given[i].has_value()) continue;
    absl::StrAppend(&json, json.empty() ? "" : ", ", JsonString(space.name(i)), ": ", space.ToJson(i, *given[i]));
  }
  return absl::StrCat("{", json, "}");
}

GivenPoint FromFixedParams(const SearchSpace& space, absl::string_view json) {
  GivenPoint given{Point(space.size()), ""};
  const Json values = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!values.is_object()) {
    Ignore(given, absl::StrCat("all of ", json.substr(0, 80), ", which is no JSON object"));
    return given;
  }
  for (const auto& [name, value] : values.items()) {
    const std::optional<size_t> parameter = space.Find(name);
    if (!parameter.has_value()) {
      Ignore(given, absl::StrCat("\"", name, "\", which is no parameter of the study"));
      continue;
    }
    const std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
    const absl::StatusOr<double> internal = ValueFromJson(space.distribution(*parameter), text);
    if (internal.ok()) {
      given.point[*parameter] = *internal;
    } else {
      Ignore(given, absl::StrCat("\"", name, "\": ", internal.status().message()));
    }
  }
  return given;
}

}  // namespace parzen
