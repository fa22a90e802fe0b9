// Every row of Optuna's tables against what readers are answered, field by field, in both directions: a file that
// Optuna made, and one that this program writes.
#include <algorithm>
#include <limits>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "studies/distribution.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

using Rows = std::vector<std::string>;

// Its columns with '|' between, numbers in full; NULL is "-".
Rows RowsOf(Database& database, const std::string& sql, int columns, const std::vector<int>& numbers = {}) {
  Rows rows;
  Statement& query = *database.Prepare(sql);
  const absl::Status status = query.ForEach([&] {
    Rows cells;
    for (int i = 0; i < columns; ++i) {
      const bool number = std::find(numbers.begin(), numbers.end(), i) != numbers.end();
      cells.push_back(query.IsNull(i) ? "-" : number ? JsonNumber(query.Double(i)) : query.Text(i));
    }
    rows.push_back(absl::StrJoin(cells, "|"));
    return absl::OkStatus();
  });
  EXPECT_EQ(status, absl::OkStatus()) << sql;
  return rows;
}

// A number as Optuna's pair of columns.
std::string Typed(double value) {
  const std::string text = JsonNumber(value);
  if (text == "NaN") return "-|NAN";
  if (text == "Infinity") return "-|INF_POS";
  if (text == "-Infinity") return "-|INF_NEG";
  return absl::StrCat(text, "|FINITE");
}

std::string OrNull(const std::string& text) { return text.empty() ? "-" : text; }

// What readers are answered, as rows of Optuna's tables.
struct Answers {
  Rows studies, directions, study_user, study_system, trials, user, system, params, values, steps;
};

class OptunaRowsTest : public StoreTest {
 protected:
  Answers Ask() {
    Answers answers;
    StudyReader reader(store());
    const ListStudiesResponse studies = *reader.ListStudies(ListStudiesRequest());
    for (const StudySummary& listed : studies.study()) {
      GetStudyRequest get;
      get.set_study(listed.name());
      get.set_system_attributes(true);
      const StudySummary study = *reader.GetStudy(get);
      answers.studies.push_back(absl::StrCat(study.study_id(), "|", study.name()));
      for (int i = 0; i < study.direction_size(); ++i) {
        answers.directions.push_back(absl::StrCat(study.study_id(), "|", i, "|", Direction_Name(study.direction(i))));
      }
      AddNamed(study.study_id(), study.user_attribute(), answers.study_user);
      AddNamed(study.study_id(), study.system_attribute(), answers.study_system);
      ListTrialsRequest list;
      list.set_study(study.name());
      list.set_distributions(true);
      list.set_steps(true);
      list.set_system_attributes(true);
      last_distribution_.clear();
      const ListTrialsResponse page = *reader.ListTrials(list);
      for (const TrialRecord& trial : page.trial()) AddTrialRows(study.study_id(), trial, answers);
    }
    return answers;
  }

  void ExpectRows(const Answers& answers) {
    Database& db = store().database();
    EXPECT_EQ(answers.studies, RowsOf(db, "SELECT study_id, study_name FROM studies ORDER BY 1", 2));
    EXPECT_EQ(answers.directions,
              RowsOf(db, "SELECT study_id, objective, direction FROM study_directions ORDER BY study_direction_id", 3));
    EXPECT_EQ(
        answers.study_user,
        RowsOf(db,
               "SELECT study_id, \"key\", value_json FROM study_user_attributes ORDER BY 1, study_user_attribute_id",
               3));
    EXPECT_EQ(
        answers.study_system,
        RowsOf(
            db,
            "SELECT study_id, \"key\", value_json FROM study_system_attributes ORDER BY 1, study_system_attribute_id",
            3));
    EXPECT_EQ(answers.trials, RowsOf(db,
                                     "SELECT trial_id, number, study_id, state, datetime_start, datetime_complete "
                                     "FROM trials ORDER BY study_id, number",
                                     6));
    EXPECT_EQ(
        answers.user,
        RowsOf(db,
               "SELECT trial_id, \"key\", value_json FROM trial_user_attributes ORDER BY 1, trial_user_attribute_id",
               3));
    EXPECT_EQ(
        answers.system,
        RowsOf(
            db,
            "SELECT trial_id, \"key\", value_json FROM trial_system_attributes ORDER BY 1, trial_system_attribute_id",
            3));
    EXPECT_EQ(
        answers.params,
        RowsOf(db, "SELECT trial_id, param_name, param_value, distribution_json FROM trial_params ORDER BY 1, param_id",
               4, {2}));
    EXPECT_EQ(answers.values,
              RowsOf(db, "SELECT trial_id, objective, value, value_type FROM trial_values ORDER BY 1, 2", 4, {2}));
    EXPECT_EQ(answers.steps, RowsOf(db,
                                    "SELECT trial_id, step, intermediate_value, intermediate_value_type "
                                    "FROM trial_intermediate_values ORDER BY 1, 2",
                                    4, {2}));
  }

 private:
  static void AddNamed(int64_t id, const google::protobuf::RepeatedPtrField<NamedJson>& values, Rows& rows) {
    for (const NamedJson& value : values) rows.push_back(absl::StrCat(id, "|", value.name(), "|", value.json()));
  }

