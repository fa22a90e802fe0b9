// Where the commands that look at studies get them from: a study database, or a coordinator. Both answer with the same
// messages. Threads: externally synchronised.
//
// Errors: NotFound no such study, trial or file; Unavailable the coordinator is not there; else what Store says.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/query.pb.h"
#include "proto/study.pb.h"

namespace parzen {

// What query.proto's requests under "Reading" are answered by.
class StudySource {
 public:
  virtual ~StudySource() = default;

  // For messages: "parzen.db", "the coordinator at 127.0.0.1:7717".
  virtual std::string Place() const = 0;
  virtual absl::StatusOr<ListStudiesResponse> ListStudies(const ListStudiesRequest& request) = 0;
  virtual absl::StatusOr<StudySummary> GetStudy(const GetStudyRequest& request) = 0;
  virtual absl::StatusOr<ListTrialsResponse> ListTrials(const ListTrialsRequest& request) = 0;
  virtual absl::StatusOr<TrialRecord> GetTrial(const GetTrialRequest& request) = 0;
};

// --db and --coordinator as the user gave them.
struct SourceOptions {
  std::string db;
  std::string coordinator;
};

// Adds --db and --coordinator. An option beats the environment (PARZEN_COORDINATOR, then PARZEN_DB), which beats
// parzen.db.
void AddSourceOptions(CLI::App& command, SourceOptions& options);

// $PARZEN_DB, else "parzen.db".
std::string DefaultDatabase();
// $PARZEN_COORDINATOR, else `fallback`.
std::string DefaultCoordinator(const std::string& fallback);

// Opens what the options name. A coordinator is not called yet.
absl::StatusOr<std::unique_ptr<StudySource>> OpenStudySource(const SourceOptions& options);
absl::StatusOr<std::unique_ptr<StudySource>> OpenDatabase(const std::string& path);

// The study of that name; NotFound suggests the closest one. Without a name, the only study there is. `outline`:
// without what it takes to look at all trials.
absl::StatusOr<StudySummary> ChooseStudy(StudySource& source, const std::string& name, bool outline = false);

absl::StatusOr<StudySummary> GetStudy(StudySource& source, const std::string& study);
absl::StatusOr<TrialRecord> GetTrial(StudySource& source, const std::string& study, int64_t number);

// All trials of a study. `progress`, where there is one, hears after each page how many were read.
absl::StatusOr<std::vector<TrialRecord>> AllTrials(StudySource& source, const std::string& study,
                                                   bool distributions = false,
                                                   const std::function<void(size_t read)>& progress = {});

}  // namespace parzen
