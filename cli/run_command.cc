// parzen run: coordinator, workers, study, final training and report in one process.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "cli/cache_folder.h"
#include "cli/command.h"
#include "cli/embedded_cluster.h"
#include "cli/final_training.h"
#include "cli/progress.h"
#include "cli/report_file.h"
#include "cli/stored_task.h"
#include "cli/study_client.h"
#include "cli/study_input.h"
#include "cli/study_rows.h"
#include "cli/terminal.h"
#include "cli/trial_rows.h"
#include "cli/watch_view.h"
#include "worker/cache/disk_cache.h"
#include "worker/split.h"
#include "worker/train_spec_check.h"

namespace parzen {
namespace {

struct Options {
  StudyInputOptions input;
  std::string db;
  std::string report;
  std::string model;
  int workers = 1;
  int slots = 1;
  int threads = 0;
  bool no_final = false;
};

// Prepared datasets that the final training keeps.
constexpr size_t kDatasets = 1;

void Say(absl::string_view text) { std::fputs(absl::StrCat(text, "\n").c_str(), stderr); }

// Whether the database already has everything this run would find out, so that not even the data has to be loaded.
bool IsDone(const std::string& db, const StudySpec& spec, bool no_final) {
  const absl::StatusOr<std::unique_ptr<StudySource>> source = OpenDatabase(db);
  if (!source.ok()) return false;
  const absl::StatusOr<StudySummary> study = GetStudy(**source, spec.name());
  if (!study.ok() || !study->finished() || spec.search().trials() > study->budget()) return false;
  return no_final || !spec.has_train() || study->final().trial_number() == study->best().number();
}

// Where what is prepared for the trials is kept for their processes to share, and for the next run. Null: nowhere; each
// of them then prepares its own.
std::unique_ptr<DiskCache> OpenCache() {
  const absl::StatusOr<std::string> folder = DefaultCacheFolder();
  if (!folder.ok()) return nullptr;
  absl::StatusOr<std::unique_ptr<DiskCache>> cache = DiskCache::Open(*folder, WorkerOptions().cache_bytes);
  if (cache.ok()) return *std::move(cache);
  spdlog::warn("trials do not share their data: {}", std::string(cache.status().message()));
  return nullptr;
}

absl::StatusOr<StudySummary> CreateStudy(StudyClient& client, const StudyInput& input) {
  absl::StatusOr<StudySummary> study = client.CreateStudy(input.spec, input.files);
  if (!absl::IsAlreadyExists(study.status())) return study;
  return absl::AlreadyExistsError(
      absl::StrCat(study.status().message(), "; use --name for a new study, or another --db"));
}

// Shows progress until the study is finished. Aborted: stopped before that.
absl::StatusOr<StudySummary> WaitForStudy(StudyClient& client, EmbeddedCluster& cluster, const std::string& name,
                                          const Stop& stop) {
  ProgressView view(client, stderr);
  for (;;) {
    const Now asked = ReadClock();
    ASSIGN_OR_RETURN(StudySummary study, view.Show(name, asked));
    if (study.finished()) return study;
    if (study.stopped() && study.running() == 0) {
      Say(study.spec().search().has_time_limit_seconds()
              ? absl::StrCat("the time limit of ", study.spec().search().time_limit_seconds(), " s is up")
              : "the study was stopped; the same command resumes");
      return study;
    }
    RETURN_IF_ERROR(cluster.WorkerStatus());
    // Looking may take a tenth of the time at most, however large the study is.
    if (!stop.WaitFor(std::max(absl::Milliseconds(100), 10 * (ReadClock().steady - asked.steady)))) continue;
    cluster.StopWorkers();
    ASSIGN_OR_RETURN(study, GetStudy(client, name));
    const int64_t finished = FinishedTrials(study);
    const std::string all = study.budget() > 0 ? absl::StrCat(finished, " of ", CountOf(study.budget(), "trial"))
                                               : CountOf(finished, "trial");
    return absl::AbortedError(absl::StrCat("stopped after ", all, "; the same command resumes"));
  }
}

int Threads(const Options& options) {
  if (options.threads > 0) return options.threads;
  const int cores = std::max(1u, std::thread::hardware_concurrency());
  return std::max(1, cores / (options.workers * options.slots));
}

absl::StatusOr<StudySummary> Search(const Options& options, StudyClient& client, EmbeddedCluster& cluster,
                                    const StudySummary& study, const DiskCache* disk, const Stop& stop) {
  const int64_t before = FinishedTrials(study);
  const std::string resuming = before > 0 ? absl::StrCat(", resuming after ", before) : "";
  const std::string budget = study.budget() > 0 ? CountOf(study.budget(), "trial") : "no limit of trials";
  WorkerOptions worker;
  worker.allow_commands = study.spec().has_command();  // whoever runs it here named the program himself
  worker.slots = options.slots;
  worker.threads = Threads(options);
  if (disk != nullptr) worker.cache = disk->folder();
  Say(absl::StrCat("study: ", Printable(study.name()), ", ", budget, resuming, ", ", options.workers * options.slots,
                   " at a time on ", worker.threads, worker.threads == 1 ? " thread each" : " threads each"));
  cluster.StartWorkers(options.workers, worker);
  absl::StatusOr<StudySummary> finished = WaitForStudy(client, cluster, study.name(), stop);
  cluster.StopWorkers();
  return finished;
}

// The reason of the first failed trial, for a study in which none succeeded.
absl::Status NothingComplete(StudyClient& client, const StudySummary& study) {
  if (study.complete() > 0) {
    return absl::AbortedError(absl::StrCat("none of ", study.complete(), " complete trials keeps the constraints"));
  }
  std::string reason;
  ASSIGN_OR_RETURN(const std::vector<TrialRecord> trials, AllTrials(client, study.name()));
  const auto failed = std::find_if(trials.begin(), trials.end(), [](const auto& t) { return t.state() == FAIL; });
  if (failed != trials.end()) {
    ASSIGN_OR_RETURN(const TrialRecord trial, GetTrial(client, study.name(), failed->number()));
    if (trial.attempt_size() > 0) reason = trial.attempt(trial.attempt_size() - 1).reason();
    reason = absl::StrCat("; trial ", trial.number(), ": ", Printable(reason));
  }
  return absl::AbortedError(absl::StrCat("none of ", CountOf(FinishedTrials(study), "trial"), " is complete", reason));
}

// Trains the best trial again where that is wanted, possible and not done yet.
absl::Status Finish(const Options& options, StudyClient& client, const StudyInput& input, const StudySummary& study,
                    const DatasetFacts& facts, DataCache& cache, const Stop& stop) {
  if (options.no_final || !input.spec.has_train()) return absl::OkStatus();
  if (!study.has_best()) {
    if (!options.model.empty()) Say("no model is kept: of several objectives, no trial is the best one");
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const TrialTask best, StoredTask(study, study.best(), input.files));
  if (!HasFinalTraining(best.train().spec())) return absl::OkStatus();
  const bool done = study.has_final() && study.final().trial_number() == study.best().number();
  if (done && options.model.empty()) return absl::OkStatus();
  const bool measured = facts.test_rows > 0;
  if (!measured && options.model.empty()) {
    Say("no final training: the dataset has no test rows to measure it on");
    return absl::OkStatus();
  }
  Say(absl::StrCat("final training: trial ", study.best().number(), " on training and validation rows together",
                   measured ? "" : "; there are no test rows to measure it on"));
  const absl::StatusOr<FinalResult> result = TrainBestAgain(study, input.files, cache, stop, options.model);
  if (absl::IsCancelled(result.status())) {
    return absl::AbortedError("stopped in the final training; the same command resumes");
  }
  RETURN_IF_ERROR(result.status());
  if (done || !measured) return absl::OkStatus();
  return client.PutFinalResult(study.name(), *result);
}

absl::Status PrintOutcome(const Options& options, const std::string& db, StudyClient& client, const std::string& name) {
  ASSIGN_OR_RETURN(const StudySummary study, GetStudy(client, name));
  ASSIGN_OR_RETURN(const ReportedStudy reported, ReadReportedStudy(client, study));
  const std::string path = options.report.empty() ? DefaultReportPath(db, name) : options.report;
  RETURN_IF_ERROR(WriteReport(path, {&reported, 1}, ReadClock().wall));
  std::vector<Field> fields;
  if (study.has_best()) fields = BestFields(study);
  if (study.direction_size() > 1) {
    BestTrialsRequest request;
    request.set_study(name);
    ASSIGN_OR_RETURN(const BestTrialsResponse front, client.BestTrials(request));
    fields.emplace_back("Pareto front", absl::StrCat(front.candidates(), " of ", study.complete(),
                                                     " complete trials; `parzen best` shows them"));
  }
  fields.emplace_back("report", path);
  if (!options.model.empty() && study.has_best()) fields.emplace_back("model", options.model);
  return PrintResult(RenderFields(fields));
}

absl::Status Run(const Options& options, const Stop& stop) {
  spdlog::set_level(spdlog::level::warn);  // the progress line says the rest
  const std::string db = options.db.empty() ? DefaultDatabase() : options.db;
  ASSIGN_OR_RETURN(const StudyInput input, ReadStudyInput(options.input, [&] { return OpenDatabase(db); }));
  if (input.spec.work_case() == StudySpec::WORK_NOT_SET) {
    return absl::InvalidArgumentError(absl::StrCat(
        options.input.file,
        ": has no train, function or command, so there is nothing to run; create the "
        "study (`parzen study create FILE --db FILE`) and do its trials with `parzen trial ask` and `tell`"));
  }
  if (!options.model.empty() && !input.spec.has_train()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--model: the trials of ", options.input.file, " train no model that could be kept"));
  }
  if (!options.model.empty() && LearnsWithoutLabels(input.spec.train())) {
    return absl::InvalidArgumentError(absl::StrCat("--model: the trials of ", options.input.file,
                                                   " learn without labels: their models predict nothing"));
  }
  DatasetFacts facts;
  if (input.spec.has_train() && (!options.model.empty() || !IsDone(db, input.spec, options.no_final))) {
    ASSIGN_OR_RETURN(facts, InspectDataset(input));
    Say(absl::StrCat("dataset: ", DescribeDataset(facts)));
  }
  const std::unique_ptr<DiskCache> disk = OpenCache();
  DataCache cache(kDatasets, disk.get());
  ASSIGN_OR_RETURN(const std::unique_ptr<EmbeddedCluster> cluster, EmbeddedCluster::Start(db, input.spec.name()));
  ASSIGN_OR_RETURN(const std::unique_ptr<StudyClient> connection, StudyClient::Create(cluster->address()));
  StudyClient& client = *connection;
  ASSIGN_OR_RETURN(StudySummary study, CreateStudy(client, input));
  if (!study.finished()) {
    ASSIGN_OR_RETURN(study, Search(options, client, *cluster, study, disk.get(), stop));
  } else {
    ASSIGN_OR_RETURN(study, GetStudy(client, study.name()));  // with its best trial, which no edit answers
  }
  if (EndedByItsSpace(study)) Say(DescribeEnd(study));
  if (!study.has_best() && study.direction_size() == 1) return NothingComplete(client, study);
  RETURN_IF_ERROR(Finish(options, client, input, study, facts, cache, stop));
  return PrintOutcome(options, db, client, study.name());
}

}  // namespace

void AddRunCommand(CLI::App& app, ChosenCommand& chosen) {
  constexpr int kMost = 1024;  // workers, slots or threads
  auto options = std::make_shared<Options>();
  CLI::App& command = AddCommand(
      app, "run",
      "Runs a study from its file to its report, in one process: searches, and writes a report. Where trials train a "
      "model, the best one is trained again on training and validation rows and measured once on the test rows. Where "
      "they run a program, it is run: start only studies whose program you trust. Ctrl-C stops; the same command "
      "resumes. A finished study is shown again without running anything.",
      "  parzen run studies/catalog/digits_forest.textproto\n"
      "  parzen run studies/catalog/mnist_forest.textproto --data ~/mnist --trials 12 --db m.db");
  AddStudyInputOptions(command, options->input);
  AddOption(command, "--db FILE", options->db,
            "Study database, made when it does not exist (default: $PARZEN_DB, else parzen.db)");
  AddOption(command, "--workers N", options->workers, "Workers in this process").Range(1, kMost);
  AddOption(command, "--slots N", options->slots, "Trials that each worker does at the same time").Range(1, kMost);
  AddOption(command, "--threads N", options->threads,
            "Threads of each trial; 0: the cores divided by the trials at a time")
      .Range(0, kMost);
  AddOption(command, "--report FILE", options->report,
            "Report to write (default: STUDY.report.html beside the database)");
  const Option model = AddOption(command, "--model FILE", options->model,
                                 "Keep the model of the final training there, for `parzen model predict`");
  AddFlag(command, "--no-final", options->no_final, "Leave the test rows alone: no final training").Excludes(model);
  Choose(command, chosen, options, &Run, /*stops_cleanly=*/true);
}

}  // namespace parzen