  void AddTrialRows(int64_t study_id, const TrialRecord& trial, Answers& answers) {
    const int64_t id = trial.trial_id();
    answers.trials.push_back(absl::StrCat(id, "|", trial.number(), "|", study_id, "|", TrialState_Name(trial.state()),
                                          "|", OrNull(trial.started()), "|", OrNull(trial.completed())));
    AddNamed(id, trial.user_attribute(), answers.user);
    AddNamed(id, trial.system_attribute(), answers.system);
    ASSERT_EQ(trial.parameter_size(), trial.distribution_size());
    for (int i = 0; i < trial.parameter_size(); ++i) {
      const NamedJson& parameter = trial.parameter(i);
      std::string& distribution = last_distribution_[parameter.name()];
      if (!trial.distribution(i).empty()) distribution = trial.distribution(i);
      const auto internal = ValueFromJson(*DistributionFromJson(distribution), parameter.json());
      ASSERT_TRUE(internal.ok()) << internal.status();
      answers.params.push_back(absl::StrCat(id, "|", parameter.name(), "|", JsonNumber(*internal), "|", distribution));
    }
    for (int i = 0; i < trial.value_size(); ++i) {
      answers.values.push_back(absl::StrCat(id, "|", i, "|", Typed(trial.value(i))));
    }
    for (const StepValue& step : trial.step()) {
      answers.steps.push_back(absl::StrCat(id, "|", step.step(), "|", Typed(step.value())));
    }
  }

  std::map<std::string, std::string> last_distribution_;  // by parameter
};

TEST_F(OptunaRowsTest, EveryRowThatOptunaWroteIsAnswered) {
  ASSERT_EQ(RunSql(Path(), FileText("tests/testdata/optuna_schema.sql")), absl::OkStatus());
  ASSERT_EQ(RunSql(Path(), FileText("tests/testdata/optuna_rows.sql")), absl::OkStatus());
  Open(Store::Mode::kReadWrite);
  const Answers answers = Ask();
  ExpectRows(answers);
  // The rows are those of the sample, not some of them.
  EXPECT_THAT(answers.studies, ElementsAre("1|demo", "2|mo", "3|cma"));
  EXPECT_THAT(answers.trials, SizeIs(13));
  EXPECT_THAT(answers.params, SizeIs(36));
  EXPECT_THAT(answers.values, SizeIs(14));
  EXPECT_THAT(answers.steps, SizeIs(20));
  EXPECT_THAT(answers.user, SizeIs(6));
  EXPECT_THAT(answers.system, SizeIs(14));
  EXPECT_THAT(answers.study_user, SizeIs(1));
  EXPECT_THAT(answers.study_system, SizeIs(3));
}

TEST_F(OptunaRowsTest, OurRowsHaveOptunasTypesAndSpellings) {
  Open();
  const int64_t study_id = CreateStudy(ForestSpec("ours"));
  const int64_t complete = AddTrial(study_id, ForestPoint(0.1));
  Transact([&] { return store().SetIntermediateValue(complete, 0, std::numeric_limits<double>::quiet_NaN()); });
  Transact([&] { return store().SetIntermediateValue(complete, 1, -std::numeric_limits<double>::infinity()); });
  Transact([&] { return store().SetTrialUserAttribute(complete, "é", "NaN"); });
  Move(complete, COMPLETE, {std::numeric_limits<double>::infinity()});
  Move(AddTrial(study_id, ForestPoint(0.2)), FAIL);
  AddTrial(study_id, ForestPoint(0.3));
  const Answers answers = Ask();
  ExpectRows(answers);
  EXPECT_THAT(answers.values, ElementsAre(absl::StrCat(complete, "|0|-|INF_POS")));
  EXPECT_THAT(answers.steps, ElementsAre(absl::StrCat(complete, "|0|-|NAN"), absl::StrCat(complete, "|1|-|INF_NEG")));
  Database& db = store().database();
  EXPECT_THAT(RowsOf(db, "SELECT number FROM trials ORDER BY trial_id", 1), ElementsAre("0", "1", "2"));
  EXPECT_THAT(RowsOf(db, "SELECT DISTINCT typeof(param_value) || typeof(distribution_json) FROM trial_params", 1),
              ElementsAre("realtext"));
  EXPECT_THAT(RowsOf(db, "SELECT datetime_start FROM trials", 1),
              Each(MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}")));
  EXPECT_THAT(RowsOf(db, "SELECT typeof(value) FROM trial_values", 1), ElementsAre("null"));
  // Spelt as Python's json.dumps spells them, so equal distributions are equal texts in either program's rows.
  EXPECT_THAT(
      RowsOf(db, "SELECT DISTINCT distribution_json FROM trial_params ORDER BY param_name", 1),
      Each(testing::AnyOf(
          MatchesRegex("\\{\"name\": \"FloatDistribution\", \"attributes\": \\{\"step\": (null|[-.e0-9]+), "
                       "\"low\": [-.e0-9]+, \"high\": [-.e0-9]+, \"log\": (true|false)\\}\\}"),
          MatchesRegex("\\{\"name\": \"IntDistribution\", \"attributes\": \\{\"log\": (true|false), \"step\": "
                       "[0-9]+, \"low\": -?[0-9]+, \"high\": -?[0-9]+\\}\\}"),
          MatchesRegex("\\{\"name\": \"CategoricalDistribution\", \"attributes\": \\{\"choices\": \\[.*\\]\\}\\}"))));
}

}  // namespace
}  // namespace parzen
