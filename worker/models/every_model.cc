#include "worker/models/every_model.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "base/oneof.h"
#include "worker/models/clusters/clusterer.h"
#include "worker/models/embeddings/embedder.h"
#include "worker/models/model.h"

namespace parzen {
namespace {

template <typename Factory>
void AppendNames(std::vector<std::string>& names) {
  for (const std::string& name : Registry<Factory>::Global().Names()) names.push_back(name);
}

}  // namespace

std::vector<std::string> NamesOfEveryModel() {
  std::vector<std::string> names;
  AppendNames<ModelFactory>(names);
  AppendNames<ClustererFactory>(names);
  AppendNames<EmbedderFactory>(names);
  std::sort(names.begin(), names.end());
  return names;
}

bool PlacesRows(const TrainSpec& spec) {
  return Registry<EmbedderFactory>::Global().Find(ChosenMember(spec, "model")).ok();
}

absl::Status CheckModel(const TrainSpec& spec) {
  const std::string chosen = ChosenMember(spec, "model");
  const absl::StatusOr<ClustererFactory> clusterer = Registry<ClustererFactory>::Global().Find(chosen);
  if (clusterer.ok()) return (*clusterer)(spec).status();
  const absl::StatusOr<EmbedderFactory> embedder = Registry<EmbedderFactory>::Global().Find(chosen);
  if (embedder.ok()) return (*embedder)(spec).status();
  return MakeModel(spec).status();
}

}  // namespace parzen
