// What artifacts hold, read with care: whatever is missing or of another kind is absent. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "studies/reports/plots/plot.h"

namespace parzen {

// One artifact of a kind.
struct ParsedArtifact {
  int64_t number = 0;
  std::string part;  // "validation", "train", "test": the rows it is of
  nlohmann::json json;
};

// The document; discarded where it is none, or nests deeper than anything that is kept.
nlohmann::json ParseDocument(const std::string& bytes);

// Those of the snapshot whose names are "PART" and the suffix: "_confusion.json". First those of test rows, then of
// validation rows, then the others, each in their order.
std::vector<ParsedArtifact> ArtifactsNamed(const StudySnapshot& snapshot, absl::string_view suffix);

// A finite number of that name.
std::optional<double> NumberIn(const nlohmann::json& object, const char* name);
// A list of that name; empty when there is none.
const nlohmann::json& ListIn(const nlohmann::json& object, const char* name);
// A text of that name; "" when there is none.
std::string TextIn(const nlohmann::json& object, const char* name);
// Artifacts of that name, which are of a trial's own training, and of "final_" and that name: the part is "validation"
// or "test", as of rows. First those of the final training.
std::vector<ParsedArtifact> ArtifactsOfTraining(const StudySnapshot& snapshot, absl::string_view name);
// The class of that number in a list of names; the number where it has no name.
std::string ClassName(const nlohmann::json& names, double index);
// A whole number in a list, from 0 to what no dataset has; 0 where there is none.
int64_t CountAt(const nlohmann::json& counts, size_t index);
// Whether it is the base64 of as many bytes as there are pixels, in the one spelling that browsers take.
bool IsImage(const std::string& image, const std::optional<double>& height, const std::optional<double>& width);

}  // namespace parzen
