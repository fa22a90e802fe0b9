// Reads artifacts from whatever answers query.proto: a StudyReader, or the command line's StudySource.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "proto/query.pb.h"
#include "proto/study.pb.h"
#include "studies/reports/plots/plot.h"

namespace parzen {

// Of so many of the best trials plots show artifacts, each of at most so many bytes; of more of them where embedders
// have placed rows, for small pictures side by side.
inline constexpr int kMostTrialsWithArtifacts = 3;
inline constexpr int kMostTrialsWithPlaces = 12;
inline constexpr int64_t kMostShownArtifactBytes = 4 << 20;

// All bytes of an artifact, part by part. Aborted when its size changes meanwhile; ResourceExhausted when it has more
// than `most`; else what the source says.
template <typename Source>
absl::StatusOr<std::string> ReadArtifact(Source& source, const std::string& study, int64_t number,
                                         const std::string& name, int64_t most) {
  const std::string what = absl::StrCat("artifact \"", name, "\" of trial ", number);
  GetArtifactRequest request;
  request.set_study(study);
  request.set_number(number);
  request.set_name(name);
  std::string bytes;
  std::optional<int64_t> all;
  do {
    request.set_offset(static_cast<int64_t>(bytes.size()));
    ASSIGN_OR_RETURN(const ArtifactPart part, source.GetArtifact(request));
    const int64_t size = part.artifact().bytes();
    if (size > most) {
      return absl::ResourceExhaustedError(absl::StrCat(what, " has ", size, " bytes; at most ", most, " are read"));
    }
    const int64_t left = size - request.offset();
    const auto got = static_cast<int64_t>(part.data().size());
    if (all.value_or(size) != size || got > left || (got == 0 && left > 0)) {
      return absl::AbortedError(absl::StrCat(what, " changed while it was read; ask again"));
    }
    all = size;
    bytes += part.data();
  } while (static_cast<int64_t>(bytes.size()) < *all);
  return bytes;
}

inline constexpr char kPlaces[] = "places.json";

// Numbers of the best trials, the best first; before them the one that was trained again.
template <typename Source>
absl::StatusOr<std::vector<int64_t>> TrialsWithArtifacts(Source& source, const StudySummary& study) {
  std::vector<int64_t> numbers;
  if (study.has_final()) numbers.push_back(study.final().trial_number());
  BestTrialsRequest request;
  request.set_study(study.name());
  request.set_limit(kMostTrialsWithPlaces);
  ASSIGN_OR_RETURN(const BestTrialsResponse best, source.BestTrials(request));
  for (const TrialRecord& trial : best.trial()) {
    if (std::find(numbers.begin(), numbers.end(), trial.number()) == numbers.end()) numbers.push_back(trial.number());
  }
  return numbers;
}

// Whether plots show it (studies/reports/plots). A trial that was trained again, but is not the best any more, has kept
// what was measured then; that is not shown.
inline bool IsShown(const ArtifactRecord& artifact, bool is_final) {
  const std::string& name = artifact.name();
  const bool is_of_final = absl::StartsWith(name, "test_") || absl::StartsWith(name, "final_");
  const bool is_of_plots = absl::EndsWith(name, "_confusion.json") || absl::EndsWith(name, "_classes.json") ||
                           absl::EndsWith(name, "epochs.json") || absl::EndsWith(name, "predictions.json") ||
                           absl::EndsWith(name, "clusters.json") || absl::EndsWith(name, "components.json") ||
                           name == kPlaces || name == "final_dataset.json";
  return artifact.media_type() == "application/json" && artifact.bytes() <= kMostShownArtifactBytes && is_of_plots &&
         (is_final || !is_of_final);
}

// What plots are made of, as far as it is small enough to be looked at: documents of the best trials, the best first.
// None from a source that knows of none (a coordinator of an earlier version).
template <typename Source>
absl::StatusOr<std::vector<TrialArtifact>> ReadShownArtifacts(Source& source, const StudySummary& study) {
  std::vector<TrialArtifact> shown;
  ASSIGN_OR_RETURN(const std::vector<int64_t> numbers, TrialsWithArtifacts(source, study));
  int others = 0;  // trials whose artifacts are all looked at
  for (const int64_t number : numbers) {
    const bool is_final = study.has_final() && study.final().trial_number() == number;
    const bool for_places = !is_final && ++others > kMostTrialsWithArtifacts;
    ListArtifactsRequest request;
    request.set_study(study.name());
    request.set_number(number);
    const absl::StatusOr<ListArtifactsResponse> artifacts = source.ListArtifacts(request);
    if (absl::IsUnimplemented(artifacts.status())) return shown;
    RETURN_IF_ERROR(artifacts.status());
    for (const ArtifactRecord& artifact : artifacts->artifact()) {
      const bool is_left_out =
          for_places && (artifact.name() != kPlaces || artifact.bytes() > kMostShownArtifactBytes / 8);
      if (!IsShown(artifact, is_final) || is_left_out) continue;
      ASSIGN_OR_RETURN(std::string bytes,
                       ReadArtifact(source, study.name(), number, artifact.name(), kMostShownArtifactBytes));
      shown.push_back({number, artifact.name(), std::move(bytes)});
    }
  }
  return shown;
}

}  // namespace parzen
