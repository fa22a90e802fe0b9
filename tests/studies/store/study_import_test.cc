// Studies that were made elsewhere come in as they were.
#include "studies/store/study_import.h"

#include <limits>

#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kRate[] =
    R"({"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}})";
constexpr char kKernel[] = R"({"name": "CategoricalDistribution", "attributes": {"choices": ["rbf", null, 3]}})";

class StudyImportTest : public StoreTest {
 protected:
  StudyImportTest() { Open(); }

  static StudySummary Named(const std::string& name) {
    StudySummary study;
    study.set_name(name);
    study.add_direction(MAXIMIZE);
    return study;
  }
  static TrialRecord Trial(TrialState state, const std::string& rate = "0.5") {
    TrialRecord trial;
    trial.set_state(state);
    trial.set_started("2026-11-20 12:00:00.000007");
    if (state == COMPLETE) trial.add_value(0.25);
    if (state == COMPLETE || state == FAIL) trial.set_completed("2026-11-20 12:00:01.000000");
    NamedJson& parameter = *trial.add_parameter();
    parameter.set_name("rate");
    parameter.set_json(rate);
    trial.add_distribution(kRate);
    return trial;
  }
  static void Set(NamedJson& attribute, const std::string& name, const std::string& json) {
    attribute.set_name(name);
    attribute.set_json(json);
  }
  // A new study "s" of these trials, in one transaction.
  void Import(const std::vector<TrialRecord>& trials) {
    Transact([&]() -> absl::Status {
      absl::StatusOr<StudyImport> import = StudyImport::Create(store(), Named("s"), kNoon);
      if (!import.ok()) return import.status();
      for (const TrialRecord& trial : trials) {
        if (const auto added = import->Add(trial); !added.ok()) return added.status();
      }
      return absl::OkStatus();
    });
  }
  // What adding this trial says, as the first of a study.
  absl::Status AddError(const TrialRecord& trial) {
    return Try([&]() -> absl::Status {
      absl::StatusOr<StudyImport> import = StudyImport::Create(store(), Named("s"), kNoon);
      if (!import.ok()) return import.status();
      return import->Add(trial).status();
    });
  }
};

TEST_F(StudyImportTest, AFinalTrialKeepsEverything) {
  TrialRecord trial = Trial(COMPLETE);
  Set(*trial.add_parameter(), "kernel", "null");
  trial.add_distribution(kKernel);
  Set(*trial.add_user_attribute(), "note", "\"caf\\u00e9\"");
  Set(*trial.add_system_attribute(), "grid_id", "NaN");
  trial.add_step()->set_step(3);
  trial.mutable_step(0)->set_value(-std::numeric_limits<double>::infinity());
  trial.add_constraint()->set_name("memory");
  trial.mutable_constraint(0)->set_value(-1.5);
  Import({trial});

  EXPECT_THAT(Query(Path(), "SELECT number, state, datetime_start, datetime_complete FROM trials"),
              ElementsAre("0|COMPLETE|2026-11-20 12:00:00.000007|2026-11-20 12:00:01.000000"));
  EXPECT_THAT(Query(Path(), "SELECT param_name, param_value, distribution_json FROM trial_params ORDER BY param_id"),
              ElementsAre(std::string("rate|0.5|") + kRate, std::string("kernel|1.0|") + kKernel));
  EXPECT_THAT(Query(Path(), "SELECT objective, value, value_type FROM trial_values"), ElementsAre("0|0.25|FINITE"));
  EXPECT_THAT(Query(Path(), "SELECT step, intermediate_value, intermediate_value_type FROM trial_intermediate_values"),
              ElementsAre("3|NULL|INF_NEG"));
  EXPECT_THAT(Query(Path(), "SELECT \"key\", value_json FROM trial_user_attributes"),
              ElementsAre("note|\"caf\\u00e9\""));
  EXPECT_THAT(Query(Path(), "SELECT \"key\", value_json FROM trial_system_attributes"),
              ElementsAre("grid_id|NaN", "constraints:memory|-1.5"));
}

TEST_F(StudyImportTest, ATrialThatIsNotFinalWaitsWithItsParametersGiven) {
  TrialRecord trial = Trial(RUNNING);
  trial.add_step()->set_step(0);
  Import({trial});
  EXPECT_THAT(Query(Path(), "SELECT state, datetime_start FROM trials"), ElementsAre("WAITING|NULL"));
  EXPECT_THAT(Query(Path(), "SELECT \"key\", value_json FROM trial_system_attributes"),
              ElementsAre("fixed_params|{\"rate\": 0.5}"));
  EXPECT_THAT(Query(Path(), "SELECT 1 FROM trial_params"), IsEmpty());
  EXPECT_THAT(Query(Path(), "SELECT 1 FROM trial_intermediate_values"), IsEmpty());
}

