#include "cli/import_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/study_source.h"
#include "cli/terminal.h"
#include "cli/trial_pages.h"
#include "studies/exchange/study_csv.h"
#include "studies/exchange/study_json.h"

namespace parzen {
namespace {

using Parts = std::vector<std::unique_ptr<StudyParts>>;

// A study of a database.
class SourceParts final : public StudyParts {
 public:
  SourceParts(std::shared_ptr<StudySource> source, StudySummary study)
      : source_(std::move(source)), study_(std::move(study)), pages_(*source_, study_.name()) {}

  absl::StatusOr<bool> Next(ImportStudyRequest& part) override {
    part.Clear();
    if (!begun_) {
      begun_ = true;
      *part.mutable_study() = study_;
      return true;
    }
    ASSIGN_OR_RETURN(TrialRecord* const trial, pages_.Next());
    if (trial == nullptr) return false;
    for (int i = 0; i < trial->distribution_size(); ++i) {
      std::string& last = distributions_[trial->parameter(i).name()];
      if (trial->distribution(i).empty()) {
        trial->set_distribution(i, last);
      } else {
        last = trial->distribution(i);
      }
    }
    part.mutable_trial()->Swap(trial);
    return true;
  }

 private:
  const std::shared_ptr<StudySource> source_;
  const StudySummary study_;
  TrialPages pages_;
  bool begun_ = false;
  std::map<std::string, std::string> distributions_;  // by parameter
};

// A study of a file that stays open as long.
class FileParts final : public StudyParts {
 public:
  FileParts(std::unique_ptr<std::istream> in, std::unique_ptr<StudyParts> parts)
      : in_(std::move(in)), parts_(std::move(parts)) {
    notes_ = parts_->notes();
  }
  absl::StatusOr<bool> Next(ImportStudyRequest& part) override { return parts_->Next(part); }

 private:
  const std::unique_ptr<std::istream> in_;
  const std::unique_ptr<StudyParts> parts_;
};

class RenamedParts final : public StudyParts {
 public:
  RenamedParts(std::unique_ptr<StudyParts> parts, const ImportOptions& options)
      : parts_(std::move(parts)), options_(options) {
    notes_ = parts_->notes();
  }
  absl::StatusOr<bool> Next(ImportStudyRequest& part) override {
    ASSIGN_OR_RETURN(const bool more, parts_->Next(part));
    if (!more || !part.has_study()) return more;
    StudySummary& study = *part.mutable_study();
    if (!options_.study.empty() && study.name() != options_.study) {
      return absl::NotFoundError(absl::StrCat("the file has the study \"", Printable(study.name()), "\", not \"",
                                              Printable(options_.study), "\""));
    }
    if (options_.name.empty()) return true;
    study.set_name(options_.name);
    if (study.has_spec()) study.mutable_spec()->set_name(options_.name);
    return true;
  }

 private:
  const std::unique_ptr<StudyParts> parts_;
  const ImportOptions options_;
};

absl::StatusOr<Parts> ReadDatabase(const std::string& path, const ImportOptions& options) {
  ASSIGN_OR_RETURN(std::shared_ptr<StudySource> source, OpenDatabase(path));
  std::vector<std::string> names;
  if (!options.study.empty()) {
    ASSIGN_OR_RETURN(const StudySummary chosen, ChooseStudy(*source, options.study, /*outline=*/true));
    names.push_back(chosen.name());
  } else {
    ListStudiesRequest request;
    request.set_outline(true);
    ASSIGN_OR_RETURN(const ListStudiesResponse studies, source->ListStudies(request));
    for (const StudySummary& study : studies.study()) names.push_back(study.name());
  }
  if (names.empty()) return absl::NotFoundError(absl::StrCat("no study in ", Printable(path)));
  if (names.size() > 1 && !options.name.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(Printable(path), " has ", names.size(), " studies; --as names one: choose it with --study"));
  }
  Parts parts;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(StudySummary study, WholeStudy(*source, name));
    parts.push_back(std::make_unique<SourceParts>(source, std::move(study)));
  }
  return parts;
}

absl::StatusOr<std::unique_ptr<StudyParts>> ReadCsv(std::unique_ptr<std::istream> in, const std::string& path,
                                                    const ImportOptions& options) {
  if (options.directions.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(Printable(path),
                     " is a csv, which does not say what is better: give --direction minimize or "
                     "--direction maximize, once an objective"));
  }
  CsvStudy study{options.name, options.directions};
  if (study.name.empty()) study.name = std::filesystem::path(path).stem().string();
  ASSIGN_OR_RETURN(std::unique_ptr<StudyParts> parts, ReadStudyCsv(*in, Printable(path), study));
  return std::make_unique<FileParts>(std::move(in), std::move(parts));
}

}  // namespace

absl::StatusOr<Parts> ReadImportFile(const std::string& path, const ImportOptions& options) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return absl::InvalidArgumentError(absl::StrCat(Printable(path), " is a folder; give a file in it"));
  }
  auto in = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*in) {
    return absl::NotFoundError(absl::StrCat("cannot read \"", Printable(path), "\": ", std::strerror(errno)));
  }
  std::string head(64, '\0');
  in->read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(in->gcount()));
  in->clear();
  in->seekg(0);
  if (absl::StartsWith(head, "SQLite format 3")) {
    if (options.directions.empty()) {
      ASSIGN_OR_RETURN(Parts parts, ReadDatabase(path, options));
      for (auto& study : parts) study = std::make_unique<RenamedParts>(std::move(study), options);
      return parts;
    }
    return absl::InvalidArgumentError("--direction is for a csv; a study database says it itself");
  }
  if (head.empty() || head.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat(
        Printable(path), head.empty() ? " is empty" : " is no text",
        "; what can be imported is a study database, or what `parzen study export` writes as json or csv"));
  }
  Parts parts;
  if (absl::StartsWith(absl::StripLeadingAsciiWhitespace(head), "{")) {
    if (!options.directions.empty()) {
      return absl::InvalidArgumentError("--direction is for a csv; a json says it itself");
    }
    std::unique_ptr<StudyParts> json = ReadStudyJson(*in, Printable(path));
    json = std::make_unique<FileParts>(std::move(in), std::move(json));
    parts.push_back(std::make_unique<RenamedParts>(std::move(json), options));
  } else {
    if (!options.study.empty()) {
      return absl::InvalidArgumentError("--study is for files of several studies; a csv has one, without a name");
    }
    ASSIGN_OR_RETURN(std::unique_ptr<StudyParts> csv, ReadCsv(std::move(in), path, options));
    parts.push_back(std::move(csv));
  }
  return parts;
}

}  // namespace parzen
