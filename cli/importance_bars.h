// Importances for people (a bar a parameter) and for programs (rows). Pure functions.
#pragma once

#include <string>
#include <vector>

#include "cli/table.h"
#include "studies/importance/importance.h"

namespace parzen {

// What one objective's parameters are worth.
struct ObjectiveImportance {
  std::string objective;
  size_t trials = 0;      // that were compared
  std::string evaluator;  // that did
  std::vector<Importance> shares;
};

// A bar a parameter, as long as its share of the largest one, and the share in percent; lines take at most `columns`
// columns. Colours want a terminal.
//
//   what makes validation_accuracy good (40 trials, ped_anova)
//     gamma   ███████████████████████  61.2 %
//     kernel  ████▌                    12.0 %
std::string ImportanceBars(const ObjectiveImportance& importance, size_t columns, bool colour);

// One row a parameter; with `names_objective` its objective comes first.
Table ImportanceTable(const std::vector<ObjectiveImportance>& importances, bool names_objective);

}  // namespace parzen
