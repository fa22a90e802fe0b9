// parzen study export.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/study_source.h"
#include "cli/terminal.h"
#include "cli/trial_pages.h"
#include "cli/work_line.h"
#include "studies/exchange/study_writer.h"

namespace parzen {
namespace {

using MakeWriter = std::unique_ptr<StudyWriter> (*)();

const std::map<std::string, MakeWriter>& Formats() {
  static const std::map<std::string, MakeWriter> formats = {
      {"csv", &MakeCsvWriter}, {"flat", &MakeFlatWriter}, {"json", &MakeJsonWriter}};
  return formats;
}

struct Options {
  SourceOptions source;
  std::string study;
  std::string format = "csv";
  std::string out;
};

absl::Status FileError(const std::string& path) {
  const std::string why = std::strerror(errno);
  const std::string what = absl::StrCat("cannot write \"", Printable(path), "\": ", why);
  return errno == ENOSPC ? absl::ResourceExhaustedError(what) : absl::PermissionDeniedError(what);
}

// A file that only appears under its name once it is whole; without a name, one that is copied to stdout then. What is
// abandoned leaves nothing behind.
class WholeFile {
 public:
  explicit WholeFile(const std::string& path)
      : path_(path), part_(path.empty() ? "" : absl::StrCat(path, ".", getpid(), ".part")) {
    file_ = part_.empty() ? std::tmpfile() : std::fopen(part_.c_str(), "w+b");
  }
  ~WholeFile() {
    if (file_ != nullptr) std::fclose(file_);
    if (!part_.empty()) std::remove(part_.c_str());
  }
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  // Also what opening it said.
  absl::Status Write(absl::string_view text) {
    if (file_ != nullptr && std::fwrite(text.data(), 1, text.size(), file_) == text.size()) return absl::OkStatus();
    return Error();
  }
  absl::Status Finish() {
    if (std::fflush(file_) != 0) return Error();
    if (part_.empty()) return CopyToStdout();
    if (fsync(fileno(file_)) != 0 || std::rename(part_.c_str(), path_.c_str()) != 0) return Error();
    return absl::OkStatus();
  }

 private:
  absl::Status Error() const { return FileError(part_.empty() ? "a temporary file" : path_); }

  absl::Status CopyToStdout() {
    std::rewind(file_);
    char buffer[1 << 16];
    for (size_t size; (size = std::fread(buffer, 1, sizeof(buffer), file_)) > 0;) {
      RETURN_IF_ERROR(PrintResult(absl::string_view(buffer, size)));
    }
    return std::ferror(file_) != 0 ? Error() : absl::OkStatus();
  }

  const std::string path_;
  const std::string part_;
  FILE* file_;
};

// Calls `visit` with every trial; a line tells how far it is.
absl::Status ForEachTrial(StudySource& source, const StudySummary& study, const std::string& doing,
                          const std::function<absl::Status(const TrialRecord&)>& visit) {
  const int64_t trials = study.waiting() + study.running() + study.complete() + study.pruned() + study.failed();
  WorkLine line(stderr, IsTerminal(STDERR_FILENO), doing, ReadClock().steady);
  TrialPages pages(source, study.name());
  for (int64_t read = 0;; ++read) {
    ASSIGN_OR_RETURN(TrialRecord* const trial, pages.Next());
    if (trial == nullptr) return absl::OkStatus();
    RETURN_IF_ERROR(visit(*trial));
    if (read % 100 == 0 && trials > 0) line.Show(static_cast<double>(read) / trials, ReadClock().steady);
  }
}

absl::Status WriteStudy(StudySource& source, const StudySummary& study, StudyWriter& writer, WholeFile& file) {
  int64_t gathered = -1;
  if (writer.gathers()) {
    RETURN_IF_ERROR(ForEachTrial(source, study, "finding columns", [&](const TrialRecord& trial) {
      gathered = trial.number();
      return writer.Gather(trial);
    }));
  }
  std::string text;
  writer.Begin(study, text);
  RETURN_IF_ERROR(ForEachTrial(source, study, "exporting trials", [&](const TrialRecord& trial) -> absl::Status {
    if (writer.gathers() && trial.number() > gathered) return absl::OkStatus();  // newer than the columns
    RETURN_IF_ERROR(writer.Add(trial, text));
    RETURN_IF_ERROR(file.Write(text));
    text.clear();
    return absl::OkStatus();
  }));
  writer.End(text);
  return file.Write(text);
}

absl::Status ExportStudy(const Options& options, const Stop&) {
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  ASSIGN_OR_RETURN(const StudySummary chosen, ChooseStudy(*source, options.study, /*outline=*/true));
  constexpr int kTries = 5;
  absl::Status status;
  // A trial that gets its parameters between the two looks at it is why there may be another try.
  for (int i = 0; i < kTries; ++i) {
    ASSIGN_OR_RETURN(const StudySummary study, WholeStudy(*source, chosen.name()));
    const std::unique_ptr<StudyWriter> writer = Formats().at(options.format)();
    WholeFile file(options.out);
    status = WriteStudy(*source, study, *writer, file);
    if (status.ok()) return file.Finish();
    if (!absl::IsAborted(status)) return status;
  }
  return absl::AbortedError(
      absl::StrCat("study \"", Printable(chosen.name()),
                   "\" gets new parameters or attributes faster than it can be read; use -f json"));
}

}  // namespace

void AddStudyExportCommand(CLI::App& study, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command = AddCommand(
      study, "export",
      "Writes a study and all its trials: as csv with the columns of Optuna's trials_dataframe, as json with "
      "everything but artifacts and events (`parzen study import` reads both, and leaves the attempts out), or as a "
      "flat csv for pandas, DuckDB "
      "and Arrow, with one type a column.",
      "  parzen study export digits-forest -o digits.csv\n"
      "  parzen study export digits-forest -f json --coordinator 127.0.0.1:7717 > digits.json");
  AddStudyArgument(command, options->study);
  AddOption(command, "-f,--format", options->format, "csv, json or flat").OneOf({"csv", "json", "flat"});
  AddOption(command, "-o,--output FILE", options->out, "File to write (default: stdout)");
  AddSourceOptions(command, options->source);
  Choose(command, chosen, options, &ExportStudy);
}

}  // namespace parzen
