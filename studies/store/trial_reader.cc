#include "studies/store/trial_reader.h"

#include <utility>

#include "base/status_macros.h"
#include "studies/store/stored_constraints.h"
#include "studies/store/stored_value.h"
#include "studies/trial_state.h"

namespace parzen {

absl::StatusOr<std::vector<TrialRecord>> TrialReader::ReadAll(Statement& query) {
  std::vector<TrialRecord> trials;
  RETURN_IF_ERROR(query.ForEach([&]() -> absl::Status {
    TrialRecord& trial = trials.emplace_back();
    trial.set_trial_id(query.Int(0));
    trial.set_number(query.Int(1));
    ASSIGN_OR_RETURN(const TrialState state, ParseTrialState(query.Text(2)));
    trial.set_state(state);
    trial.set_started(query.Text(3));
    trial.set_completed(query.Text(4));
    return absl::OkStatus();
  }));
  for (TrialRecord& trial : trials) {
    RETURN_IF_ERROR(ReadParameters(trial));
    RETURN_IF_ERROR(ReadValues(trial));
    RETURN_IF_ERROR(ReadAttributes(trial));
    RETURN_IF_ERROR(ReadConstraints(trial));
  }
  return trials;
}

absl::Status TrialReader::ReadSteps(TrialRecord& trial) {
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare("SELECT step, intermediate_value, intermediate_value_type "
                                     "FROM trial_intermediate_values WHERE trial_id = ? ORDER BY step"));
  return query.BindInt(1, trial.trial_id()).ForEach([&] {
    StepValue& step = *trial.add_step();
    step.set_step(query.Int(0));
    step.set_value(ReadTypedValue(query, 1));
    return absl::OkStatus();
  });
}

absl::Status TrialReader::ReadAttempts(TrialRecord& trial) {
  ASSIGN_OR_RETURN(
      Statement & query,
      database_.Prepare(
          "SELECT a.attempt, a.state, w.name, w.host, a.started, a.ended, a.reason, a.asked FROM parzen_attempts a "
          "LEFT JOIN parzen_workers w ON w.worker_id = a.worker_id WHERE a.trial_id = ? ORDER BY a.attempt"));
  return query.BindInt(1, trial.trial_id()).ForEach([&] {
    AttemptRecord& attempt = *trial.add_attempt();
    attempt.set_attempt(static_cast<int32_t>(query.Int(0)));
    AttemptState state = OPEN;
    AttemptState_Parse(query.Text(1), &state);  // a CHECK constraint keeps the column to the enum's names
    attempt.set_state(state);
    if (query.Int(7) != 0) attempt.set_asked(true);
    attempt.set_worker(query.Text(2));
    attempt.set_host(query.Text(3));
    attempt.set_started(query.Text(4));
    attempt.set_ended(query.Text(5));
    attempt.set_reason(query.Text(6));
    return absl::OkStatus();
  });
}

absl::Status TrialReader::ReadParameters(TrialRecord& trial) {
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare("SELECT param_name, param_value, distribution_json FROM trial_params "
                                     "WHERE trial_id = ? ORDER BY param_id"));
  return query.BindInt(1, trial.trial_id()).ForEach([&] {
    NamedJson& parameter = *trial.add_parameter();
    parameter.set_name(query.Text(0));
    const std::string distribution_json = query.Text(2);
    parameter.set_json(ExternalJson(distribution_json, query.Double(1)));
    if (keeps_distributions_) trial.add_distribution(NewDistribution(parameter.name(), distribution_json));
    return absl::OkStatus();
  });
}

absl::Status TrialReader::ReadValues(TrialRecord& trial) {
  ASSIGN_OR_RETURN(
      Statement & query,
      database_.Prepare("SELECT value, value_type FROM trial_values WHERE trial_id = ? ORDER BY objective"));
  return query.BindInt(1, trial.trial_id()).ForEach([&] {
    trial.add_value(ReadTypedValue(query, 0));
    return absl::OkStatus();
  });
}

absl::Status TrialReader::ReadAttributes(TrialRecord& trial) {
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare("SELECT \"key\", value_json FROM trial_user_attributes WHERE trial_id = ? "
                                     "ORDER BY trial_user_attribute_id"));
  return query.BindInt(1, trial.trial_id()).ForEach([&] {
    NamedJson& attribute = *trial.add_user_attribute();
    attribute.set_name(query.Text(0));
    attribute.set_json(query.Text(1));
    return absl::OkStatus();
  });
}

absl::Status TrialReader::ReadSystemAttributes(TrialRecord& trial) {
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare("SELECT \"key\", value_json FROM trial_system_attributes WHERE trial_id = ? "
                                     "ORDER BY trial_system_attribute_id"));
  return query.BindInt(1, trial.trial_id()).ForEach([&] {
    NamedJson& attribute = *trial.add_system_attribute();
    attribute.set_name(query.Text(0));
    attribute.set_json(query.Text(1));
    return absl::OkStatus();
  });
}

absl::Status TrialReader::ReadConstraints(TrialRecord& trial) {
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare("SELECT \"key\", value_json FROM trial_system_attributes WHERE trial_id = ? "
                                     "AND \"key\" >= 'constraints' AND \"key\" < 'constraints;' "
                                     "ORDER BY trial_system_attribute_id"));
  return query.BindInt(1, trial.trial_id()).ForEach([&] {
    for (MetricValue& constraint : parzen::ReadConstraints(query.Text(0), query.Text(1))) {
      *trial.add_constraint() = std::move(constraint);
    }
    return absl::OkStatus();
  });
}

std::string TrialReader::ExternalJson(const std::string& distribution_json, double internal) {
  auto known = distributions_.find(distribution_json);
  if (known == distributions_.end()) {
    absl::StatusOr<Distribution> read = DistributionFromJson(distribution_json);
    known = distributions_
                .emplace(distribution_json,
                         read.ok() ? std::optional<Distribution>(*std::move(read)) : std::optional<Distribution>())
                .first;
  }
  const std::optional<Distribution>& distribution = known->second;
  if (!distribution.has_value() || !Contains(*distribution, internal)) return JsonNumber(internal);
  return ValueToJson(*distribution, internal);
}

std::string TrialReader::NewDistribution(const std::string& parameter, const std::string& distribution_json) {
  std::string& last = last_distribution_[parameter];
  if (last == distribution_json) return "";
  return last = distribution_json;
}

}  // namespace parzen
