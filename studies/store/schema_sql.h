// The text of the schema, for the store alone. Every statement may run again on a file that has its object already.
#pragma once

#include <string>
#include <vector>

namespace parzen {

// Optuna's tables and indexes.
extern const char kOptunaSchemaSql[];
// The rows by which Optuna recognises its schema's version, where there are none.
extern const char kOptunaVersionSql[];
// Our tables, indexes, triggers and views.
extern const char kParzenTablesSql[];
extern const char kParzenTriggersSql[];
std::string ParzenViewsSql();
// What our tables of an earlier version need to become those of version `to`; in order. kParzenTablesSql then adds
// tables and indexes that are missing.
struct ParzenMigration {
  int to;
  const char* sql;
};
const std::vector<ParzenMigration>& ParzenMigrations();
// Takes away all views, so that they can be made anew.
extern const char kDropParzenViewsSql[];

// Whether row `a` of trial_system_attributes says that its trial breaks a constraint (stored_constraints.h).
extern const char kBreaksConstraintSql[];

}  // namespace parzen
