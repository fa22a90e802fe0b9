// A study and its trials as one text, trial by trial: what memory it takes does not grow with the trials.
//
//   csv   the columns of Optuna's trials_dataframe; dates are UTC without a zone, as there
//   json  everything there is to know, to be imported again without loss (study_json.h)
//   flat  a csv for programs that guess types: one type a column, ISO 8601 times with their zone, plain column names
//
// Call order: Gather for every trial, where gathers() says so; Begin; Add for every trial, by number; End. All append
// to `out`, which the caller may empty whenever it likes. Threads: externally synchronised.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "proto/study.pb.h"

namespace parzen {

class StudyWriter {
 public:
  virtual ~StudyWriter() = default;

  // Whether trials must be shown once before they are written: columns are known only at the end.
  virtual bool gathers() const = 0;
  // FailedPrecondition when there are more columns than a table may have.
  virtual absl::Status Gather(const TrialRecord& trial) = 0;
  // `study` with system attributes.
  virtual void Begin(const StudySummary& study, std::string& out) = 0;
  // `trial` with steps, distributions and system attributes. Aborted when it has a column that no trial had while they
  // were gathered: it has changed meanwhile.
  virtual absl::Status Add(const TrialRecord& trial, std::string& out) = 0;
  virtual void End(std::string& out) = 0;
};

std::unique_ptr<StudyWriter> MakeCsvWriter();
std::unique_ptr<StudyWriter> MakeFlatWriter();
std::unique_ptr<StudyWriter> MakeJsonWriter();

}  // namespace parzen
