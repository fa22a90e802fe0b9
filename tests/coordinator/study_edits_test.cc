// Changing, deleting, enqueueing and retrying, rule by rule.
#include "tests/coordinator/study_edits_fixture.h"

namespace parzen {
namespace {

using testing::HasSubstr;

INSTANTIATE_TEST_SUITE_P(Both, StudyEditsTest, testing::Values(Through::kServing, Through::kFile),
                         [](const auto& info) { return info.param == Through::kServing ? "Serving" : "File"; });

TEST_P(StudyEditsTest, AStoppedStudyHandsOutNothingUntilItIsResumed) {
  ASSERT_TRUE(Create(ForestStudy("s", 3)).ok());
  const absl::StatusOr<StudySummary> stopped = Change(true);
  ASSERT_TRUE(stopped.ok()) << stopped.status();
  EXPECT_TRUE(stopped->stopped());
  EXPECT_FALSE(Ask(Connect("w"), "r1").has_value());
  EXPECT_THAT(std::string(AskFor().status().message()), HasSubstr("resume"));
  ASSERT_TRUE(Change(false).ok());
  EXPECT_TRUE(Ask(Connect("w"), "r2").has_value());
}

TEST_P(StudyEditsTest, AStudyThatIsFinishedGoesOnWithALargerBudget) {
  ASSERT_TRUE(Create(AskedStudy(1)).ok());
  ASSERT_TRUE(AskFor().ok());
  ASSERT_TRUE(TellValues(0, {1}).ok());
  EXPECT_TRUE(Summary().finished());
  const absl::Status none = AskFor().status();
  EXPECT_EQ(none.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(none.message()), HasSubstr("parzen study extend"));
  const absl::StatusOr<StudySummary> extended = Change(std::nullopt, 2);
  ASSERT_TRUE(extended.ok()) << extended.status();
  EXPECT_FALSE(extended->finished());
  EXPECT_EQ(AskFor()->number(), 1);
}

TEST_P(StudyEditsTest, ABudgetBelowWhatHasEndedIsRefused) {
  ASSERT_TRUE(Create(AskedStudy(5)).ok());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(AskFor().ok());
    ASSERT_TRUE(TellValues(i, {1}).ok());
  }
  EXPECT_THAT(std::string(Change(std::nullopt, 1).status().message()), HasSubstr("2 trials"));
  EXPECT_EQ(Summary().budget(), 5);
  EXPECT_TRUE(Change(std::nullopt, 2).ok());
  EXPECT_EQ(Change(std::nullopt, 0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Change(std::nullopt).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(StudyEditsTest, AStudyWithRunningTrialsIsDeletedOnlyByForce) {
  ASSERT_TRUE(Create(ForestStudy("s", 3)).ok());
  const ConnectionId worker = Connect("w");
  const Lease lease = Ask(worker, "r1")->lease();
  EXPECT_THAT(std::string(Delete().status().message()), HasSubstr("1 trial of study \"s\" run"));
  const absl::StatusOr<DeleteStudyResponse> deleted = Delete(/*even_if_running=*/true);
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  EXPECT_EQ(deleted->trials(), 1);
  EXPECT_EQ(Rows("SELECT study_name FROM studies").size(), 0u);
  EXPECT_EQ(Rows("SELECT token FROM parzen_attempts").size(), 0u);
  EXPECT_FALSE(Finish(Connect("w"), lease));  // what the worker found is dropped, and it is told so
}

TEST_P(StudyEditsTest, AnUnknownStudySuggestsTheClosest) {
  ASSERT_TRUE(Create(AskedStudy(3)).ok());
  ChangeStudyRequest request;
  request.set_study("S");
  request.set_stopped(true);
  const absl::Status status = Edit(&StudyEdits::ChangeStudy, request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("did you mean \"s\""));
}

TEST_P(StudyEditsTest, AnEnqueuedTrialIsTheNextOneWithItsValuesAndTheSamplersOthers) {
  ASSERT_TRUE(Create(AskedStudy(3)).ok());
  const absl::StatusOr<TrialRecord> enqueued = Enqueue({{"c", "1"}, {"kernel", "RBF"}});
  ASSERT_TRUE(enqueued.ok()) << enqueued.status();
  EXPECT_EQ(enqueued->state(), WAITING);
  EXPECT_EQ(SystemAttribute(0, "fixed_params"), R"({"c": 1.0, "kernel": "RBF"})");
  const absl::StatusOr<TrialRecord> asked = AskFor();
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->number(), 0);
  EXPECT_EQ(Parameter(*asked, "c"), "1.0");
  EXPECT_EQ(Parameter(*asked, "kernel"), "\"RBF\"");
  EXPECT_NE(Parameter(*asked, "gamma"), "");
}

TEST_P(StudyEditsTest, AValueThatCannotBeIsRefusedWithWhatCan) {
  ASSERT_TRUE(Create(AskedStudy(3)).ok());
  const auto why = [&](const std::vector<std::pair<std::string, std::string>>& values) {
    const absl::Status status = Enqueue(values).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    return std::string(status.message());
  };
  EXPECT_THAT(why({{"kernl", "RBF"}}), HasSubstr("did you mean \"kernel\""));
  EXPECT_THAT(why({{"kernel", "RBX"}}), HasSubstr("did you mean \"RBF\""));
  EXPECT_THAT(why({{"c", "5000"}}), HasSubstr("1000"));
  EXPECT_THAT(why({{"c", "much"}}), HasSubstr("no number"));
  EXPECT_THAT(why({{"c", "1"}, {"c", "2"}}), HasSubstr("twice"));
  EXPECT_THAT(why({}), HasSubstr("no value"));
  EXPECT_THAT(why({{"gamma", "0.5"}, {"kernel", "POLY"}}), HasSubstr("exists only where \"kernel\" is \"RBF\""));
  EXPECT_EQ(Summary().waiting(), 0);
  EXPECT_TRUE(Enqueue({{"gamma", "0.5"}}).ok());  // the sampler may still choose the kernel
}

TEST_P(StudyEditsTest, SkippingFindsTheTrialThatHasTheSameValues) {
  ASSERT_TRUE(Create(AskedStudy(5)).ok());
  ASSERT_TRUE(Enqueue({{"c", "1"}, {"kernel", "POLY"}}).ok());
  EXPECT_EQ(Enqueue({{"kernel", "POLY"}, {"c", "1.0"}}, true)->number(), 0);
  EXPECT_EQ(Enqueue({{"c", "1"}}, true)->number(), 1);
  EXPECT_EQ(Enqueue({{"c", "1"}, {"kernel", "POLY"}}, false)->number(), 2);
  // A trial that the sampler made counts too.
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(AskFor().ok());
  const absl::StatusOr<TrialRecord> made = AskFor();
  ASSERT_TRUE(made.ok()) << made.status();
  std::vector<std::pair<std::string, std::string>> values = {{"c", Parameter(*made, "c")}};
  values.push_back({"kernel", Parameter(*made, "kernel") == "\"RBF\"" ? "RBF" : "POLY"});
  if (const std::string gamma = Parameter(*made, "gamma"); !gamma.empty()) values.push_back({"gamma", gamma});
  EXPECT_EQ(Enqueue(values, true)->number(), made->number());
}

TEST_P(StudyEditsTest, AFinalResultIsOfATrialThatThereIs) {
  ASSERT_TRUE(Create(AskedStudy(5)).ok());
  ASSERT_TRUE(AskFor().ok());
  PutFinalResultRequest request;
  request.set_study("s");
  request.mutable_result()->set_trial_number(1);
  EXPECT_TRUE(absl::IsNotFound(Edit(&StudyEdits::PutFinalResult, request).status()));
  EXPECT_FALSE(Summary().has_final());
  request.mutable_result()->set_trial_number(0);
  EXPECT_TRUE(Edit(&StudyEdits::PutFinalResult, request).ok());
  EXPECT_EQ(Summary().final().trial_number(), 0);
}

TEST_P(StudyEditsTest, OptunasStudyHasNoPlaceForAFinalResult) {
  Execute(
      "INSERT INTO studies (study_id, study_name) VALUES (9, 's');"
      "INSERT INTO study_directions (direction, study_id, objective) VALUES ('MINIMIZE', 9, 0);"
      "INSERT INTO trials (trial_id, number, study_id, state) VALUES (50, 0, 9, 'COMPLETE');");
  Restart();
  PutFinalResultRequest request;
  request.set_study("s");
  request.mutable_result()->set_trial_number(0);
  const absl::Status refusal = Edit(&StudyEdits::PutFinalResult, request).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refusal)) << refusal;
  EXPECT_THAT(std::string(refusal.message()), HasSubstr("made by another program"));
}

TEST_P(StudyEditsTest, OptunasStudyTakesValuesThatItsParametersHad) {
  Execute(
      "INSERT INTO studies (study_id, study_name) VALUES (9, 's');"
      "INSERT INTO study_directions (direction, study_id, objective) VALUES ('MINIMIZE', 9, 0);");
  Restart();
  EXPECT_TRUE(Enqueue({{"any", "thing"}}).ok());  // nothing is known yet
  EXPECT_EQ(SystemAttribute(0, "fixed_params"), R"({"any": "thing"})");
  Execute(
      "INSERT INTO trials (trial_id, number, study_id, state) VALUES (50, 1, 9, 'COMPLETE');"
      "INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (50, 0, 1.5, 'FINITE');"
      "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES (50, 'x', 0.5, "
      "'{\"name\": \"FloatDistribution\", \"attributes\": {\"step\": null, \"low\": 0.0, \"high\": 1.0, \"log\": "
      "false}}')");
  Restart();
  EXPECT_TRUE(Enqueue({{"x", "0.25"}}).ok());
  EXPECT_EQ(SystemAttribute(2, "fixed_params"), R"({"x": 0.25})");
  EXPECT_EQ(Enqueue({{"x", "7"}}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(Enqueue({{"y", "7"}}).status().message()), HasSubstr("\"y\""));
  EXPECT_EQ(Enqueue({{"x", "0.5"}}, true)->number(), 1);
}

TEST_P(StudyEditsTest, AFailedTrialIsDoneAgainOnTopOfTheBudget) {
  ASSERT_TRUE(Create(AskedStudy(1)).ok());
  const absl::StatusOr<TrialRecord> first = AskFor();
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(TellEndOf(0, FAIL, "out of memory").ok());
  const absl::StatusOr<TrialRecord> again = Retry(0);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->number(), 1);
  EXPECT_EQ(again->state(), WAITING);
  EXPECT_EQ(SystemAttribute(1, "failed_trial"), "0");
  EXPECT_EQ(SystemAttribute(1, "retry_history"), "[0]");
  EXPECT_EQ(Summary().budget(), 2);
  const absl::StatusOr<TrialRecord> second = AskFor();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(Parameter(*second, "c"), Parameter(*first, "c"));
  EXPECT_EQ(Parameter(*second, "gamma"), Parameter(*first, "gamma"));
  // Failed again: the first one stays the failed trial, and the history grows.
  ASSERT_TRUE(TellEndOf(1, FAIL).ok());
  ASSERT_TRUE(Retry(1).ok());
  EXPECT_EQ(SystemAttribute(2, "failed_trial"), "0");
  EXPECT_EQ(SystemAttribute(2, "retry_history"), "[0,1]");
}

TEST_P(StudyEditsTest, AFailedTrialIsDoneAgainThoughOthersWentBeyondTheBudget) {
  ASSERT_TRUE(Create(AskedStudy(2)).ok());
  ASSERT_TRUE(AskFor().ok());
  ASSERT_TRUE(TellEndOf(0, FAIL).ok());
  for (int number = 1; number <= 3; ++number) {
    Execute(absl::StrCat("INSERT INTO trials (number, study_id, state) VALUES (", number,
                         ", 1, 'COMPLETE'); INSERT INTO trial_values (trial_id, objective, value, value_type) "
                         "SELECT max(trial_id), 0, 1.5, 'FINITE' FROM trials"));
  }
  ASSERT_TRUE(Enqueue({{"c", "1"}}).ok());  // waits in vain: the budget is used up
  const absl::StatusOr<TrialRecord> again = Retry(0);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->number(), 5);
  EXPECT_EQ(Summary().budget(), 6);
  for (const int64_t number : {4, 5}) {
    const absl::StatusOr<TrialRecord> asked = AskFor();
    ASSERT_TRUE(asked.ok()) << asked.status();
    EXPECT_EQ(asked->number(), number);
  }
  EXPECT_FALSE(AskFor().ok());
}

