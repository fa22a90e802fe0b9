#include "studies/store/inferred_space.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "studies/problem.h"

namespace parzen {
namespace {

// A parameter, and the rows of trial_params that speak for it; 0: none.
struct Occurrence {
  std::string name;
  int64_t latest = 0;
  int64_t latest_complete = 0;
};

// In the order of the first trial that has each.
absl::StatusOr<std::vector<Occurrence>> FindParameters(Database& database, int64_t study_id) {
  // Ids grow with time, so the highest is the latest.
  ASSIGN_OR_RETURN(
      Statement & query,
      database.Prepare("SELECT p.param_name, max(p.param_id), max(CASE WHEN t.state = 'COMPLETE' THEN p.param_id END) "
                       "FROM trials t JOIN trial_params p ON p.trial_id = t.trial_id "
                       "WHERE t.study_id = ? AND t.number IS NOT NULL GROUP BY p.param_name ORDER BY min(p.param_id)"));
  std::vector<Occurrence> parameters;
  RETURN_IF_ERROR(query.BindInt(1, study_id).ForEach([&] {
    if (parameters.size() == kMaxParameters) {
      return absl::FailedPreconditionError(
          absl::StrCat("its trials have more than ", kMaxParameters, " parameters; so many cannot be searched"));
    }
    parameters.push_back({query.Text(0), query.Int(1), query.Int(2)});
    return absl::OkStatus();
  }));
  return parameters;
}

const char* KindName(const Distribution& distribution) {
  if (std::holds_alternative<FloatDistribution>(distribution)) return "float";
  return std::holds_alternative<IntDistribution>(distribution) ? "int" : "categorical";
}

bool IsLog(const Distribution& distribution) {
  if (const auto* const range = std::get_if<FloatDistribution>(&distribution)) return range->log;
  if (const auto* const range = std::get_if<IntDistribution>(&distribution)) return range->log;
  return false;
}

// What of two distributions may not differ but does; "" when nothing.
std::string Difference(const Distribution& stored, const Distribution& wanted) {
  if (stored.index() != wanted.index()) {
    return absl::StrCat("is ", KindName(stored), " in the database, ", KindName(wanted), " now");
  }
  if (IsLog(stored) != IsLog(wanted)) {
    return absl::StrCat("has log: ", IsLog(stored) ? "true" : "false",
                        " in the database, log: ", IsLog(wanted) ? "true" : "false", " now");
  }
  if (!std::holds_alternative<CategoricalDistribution>(stored) || stored == wanted) return "";
  constexpr size_t kShownBytes = 300;
  return absl::StrCat("has other choices, or in another order: ", DistributionToJson(stored).substr(0, kShownBytes),
                      " in the database, ", DistributionToJson(wanted).substr(0, kShownBytes), " now");
}

}  // namespace

absl::StatusOr<std::vector<NamedDistribution>> StoredDistributions(Database& database, int64_t study_id) {
  ASSIGN_OR_RETURN(std::vector<Occurrence> parameters, FindParameters(database, study_id));
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare("SELECT distribution_json FROM trial_params WHERE param_id = ?"));
  std::vector<NamedDistribution> distributions;
  for (Occurrence& parameter : parameters) {
    const int64_t param_id = parameter.latest_complete > 0 ? parameter.latest_complete : parameter.latest;
    RETURN_IF_ERROR(query.BindInt(1, param_id).ForEach([&]() -> absl::Status {
      absl::StatusOr<Distribution> distribution = DistributionFromJson(query.Text(0));
      if (!distribution.ok()) {
        return absl::FailedPreconditionError(
            absl::StrCat("parameter ", Quoted(parameter.name), ": ", distribution.status().message()));
      }
      distributions.push_back({parameter.name, *std::move(distribution)});
      return absl::OkStatus();
    }));
  }
  return distributions;
}

absl::StatusOr<SearchSpace> InferSpace(Database& database, int64_t study_id) {
  ASSIGN_OR_RETURN(std::vector<NamedDistribution> parameters, StoredDistributions(database, study_id));
  if (parameters.empty()) {
    return absl::FailedPreconditionError(
        "no trial has a parameter yet, so nobody can know what is searched; create the study from a study file that "
        "says");
  }
  return SearchSpace::FromDistributions(std::move(parameters));
}

absl::StatusOr<bool> ShowsOtherSpace(Database& database, int64_t study_id, const std::vector<int64_t>& numbers,
                                     const SearchSpace& space) {
  ASSIGN_OR_RETURN(
      Statement & query,
      database.Prepare("SELECT DISTINCT p.param_name, p.distribution_json, t.state = 'COMPLETE' FROM trials t "
                       "JOIN trial_params p ON p.trial_id = t.trial_id WHERE t.study_id = ? "
                       "AND t.number IN (SELECT value FROM json_each(?))"));
  query.BindInt(1, study_id).BindText(2, absl::StrCat("[", absl::StrJoin(numbers, ","), "]"));
  bool other = false;
  RETURN_IF_ERROR(query.ForEach([&] {
    const std::optional<size_t> known = space.Find(query.Text(0));
    const absl::StatusOr<Distribution> distribution = DistributionFromJson(query.Text(1));
    const bool differs = known.has_value() && distribution.ok() && *distribution != space.distribution(*known);
    other |= !known.has_value() || (differs && query.Int(2) != 0);
    return absl::OkStatus();
  }));
  return other;
}

absl::Status CheckSpaceFits(const std::vector<NamedDistribution>& stored, const SearchSpace& space) {
  std::string differences;
  for (const NamedDistribution& parameter : stored) {
    const std::optional<size_t> wanted = space.Find(parameter.name);
    if (!wanted.has_value()) continue;
    const std::string difference = Difference(parameter.distribution, space.distribution(*wanted));
    if (difference.empty()) continue;
    absl::StrAppend(&differences, differences.empty() ? "" : "\n", "parameter ", Quoted(parameter.name), " ",
                    difference);
  }
  return differences.empty() ? absl::OkStatus() : absl::InvalidArgumentError(differences);
}

}  // namespace parzen
