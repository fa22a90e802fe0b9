// Models of all kinds: those that predict, and those that learn without labels.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "proto/train.pb.h"

namespace parzen {

// Ascending.
std::vector<std::string> NamesOfEveryModel();

// Whether the spec's model is an embedder: it places the rows that it learns from, and has nothing to say of others.
bool PlacesRows(const TrainSpec& spec);

// Whether the model that `spec` names can be made. InvalidArgument: it names none, or options that no data could make
// right.
absl::Status CheckModel(const TrainSpec& spec);

}  // namespace parzen
