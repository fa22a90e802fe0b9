// parzen trial artifacts.
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/study_source.h"
#include "cli/terminal.h"
#include "cli/trial_argument.h"
#include "cli/whole_file.h"
#include "studies/reports/shown_artifacts.h"
#include "studies/store/store.h"

namespace parzen {
namespace {

struct Options {
  SourceOptions source;
  std::vector<std::string> study_and_number;
  std::string get;
  std::string out;
  Format format = Format::kTable;
};

absl::Status PrintList(const ListArtifactsResponse& artifacts, Format format) {
  Table table({"name", "media_type", "bytes"});
  for (const ArtifactRecord& artifact : artifacts.artifact()) {
    table.AddRow({artifact.name(), artifact.media_type(), artifact.bytes()});
  }
  return PrintTable(table, format);
}

bool IsPrintable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t' || absl::ascii_isprint(c); });
}

absl::Status GetOne(const Options& options, StudySource& source, const std::string& study, int64_t number) {
  absl::StatusOr<std::string> bytes = ReadArtifact(source, study, number, options.get, kMaxArtifactBytes);
  if (absl::IsNotFound(bytes.status())) {
    return absl::NotFoundError(absl::StrCat("trial ", number, " has no artifact \"", Printable(options.get),
                                            "\"; without --get they are listed"));
  }
  RETURN_IF_ERROR(bytes.status());
  if (!options.out.empty()) return WriteWholeFile(options.out, *bytes);
  // Whoever wrote it may have meant the terminal.
  if (IsTerminal(STDOUT_FILENO) && !IsPrintable(*bytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat("artifact \"", Printable(options.get), "\" is no plain text; write it to a file with -o FILE"));
  }
  return PrintResult(*bytes);
}

absl::Status ShowArtifacts(const Options& options, const Stop&) {
  if (options.get.empty() && !options.out.empty()) {
    return absl::InvalidArgumentError("-o: says where to write one artifact; which one says --get NAME");
  }
  ASSIGN_OR_RETURN(const TrialArgument argument, ReadTrialArgument(options.study_and_number));
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  ASSIGN_OR_RETURN(const StudySummary study, ChooseStudy(*source, argument.study, /*outline=*/true));
  if (!options.get.empty()) return GetOne(options, *source, study.name(), argument.number);
  ListArtifactsRequest request;
  request.set_study(study.name());
  request.set_number(argument.number);
  ASSIGN_OR_RETURN(const ListArtifactsResponse artifacts, source->ListArtifacts(request));
  return PrintList(artifacts, options.format);
}

}  // namespace

void AddTrialArtifactsCommand(CLI::App& trial, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command =
      AddCommand(trial, "artifacts",
                 "Lists what is kept with a trial beside its metrics: confusion matrices, measures of "
                 "each class, learning curves, rows with what was predicted for them; or writes one of them.",
                 "  parzen trial artifacts digits-forest 7\n"
                 "  parzen trial artifacts 7 --get epochs.json | jq '.[-1]'\n"
                 "  parzen trial artifacts 7 --get activations.npy -o activations.npy");
  AddTrialArgument(command, options->study_and_number);
  AddOption(command, "--get NAME", options->get, "Write this one, to standard output");
  AddOption(command, "-o,--output FILE", options->out, "And to this file instead");
  AddSourceOptions(command, options->source);
  AddFormatOption(command, options->format);
  Choose(command, chosen, options, &ShowArtifacts);
}

}  // namespace parzen