TEST_P(StudyEditsTest, ATrialWhoseAskerIsGoneGoesBackToTheQueue) {
  ASSERT_TRUE(Create(AskedStudy(2)).ok());
  const absl::StatusOr<TrialRecord> first = AskFor("r1");
  ASSERT_TRUE(first.ok());
  const absl::StatusOr<TrialRecord> back = Retry(0);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->number(), 0);
  EXPECT_EQ(back->state(), WAITING);
  EXPECT_EQ(Summary().budget(), 2);
  // The old request is over: its answer must not reach someone else's trial.
  EXPECT_EQ(AskFor("r1").status().code(), absl::StatusCode::kFailedPrecondition);
  const absl::StatusOr<TrialRecord> second = AskFor("r2");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->number(), 0);
  EXPECT_EQ(Parameter(*second, "c"), Parameter(*first, "c"));
  EXPECT_EQ(second->attempt_size(), 2);
}

TEST_P(StudyEditsTest, OnlyWhatFailedOrHangsIsDoneAgain) {
  ASSERT_TRUE(Create(ForestStudy("s", 3)).ok());
  ASSERT_TRUE(Ask(Connect("bob"), "r1").has_value());
  EXPECT_THAT(std::string(Retry(0).status().message()), HasSubstr("worker bob trains trial 0"));
  ASSERT_TRUE(AskFor().ok());
  ASSERT_TRUE(TellValues(1, {0.5}).ok());
  EXPECT_THAT(std::string(Retry(1).status().message()), HasSubstr("COMPLETE"));
  EXPECT_EQ(Retry(7).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(Retry(7).status().message()), HasSubstr("0 to 1"));
}

