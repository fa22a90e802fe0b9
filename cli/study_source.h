// Where the commands that look at studies get them from, and change them: a study database, or a coordinator. Both
// answer with the same messages. Threads: externally synchronised.
//
// Errors: NotFound no such study, trial or file; Unavailable the coordinator is not there; else what Store says.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/options.h"
#include "proto/query.pb.h"
#include "proto/study.pb.h"
#include "rpc/tls_files.h"

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
  virtual absl::StatusOr<ListArtifactsResponse> ListArtifacts(const ListArtifactsRequest& request) = 0;
  virtual absl::StatusOr<ArtifactPart> GetArtifact(const GetArtifactRequest& request) = 0;
  virtual absl::StatusOr<StudyProgress> GetProgress(const GetProgressRequest& request) = 0;
  virtual absl::StatusOr<BestTrialsResponse> BestTrials(const BestTrialsRequest& request) = 0;
  virtual absl::StatusOr<ListWorkersResponse> ListWorkers(const ListWorkersRequest& request) = 0;
};

// And what its requests under "Changing" are answered by. Each change is on disk when it returns OK, and has not
// happened otherwise; only of one that ends with Unavailable that is not known.
class StudyEditor : public StudySource {
 public:
  // The next part of an import; false after the last one.
  using NextImportPart = std::function<absl::StatusOr<bool>(ImportStudyRequest& part)>;

  // Sees to it that the files of a study that is about to be created are where its trials can be done: gives a
  // coordinator those that it lacks. Nothing has to be done for a database, which keeps their paths.
  virtual absl::Status ProvideFiles(const std::vector<DatasetFile>&) { return absl::OkStatus(); }
  virtual absl::StatusOr<StudySummary> CreateStudy(const CreateStudyRequest& request) = 0;
  virtual absl::StatusOr<StudySummary> ChangeStudy(const ChangeStudyRequest& request) = 0;
  virtual absl::StatusOr<DeleteStudyResponse> DeleteStudy(const DeleteStudyRequest& request) = 0;
  // Takes the parts, the study first, and makes all of it or nothing. An error of `next` ends it and is returned. The
  // end of an import is not among the parts.
  virtual absl::StatusOr<StudySummary> ImportStudy(const NextImportPart& next) = 0;
  virtual absl::StatusOr<TrialRecord> EnqueueTrial(const EnqueueTrialRequest& request) = 0;
  virtual absl::StatusOr<TrialRecord> RetryTrial(const RetryTrialRequest& request) = 0;
  virtual absl::StatusOr<TrialRecord> CancelTrial(const CancelTrialRequest& request) = 0;
  virtual absl::StatusOr<TrialRecord> AskTrial(const AskTrialRequest& request) = 0;
  virtual absl::StatusOr<TellTrialResponse> TellTrial(const TellTrialRequest& request) = 0;

 protected:
  // The same parts, and then the import's end. Borrows.
  static NextImportPart WithEnd(const NextImportPart& next);
};

// --db, --coordinator and --tls as the user gave them.
struct SourceOptions {
  std::string db;
  std::string coordinator;
  std::string tls;
};

// Adds --db, --coordinator and --tls. An option beats the environment (PARZEN_COORDINATOR, then PARZEN_DB), which beats
// parzen.db.
void AddSourceOptions(CLI::App& command, SourceOptions& options);
// Adds --coordinator alone, for what does not work on a file.
Option AddCoordinatorOption(CLI::App& command, std::string& coordinator);
// Adds STUDY, for ChooseStudy.
void AddStudyArgument(CLI::App& command, std::string& study);

// $PARZEN_DB, else "parzen.db".
std::string DefaultDatabase();
// Where a coordinator listens unless it is told otherwise.
inline constexpr char kLocalCoordinator[] = "127.0.0.1:7717";
// $PARZEN_COORDINATOR, else `fallback`.
std::string DefaultCoordinator(const std::string& fallback);

// The files that a client of a coordinator shows: those in the folder, else in $PARZEN_TLS, else none.
TlsFiles ClientTlsFiles(const std::string& folder);

// Opens what the options name. A coordinator is not called yet.
absl::StatusOr<std::unique_ptr<StudySource>> OpenStudySource(const SourceOptions& options);
absl::StatusOr<std::unique_ptr<StudySource>> OpenDatabase(const std::string& path);

// The same for changing. The file must exist, unless `create`. It works beside a running coordinator of the same file,
// which notices by itself.
absl::StatusOr<std::unique_ptr<StudyEditor>> OpenStudyEditor(const SourceOptions& options, bool create = false);

// The study of that name; NotFound suggests the closest one. Without a name, the only study there is. `outline`:
// without what it takes to look at all trials.
absl::StatusOr<StudySummary> ChooseStudy(StudySource& source, const std::string& name, bool outline = false);

absl::StatusOr<StudySummary> GetStudy(StudySource& source, const std::string& study);
absl::StatusOr<TrialRecord> GetTrial(StudySource& source, const std::string& study, int64_t number);

// What trials are told with, beside what is always told.
struct ListedParts {
  bool distributions = false;
  bool steps = false;
};

// All trials of a study. `progress`, where there is one, hears after each page how many were read.
absl::StatusOr<std::vector<TrialRecord>> AllTrials(StudySource& source, const std::string& study,
                                                   ListedParts parts = {},
                                                   const std::function<void(size_t read)>& progress = {});

}  // namespace parzen
