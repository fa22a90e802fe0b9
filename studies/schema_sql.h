// The text of the schema, for schema.cc alone. Every statement may run again on a file that has its object already.
#pragma once

namespace parzen {

// Optuna's tables and indexes.
extern const char kOptunaSchemaSql[];
// The rows by which Optuna recognises its schema's version, where there are none.
extern const char kOptunaVersionSql[];
// Our tables, indexes, triggers and views.
extern const char kParzenTablesSql[];
extern const char kParzenTriggersSql[];
extern const char kParzenViewsSql[];

}  // namespace parzen
