// What the tests of edits are written in: each case runs twice, through a dispatcher that serves workers and on the
// file alone.
#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/study_edits.h"
#include "tests/coordinator/dispatcher_fixture.h"

namespace parzen {

inline StudySpec ParseStudy(const std::string& text) {
  StudySpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec)) << text;
  return spec;
}

// A study whose trials others do.
inline StudySpec AskedStudy(int64_t trials, const std::string& search = "") {
  StudySpec spec = ParseStudy(absl::StrCat(R"pb(
                                             name: "s"
                                             objective { direction: MINIMIZE }
                                             parameter {
                                               name: "kernel"
                                               categorical { choice: "RBF" choice: "POLY" }
                                             }
                                             parameter {
                                               name: "c"
                                               float { low: 0.001 high: 1000 log: true }
                                             }
                                             parameter {
                                               name: "gamma"
                                               float { low: 0 high: 1 }
                                               when { parameter: "kernel" equals: "RBF" }
                                             }
                                           )pb",
                                           search));
  spec.mutable_search()->set_trials(trials);
  return spec;
}

enum class Through { kServing, kFile };

class StudyEditsTest : public DispatcherTest, public testing::WithParamInterface<Through> {
 protected:
  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Edit(absl::StatusOr<Reply> (StudyEdits::*edit)(const Request&, Now), const Request& request) {
    const bool serving = GetParam() == Through::kServing;
    absl::StatusOr<Reply> reply = absl::UnknownError("not done");
    Transact([&] {
      reply = (StudyEdits(*store_, serving ? dispatcher_.get() : nullptr).*edit)(request, now_);
      return store_->transaction_status();
    });
    // Whoever serves hears of a file's changes by itself; here it starts again.
    if (!serving) Restart();
    return reply;
  }

  absl::StatusOr<StudySummary> Change(std::optional<bool> stopped, std::optional<int64_t> budget = {}) {
    ChangeStudyRequest request;
    request.set_study("s");
    if (stopped.has_value()) request.set_stopped(*stopped);
    if (budget.has_value()) request.set_budget(*budget);
    return Edit(&StudyEdits::ChangeStudy, request);
  }
  absl::StatusOr<DeleteStudyResponse> Delete(bool even_if_running = false) {
    DeleteStudyRequest request;
    request.set_study("s");
    request.set_even_if_running(even_if_running);
    return Edit(&StudyEdits::DeleteStudy, request);
  }
  absl::StatusOr<TrialRecord> Enqueue(const std::vector<std::pair<std::string, std::string>>& values,
                                      bool skip_if_exists = false) {
    EnqueueTrialRequest request;
    request.set_study("s");
    request.set_skip_if_exists(skip_if_exists);
    for (const auto& [name, value] : values) {
      FixedValue& set = *request.add_set();
      set.set_parameter(name);
      set.set_value(value);
    }
    return Edit(&StudyEdits::EnqueueTrial, request);
  }
  absl::StatusOr<TrialRecord> Retry(int64_t number) {
    RetryTrialRequest request;
    request.set_study("s");
    request.set_number(number);
    return Edit(&StudyEdits::RetryTrial, request);
  }
  absl::StatusOr<TrialRecord> AskFor(const std::string& request_id = "") {
    AskTrialRequest request;
    request.set_study("s");
    request.set_request_id(request_id);
    request.set_asker("alice");
    return Edit(&StudyEdits::AskTrial, request);
  }
  absl::StatusOr<TellTrialResponse> Told(TellTrialRequest request, int64_t number) {
    request.set_study("s");
    request.set_number(number);
    return Edit(&StudyEdits::TellTrial, request);
  }
  absl::StatusOr<TellTrialResponse> TellValues(int64_t number, const std::vector<double>& values) {
    TellTrialRequest request;
    request.set_state(COMPLETE);
    for (const double value : values) request.add_value(value);
    return Told(request, number);
  }
  absl::StatusOr<TellTrialResponse> TellEndOf(int64_t number, TrialState state, const std::string& reason = "") {
    TellTrialRequest request;
    request.set_state(state);
    if (!reason.empty()) request.set_reason(reason);
    return Told(request, number);
  }
  absl::StatusOr<TellTrialResponse> TellStep(int64_t number, int64_t step, double value) {
    TellTrialRequest request;
    StepValue& told = *request.add_step();
    told.set_step(step);
    told.set_value(value);
    return Told(request, number);
  }

  // "COMPLETE 1 value" ... of a trial's parameter.
  std::string Parameter(const TrialRecord& trial, const std::string& name) const {
    for (const NamedJson& parameter : trial.parameter()) {
      if (parameter.name() == name) return parameter.json();
    }
    return "";
  }
  std::string SystemAttribute(int64_t number, const std::string& key) {
    const std::vector<std::string> rows =
        Rows(absl::StrCat("SELECT a.value_json FROM trials t JOIN trial_system_attributes a USING (trial_id) "
                          "WHERE t.number = ",
                          number, " AND a.\"key\" = '", key, "'"));
    return rows.empty() ? "" : rows[0].substr(0, rows[0].size() - 1);
  }
};

}  // namespace parzen
