#include "studies/reports/plots/artifact_json.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "studies/reports/json_value.h"

namespace parzen {
namespace {

using Json = nlohmann::json;

int Order(const ParsedArtifact& artifact) {
  return artifact.part == "test" ? 0 : artifact.part == "validation" ? 1 : 2;
}

}  // namespace

Json ParseDocument(const std::string& bytes) {
  constexpr int kDeepest = 10;
  // Not by a callback of the parser: with one it looks at all of a list again after each of its elements.
  if (!IsPlainJson(bytes, kDeepest, static_cast<int64_t>(bytes.size()))) return Json(Json::value_t::discarded);
  return Json::parse(bytes, nullptr, /*allow_exceptions=*/false);
}

std::vector<ParsedArtifact> ArtifactsNamed(const StudySnapshot& snapshot, absl::string_view suffix) {
  std::vector<ParsedArtifact> found;
  for (const TrialArtifact& artifact : snapshot.artifacts) {
    absl::string_view part = artifact.name;
    if (!absl::ConsumeSuffix(&part, suffix) || part.empty() || absl::StrContains(part, '_')) continue;
    Json json = ParseDocument(artifact.bytes);
    if (json.is_discarded()) continue;
    found.push_back({artifact.number, std::string(part), std::move(json)});
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return Order(a) < Order(b); });
  return found;
}

std::optional<double> NumberIn(const Json& object, const char* name) {
  if (!object.is_object() || !object.contains(name) || !object[name].is_number()) return std::nullopt;
  const auto number = object[name].get<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

const Json& ListIn(const Json& object, const char* name) {
  static const Json* const kNone = new Json(Json::array());
  return object.is_object() && object.contains(name) && object[name].is_array() ? object[name] : *kNone;
}

std::string TextIn(const Json& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : "";
}

std::vector<ParsedArtifact> ArtifactsOfTraining(const StudySnapshot& snapshot, absl::string_view name) {
  std::vector<ParsedArtifact> found;
  for (const TrialArtifact& artifact : snapshot.artifacts) {
    absl::string_view rest = artifact.name;
    const bool is_final = absl::ConsumePrefix(&rest, "final_");
    if (rest != name) continue;
    Json json = ParseDocument(artifact.bytes);
    if (!json.is_discarded()) found.push_back({artifact.number, is_final ? "test" : "validation", std::move(json)});
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return Order(a) < Order(b); });
  return found;
}

std::string ClassName(const Json& names, double index) {
  const bool has_name = index >= 0 && index < static_cast<double>(names.size()) && index == std::floor(index) &&
                        names[static_cast<size_t>(index)].is_string();
  return has_name ? names[static_cast<size_t>(index)].get<std::string>() : absl::StrCat(index);
}

int64_t CountAt(const Json& counts, size_t index) {
  constexpr int64_t kMost = 1'000'000'000'000;
  const bool is_count = index < counts.size() && counts[index].is_number_integer();
  return is_count ? std::clamp<int64_t>(counts[index].get<int64_t>(), 0, kMost) : 0;
}

bool IsImage(const std::string& image, const std::optional<double>& height, const std::optional<double>& width) {
  constexpr double kMostPixels = 1 << 16;
  if (!(height >= 1 && width >= 1) || *height * *width > kMostPixels) return false;
  std::string bytes;
  return *height == std::floor(*height) && *width == std::floor(*width) && absl::Base64Unescape(image, &bytes) &&
         absl::Base64Escape(bytes) == image && static_cast<double>(bytes.size()) == *height * *width;
}

}  // namespace parzen
