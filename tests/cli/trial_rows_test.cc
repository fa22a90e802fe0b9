#include "cli/trial_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/study_rows.h"

namespace parzen {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

class TrialRowsTest : public testing::Test {
 protected:
  TrialRowsTest() {
    study_.set_name("s");
    study_.add_metric("validation_accuracy");
    study_.add_direction(MAXIMIZE);
  }

  TrialRecord& Trial(TrialState state) {
    TrialRecord& trial = trials_.emplace_back();
    trial.set_number(static_cast<int64_t>(trials_.size()) - 1);
    trial.set_state(state);
    return trial;
  }
  static void Set(NamedJson* named, const std::string& name, const std::string& json) {
    named->set_name(name);
    named->set_json(json);
  }
  std::string Csv() const { return TrialTable(study_, trials_, /*everything=*/true).Render(Format::kCsv); }

  StudySummary study_;
  std::vector<TrialRecord> trials_;
};

TEST_F(TrialRowsTest, CsvHasParametersMetricsAndTheLastAttempt) {
  TrialRecord& trial = Trial(COMPLETE);
  trial.add_value(.1 + .2);
  Set(trial.add_parameter(), "trees", "120");
  Set(trial.add_parameter(), "criterion", "\"GINI\"");
  Set(trial.add_user_attribute(), "validation_log_loss", "0.25");
  trial.set_started("2025-03-01 10:00:00.000000");
  trial.set_completed("2025-03-01 10:00:01.500000");
  trial.add_attempt()->set_attempt(1);
  trial.add_attempt()->set_attempt(2);
  trial.mutable_attempt(1)->set_worker("alice");
  EXPECT_EQ(Csv(),
            "number,state,value,trees,criterion,seconds,worker,attempts,reason,started,completed,validation_log_loss\n"
            "0,COMPLETE,0.30000000000000004,120,GINI,1.5,alice,2,,2025-03-01 10:00:00.000000,"
            "2025-03-01 10:00:01.500000,0.25\n");
}

TEST_F(TrialRowsTest, ParameterThatATrialDoesNotHaveIsEmpty) {
  Set(Trial(WAITING).add_parameter(), "kernel", "\"RBF\"");
  Set(Trial(WAITING).add_parameter(), "degree", "3");
  EXPECT_THAT(Csv(), HasSubstr("\n0,WAITING,,RBF,,"));
  EXPECT_THAT(Csv(), HasSubstr("\n1,WAITING,,,3,"));
}

TEST_F(TrialRowsTest, NamesThatAreTakenGetAPrefix) {
  TrialRecord& trial = Trial(COMPLETE);
  Set(trial.add_parameter(), "state", "1");
  Set(trial.add_parameter(), "depth", "2");
  Set(trial.add_user_attribute(), "depth", "3");
  EXPECT_THAT(Csv(), StartsWith("number,state,value,parameter_state,depth,seconds,worker,attempts,reason,started,"
                                "completed,attribute_depth\n0,COMPLETE,,1,2,"));
}

TEST_F(TrialRowsTest, EachOfSeveralObjectivesHasAColumn) {
  study_.add_metric("fit_seconds");
  study_.add_direction(MINIMIZE);
  TrialRecord& trial = Trial(COMPLETE);
  trial.add_value(.5);
  trial.add_value(2);
  EXPECT_THAT(Csv(), StartsWith("number,state,validation_accuracy,fit_seconds,seconds,"));
  EXPECT_THAT(Csv(), HasSubstr("\n0,COMPLETE,0.5,2.0,"));
}

TEST_F(TrialRowsTest, TableForPeopleLeavesMetricsOut) {
  Set(Trial(COMPLETE).add_user_attribute(), "validation_log_loss", "0.25");
  EXPECT_THAT(TrialTable(study_, trials_, /*everything=*/false).Render(Format::kTable),
              Not(HasSubstr("validation_log_loss")));
}

TEST_F(TrialRowsTest, BestShowsParametersMetricsAndTheTestResultOfThatTrial) {
  TrialRecord& best = *study_.mutable_best();
  best.set_number(7);
  best.add_value(.95);
  Set(best.add_parameter(), "trees", "120");
  Set(best.add_user_attribute(), "validation_accuracy", "0.95");
  study_.mutable_final()->set_trial_number(7);
  study_.mutable_final()->mutable_metrics()->mutable_test()->set_accuracy(.94);
  EXPECT_THAT(BestFields(study_), Contains(Pair("parameters", "trees = 120")));
  EXPECT_THAT(BestFields(study_), Contains(Pair("validation", "accuracy 0.95")));
  EXPECT_THAT(BestFields(study_), Contains(Pair("test", "accuracy 0.94")));

  study_.mutable_final()->set_trial_number(3);  // of an earlier best
  EXPECT_THAT(BestFields(study_), Not(Contains(Pair("test", "accuracy 0.94"))));
}

TEST_F(TrialRowsTest, BestRecordTellsFinalMetricsFromThoseOfTheTrial) {
  TrialRecord& best = *study_.mutable_best();
  Set(best.add_user_attribute(), "fit_seconds", "1.5");
  study_.mutable_final()->mutable_metrics()->set_fit_seconds(2.5);
  const std::string csv = BestRecord(study_).Render(Format::kCsv);
  EXPECT_THAT(csv, StartsWith("number,value,objective,fit_seconds,final_fit_seconds\n"));
  EXPECT_THAT(csv, HasSubstr(",1.5,2.5\n"));
}

TEST_F(TrialRowsTest, SpaceTableSaysRangesAndConditions) {
  StudySpec spec;
  ParameterSpec& gamma = *spec.add_parameter();
  gamma.set_name("gamma");
  gamma.mutable_float_()->set_low(1e-5);
  gamma.mutable_float_()->set_high(1);
  gamma.mutable_float_()->set_log(true);
  gamma.add_when()->set_parameter("kernel");
  gamma.mutable_when(0)->set_equals("RBF");
  const std::string table = SpaceTable(spec).Render(Format::kTable);
  EXPECT_THAT(table, HasSubstr("1e-05 to 1, log"));
  EXPECT_THAT(table, HasSubstr("kernel = RBF"));
}

TEST_F(TrialRowsTest, StudyTableCountsFinishedTrialsOfEveryFinalState) {
  study_.mutable_spec();
  study_.set_complete(5);
  study_.set_pruned(2);
  study_.set_failed(1);
  study_.set_budget(10);
  EXPECT_EQ(FinishedTrials(study_), 8);
  EXPECT_THAT(StudyTable({study_}).Render(Format::kCsv), HasSubstr("\ns,unfinished,8,10,"));
}

}  // namespace
}  // namespace parzen