TEST_F(StudyImportTest, AnEmptyDistributionIsTheOneOfTheTrialBefore) {
  TrialRecord second = Trial(COMPLETE, "0.75");
  second.set_distribution(0, "");
  Import({Trial(COMPLETE), second});
  EXPECT_THAT(Query(Path(), "SELECT param_value, distribution_json FROM trial_params"),
              ElementsAre(std::string("0.5|") + kRate, std::string("0.75|") + kRate));
  EXPECT_THAT(AddError(second), IsError(absl::StatusCode::kAlreadyExists, "there is a study"));
}

TEST_F(StudyImportTest, ANumberOutsideItsRangeIsKept) {
  Import({Trial(COMPLETE, "1.5")});
  EXPECT_THAT(Query(Path(), "SELECT param_value FROM trial_params"), ElementsAre("1.5"));
}

TEST_F(StudyImportTest, LegacyDistributionsAreStoredAsTodays) {
  TrialRecord trial = Trial(COMPLETE);
  trial.set_distribution(0, R"({"name": "UniformDistribution", "attributes": {"low": 0.0, "high": 1.0}})");
  Import({trial});
  EXPECT_THAT(Query(Path(), "SELECT distribution_json FROM trial_params"), ElementsAre(kRate));
}

TEST_F(StudyImportTest, WhatNoStudyMayHoldIsRefused) {
  TrialRecord no_value = Trial(COMPLETE);
  no_value.clear_value();
  EXPECT_THAT(AddError(no_value), IsError(absl::StatusCode::kInvalidArgument, "COMPLETE with 0 values"));
  TrialRecord failed_with_value = Trial(FAIL);
  failed_with_value.add_value(1);
  EXPECT_THAT(AddError(failed_with_value), IsError(absl::StatusCode::kInvalidArgument, "there must be none"));
  TrialRecord nan = Trial(COMPLETE);
  nan.set_value(0, std::numeric_limits<double>::quiet_NaN());
  EXPECT_THAT(AddError(nan), IsError(absl::StatusCode::kInvalidArgument, "NaN"));
  TrialRecord no_distribution = Trial(COMPLETE);
  no_distribution.clear_distribution();
  EXPECT_THAT(AddError(no_distribution), IsError(absl::StatusCode::kInvalidArgument, "\"rate\" has no distribution"));
  TrialRecord gap = Trial(COMPLETE);
  gap.set_number(4);
  EXPECT_THAT(AddError(gap), IsError(absl::StatusCode::kFailedPrecondition, "where number 0 belongs"));
  TrialRecord bad_time = Trial(COMPLETE);
  bad_time.set_completed("yesterday");
  EXPECT_THAT(AddError(bad_time), IsError(absl::StatusCode::kInvalidArgument, "yesterday"));
  TrialRecord bad_choice = Trial(COMPLETE, "\"poly\"");
  bad_choice.set_distribution(0, kKernel);
  EXPECT_THAT(AddError(bad_choice), IsError(absl::StatusCode::kInvalidArgument, "\"rate\""));
}

TEST_F(StudyImportTest, AnImportGoesOnOverTransactions) {
  absl::StatusOr<StudyImport> import = absl::InternalError("not made yet");
  Transact([&] { return (import = StudyImport::Create(store(), Named("s"), kNoon)).status(); });
  Transact([&] { return import->Add(Trial(COMPLETE)).status(); });
  Transact([&] { return import->Add(Trial(FAIL)).status(); });
  EXPECT_THAT(Query(Path(), "SELECT number, state FROM trials"), ElementsAre("0|COMPLETE", "1|FAIL"));
  EXPECT_FALSE(import->Add(Trial(FAIL)).ok()) << "there is no transaction";
}

TEST_F(StudyImportTest, AStudyWithASpecIsOneOfParzensOwn) {
  StudySummary study = Named("forest");
  *study.mutable_spec() = ForestSpec("forest");
  study.set_budget(7);
  study.set_stopped(true);
  Set(*study.add_user_attribute(), "owner", "\"me\"");
  Transact([&] { return StudyImport::Create(store(), study, kNoon).status(); });
  const auto found = store().FindStudy("forest");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->spec.has_value());
  EXPECT_EQ(found->budget, 7);
  EXPECT_TRUE(found->stopped);
  EXPECT_THAT(Query(Path(), "SELECT \"key\", value_json FROM study_user_attributes"), ElementsAre("owner|\"me\""));
}

TEST_F(StudyImportTest, AnUnknownStudyCannotBeContinued) {
  EXPECT_THAT(Try([&] { return StudyImport::Continue(store(), 9).status(); }),
              IsError(absl::StatusCode::kNotFound, "study_id 9"));
}

}  // namespace
}  // namespace parzen