class ImportTest : public StudyEditsTest {
 protected:
  absl::StatusOr<StudySummary> Import(std::vector<ImportStudyRequest> parts) {
    size_t next = 0;
    const NextImportPart take = [&](ImportStudyRequest& part) -> absl::StatusOr<bool> {
      if (next == parts.size()) return false;
      part = parts[next++];
      return true;
    };
    return Edit(&StudyEdits::ImportStudy, take);
  }
  static ImportStudyRequest End(int64_t trials) {
    ImportStudyRequest end;
    end.mutable_end()->set_trials(trials);
    return end;
  }
  absl::StatusOr<StudySummary> ImportOwn(const StudySpec& spec, std::optional<int64_t> budget = {},
                                         const std::vector<DatasetFile>& files = {}) {
    ImportStudyRequest part;
    StudySummary& study = *part.mutable_study();
    study.set_name(spec.name());
    for (const ObjectiveSpec& objective : spec.objective()) study.add_direction(objective.direction());
    *study.mutable_spec() = spec;
    if (budget.has_value()) study.set_budget(*budget);
    study.mutable_file()->Assign(files.begin(), files.end());
    return Import({part, End(0)});
  }
};

INSTANTIATE_TEST_SUITE_P(Both, ImportTest, testing::Values(Through::kServing, Through::kFile),
                         [](const auto& info) { return info.param == Through::kServing ? "Serving" : "File"; });

TEST_P(ImportTest, AnImportIsMadeWholeOrNotAtAll) {
  std::vector<ImportStudyRequest> parts(3);
  parts[0].mutable_study()->set_name("s");
  parts[0].mutable_study()->add_direction(MAXIMIZE);
  for (int i = 0; i < 2; ++i) {
    TrialRecord& trial = *parts[i + 1].mutable_trial();
    trial.set_number(i);
    trial.set_state(COMPLETE);
    trial.add_value(i);
  }
  EXPECT_THAT(std::string(Import(parts).status().message()), HasSubstr("broke off before its end"));
  parts.push_back(End(2));
  const std::vector<ImportStudyRequest> cut = {parts[0], parts[1], parts[3]};
  EXPECT_THAT(std::string(Import(cut).status().message()), HasSubstr("ends after 2 trials, but 1 came"));
  EXPECT_EQ(Import({parts[1]}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Rows("SELECT study_name FROM studies").size(), 0u);
  const absl::StatusOr<StudySummary> made = Import(parts);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->complete(), 2);
  EXPECT_EQ(Import(parts).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_P(ImportTest, AnImportWithoutABudgetGetsItsSpecs) {
  const absl::StatusOr<StudySummary> made = ImportOwn(AskedStudy(7));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->budget(), 7);
}

TEST_P(ImportTest, AnImportIsCheckedAsIfItWereCreated) {
  EXPECT_THAT(std::string(ImportOwn(AskedStudy(7), -1).status().message()), HasSubstr("not -1"));
  EXPECT_THAT(std::string(ImportOwn(AskedStudy(7), 0).status().message()), HasSubstr("not 0"));
  StudySpec endless = AskedStudy(7);
  endless.mutable_search()->clear_trials();
  EXPECT_THAT(std::string(ImportOwn(endless).status().message()), HasSubstr("search.trials"));
  StudySpec upside_down = AskedStudy(7);
  upside_down.mutable_parameter(1)->mutable_float_()->set_low(2000);
  EXPECT_EQ(ImportOwn(upside_down).status().code(), absl::StatusCode::kInvalidArgument);
  DatasetFile file;
  file.set_name("never named");
  file.set_path("relative");
  EXPECT_THAT(std::string(ImportOwn(AskedStudy(7), 7, {file}).status().message()), HasSubstr("never named"));
  EXPECT_EQ(Rows("SELECT study_name FROM studies").size(), 0u);
}

}  // namespace
}  // namespace parzen
