// The numbers behind plots, beside what Optuna draws of the same trials (tests/testdata/plots_reference.py).
#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "studies/reports/plots/plot.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Json& Reference() {
  static const auto* const reference = [] {
    std::ifstream file("tests/testdata/plots_reference.json");
    return new Json(Json::parse(file));
  }();
  return *reference;
}

struct Recorded {
  StudySummary study;
  std::vector<TrialRecord> trials;

  Recorded(const Json& recorded, const std::vector<Direction>& directions) {
    for (const Direction direction : directions) study.add_direction(direction);
    for (const Json& from : recorded) {
      TrialRecord& trial = trials.emplace_back();
      trial.set_number(from["number"]);
      trial.set_state(*ParseTrialState(from["state"].get<std::string>()));
      for (const Json& value : from["values"]) trial.add_value(value);
      for (const auto& [name, value] : from["params"].items()) {
        NamedJson& parameter = *trial.add_parameter();
        parameter.set_name(name);
        parameter.set_json(value.dump());
        trial.add_distribution(from["distributions"].value(name, ""));
      }
      for (const Json& recorded_step : from["steps"]) {
        StepValue& step = *trial.add_step();
        step.set_step(recorded_step[0]);
        step.set_value(recorded_step[1]);
      }
    }
  }

  Plot Make(const std::string& name) const { return (*Registry<MakePlot>::Global().Find(name))({study, trials}); }
};

Recorded Single() { return Recorded(Reference()["single"], {MINIMIZE}); }
Recorded Several() { return Recorded(Reference()["several"], {MINIMIZE, MAXIMIZE}); }

std::vector<Json> Column(const PlotTable& table, const std::string& name) {
  const auto at = std::find(table.columns.begin(), table.columns.end(), name) - table.columns.begin();
  std::vector<Json> cells;
  for (const auto& row : table.rows) cells.push_back(row.at(static_cast<size_t>(at)));
  return cells;
}

void ExpectNear(const std::vector<Json>& ours, const Json& others) {
  ASSERT_EQ(ours.size(), others.size());
  for (size_t i = 0; i < ours.size(); ++i) {
    const double wanted = others[i];
    EXPECT_NEAR(ours[i].get<double>(), wanted, 1e-12 * std::max(1., std::abs(wanted))) << i;
  }
}

TEST(PlotsTest, TheDistributionOfValuesIsOptunasAndToldWhereItSteps) {
  const PlotTable steps = Single().Make("edf").tables[0];
  const Json& reference = Reference()["edf"];
  size_t last = 0;
  for (size_t i = 0; i < reference["x"].size(); ++i) {
    // Theirs are even places, which are rounded.
    const double place = reference["x"][i].get<double>() * (1 + 1e-12);
    while (last + 1 < steps.rows.size() && steps.rows[last + 1][1].get<double>() <= place) ++last;
    EXPECT_NEAR(steps.rows[last][2].get<double>(), reference["y"][i].get<double>(), 1e-12) << i;
  }
}

TEST(PlotsTest, OneValueThatIsFarOffLeavesTheStepsOfAllOthers) {
  Recorded study(Json::array(), {MINIMIZE});
  for (const double value : {0.9, 0.8, 1e6, 0.9, 0.7}) {
    TrialRecord& trial = study.trials.emplace_back();
    trial.set_number(static_cast<int64_t>(study.trials.size()) - 1);
    trial.set_state(COMPLETE);
    trial.add_value(value);
  }
  const PlotTable steps = study.Make("edf").tables[0];
  EXPECT_THAT(Column(steps, "value"), ElementsAre(0.7, 0.8, 0.9, 1e6));
  EXPECT_THAT(Column(steps, "share"), ElementsAre(0.2, 0.4, 0.8, 1.0));
}

TEST(PlotsTest, OfManyValuesTheDistributionHasBothEnds) {
  Recorded study(Json::array(), {MINIMIZE});
  for (int number = 0; number < 5000; ++number) {
    TrialRecord& trial = study.trials.emplace_back();
    trial.set_number(number);
    trial.set_state(COMPLETE);
    trial.add_value(number);
  }
  const PlotTable steps = study.Make("edf").tables[0];
  EXPECT_LE(steps.rows.size(), 400u);
  EXPECT_EQ(steps.rows.front()[1], 0.0);
  EXPECT_EQ(steps.rows.back()[1], 4999.0);
  EXPECT_EQ(steps.rows.back()[2], 1.0);
}

TEST(PlotsTest, PlotsOfCompleteTrialsSayHowManyTheseAre) {
  Recorded study = Single();
  size_t ended = 0, valued = 0;
  for (TrialRecord& trial : study.trials) {
    if (IsFinal(trial.state())) ++ended;
    if (trial.state() == COMPLETE) ++valued;
  }
  ASSERT_LT(valued, ended);
  const std::string note = absl::StrCat(valued, " of ", ended, " trials: those that are complete with a value");
  for (const char* plot : {"parallel_coordinates", "slice", "contour", "rank", "param_importances", "edf"}) {
    EXPECT_THAT(study.Make(plot).notes, ::testing::Contains(note)) << plot;
  }
  std::erase_if(study.trials, [](const TrialRecord& trial) { return trial.state() != COMPLETE; });
  EXPECT_THAT(study.Make("slice").notes, ::testing::IsEmpty());
}

TEST(PlotsTest, TheHistoryOfCompleteTrialsIsOptunas) {
  const PlotTable table = Single().Make("optimization_history").tables[0];
  PlotTable complete{table.name, table.columns, {}};
  for (const auto& row : table.rows) {
    if (row[2] == "COMPLETE") complete.rows.push_back(row);
  }
  EXPECT_EQ(Json(Column(complete, "number")), Reference()["history"]["numbers"]);
  ExpectNear(Column(complete, "value"), Reference()["history"]["values"]);
  ExpectNear(Column(complete, "best"), Reference()["history"]["best"]);
}

TEST(PlotsTest, SlicesAreOptunas) {
  const PlotTable table = Single().Make("slice").tables[0];
  size_t points = 0;
  for (const Json& slice : Reference()["slices"]) {
    PlotTable of_parameter{table.name, table.columns, {}};
    for (const auto& row : table.rows) {
      if (row[1] == slice["parameter"]) of_parameter.rows.push_back(row);
    }
    EXPECT_EQ(Json(Column(of_parameter, "number")), slice["numbers"]);
    EXPECT_EQ(Json(Column(of_parameter, "x")), slice["x"]);
    EXPECT_EQ(Json(Column(of_parameter, "value")), slice["y"]);
    points += of_parameter.rows.size();
  }
  EXPECT_EQ(points, table.rows.size()) << "and of no other parameter";
}

// Beside those of Optuna, who leaves out trials that failed: what they reported may say why.
TEST(PlotsTest, CurvesOnTheWayAreOptunas) {
  const PlotTable table = Recorded(Reference()["curves"], {MINIMIZE}).Make("intermediate_values").tables[0];
  std::map<int64_t, Json> steps;
  for (const auto& row : table.rows) {
    if (row[1] != "FAIL") steps[row[0]].push_back({row[2], row[3]});
  }
  EXPECT_EQ(steps.size(), Reference()["intermediate"].size());
  for (const Json& curve : Reference()["intermediate"]) EXPECT_EQ(steps[curve["number"]], curve["steps"]);
  EXPECT_THAT(Column(table, "state"), testing::Contains("FAIL").Times(4));
}

TEST(PlotsTest, ContoursHaveOptunasAxes) {
  const Plot plot = Single().Make("contour");
  ASSERT_EQ(plot.tables[0].rows.size(), Reference()["contour_axes"].size());
  for (const auto& row : plot.tables[0].rows) {
    const Json& axis = Reference()["contour_axes"][row[1].get<std::string>()];
    ExpectNear({row[2], row[3]}, axis["range"]);
    EXPECT_EQ(row[4], axis["log"]);
    EXPECT_EQ(row[5], axis["categorical"]);
  }
}

TEST(PlotsTest, CategoriesThatAreAllNumbersHaveAnAxisAndContoursAsInOptuna) {
  const Plot plot = Single().Make("contour");
  std::set<std::string> with_grid;
  for (const auto& row : plot.tables[1].rows) {
    with_grid.insert(row[1].get<std::string>());
    with_grid.insert(row[2].get<std::string>());
  }
  EXPECT_THAT(with_grid, ElementsAre("batch", "rate", "slope", "units", "x"))
      << "batch: 16, 32, 64; but neither \"8\" and \"16\", nor what is a number only now and then";
}

TEST(PlotsTest, AContourIsTheValueWhereATrialIsAndLiesBetweenThemElsewhere) {
  Recorded corners = Single();
  corners.trials.resize(4);
  for (int i = 0; i < 4; ++i) {
    TrialRecord& trial = corners.trials[static_cast<size_t>(i)];
    TrialRecord made;
    made.set_number(i);
    made.set_state(COMPLETE);
    made.add_value(i);
    const std::string distribution =
        R"({"name": "FloatDistribution", "attributes": {"step": null, "low": -10.0, "high": 10.0, "log": false}})";
    for (const auto& [name, value] : {std::pair("a", i % 2), std::pair("b", i / 2)}) {
      NamedJson& parameter = *made.add_parameter();
      parameter.set_name(name);
      parameter.set_json(std::to_string(value) + ".0");
      made.add_distribution(distribution);
    }
    trial = made;
  }
  const Plot plot = corners.Make("contour");
  ASSERT_EQ(plot.tables[1].rows.size(), 625);
  double lowest = 3, highest = 0;
  for (const auto& row : plot.tables[1].rows) {
    lowest = std::min(lowest, row[5].get<double>());
    highest = std::max(highest, row[5].get<double>());
  }
  EXPECT_GE(lowest, 0);
  EXPECT_LE(highest, 3);
  const Json middle = plot.tables[1].rows[312][5];
  EXPECT_NEAR(middle.get<double>(), 1.5, 1e-9) << "as far from all four";
  EXPECT_LT(lowest, .1);
  EXPECT_GT(highest, 2.9);
}

TEST(PlotsTest, TheParetoFrontIsOptunas) {
  const Plot plot = Several().Make("pareto_front");
  std::vector<int64_t> best;
  for (const auto& row : plot.tables[0].rows) {
    if (row[1].get<bool>()) best.push_back(row[0]);
  }
  EXPECT_THAT(best, testing::UnorderedElementsAreArray(Reference()["pareto_best"].get<std::vector<int64_t>>()));
  EXPECT_THAT(Single().Make("pareto_front").notes, ElementsAre(HasSubstr("no two objectives")));
}

TEST(PlotsTest, InfeasibleTrialsAreOnNoFront) {
  Recorded several = Several();
  for (TrialRecord& trial : several.trials) {
    trial.add_constraint()->set_value(trial.number() == 3 ? 0 : 1);
  }
  const Plot plot = several.Make("pareto_front");
  for (const auto& row : plot.tables[0].rows) {
    EXPECT_EQ(row[1].get<bool>(), row[0] == 3);
    EXPECT_EQ(row[2].get<bool>(), row[0] == 3);
  }
}

// Optuna draws ranks from version 3.2 on: there is no reference from the one that Debian has.
TEST(PlotsTest, RanksGoFromTheSmallestToTheLargestAndTiesShareTheirs) {
  Recorded single = Single();
  single.trials.resize(5);
  const double values[] = {2, 7, 2, -1, 9};
  for (size_t i = 0; i < 5; ++i) {
    single.trials[i].set_state(COMPLETE);
    single.trials[i].clear_value();
    single.trials[i].add_value(values[i]);
  }
  EXPECT_THAT(Column(single.Make("rank").tables[0], "rank"), ElementsAre(.375, .75, .375, 0, 1));
}

TEST(PlotsTest, ADistributionOfManyValuesSaysAtHowManyItIsTold) {
  Recorded single = Single();
  const TrialRecord one = single.trials[0];
  single.trials.assign(1000, one);
  for (size_t i = 0; i < 1000; ++i) {
    single.trials[i].set_state(COMPLETE);
    single.trials[i].clear_value();
    single.trials[i].add_value(static_cast<double>(i));
  }
  const Plot plot = single.Make("edf");
  EXPECT_EQ(plot.tables[0].rows.size(), 400U);
  EXPECT_THAT(plot.notes, ElementsAre("told at 400 of 1,000 values, evenly chosen by their order"));
}

TEST(PlotsTest, TheDominatedVolumeIsOptunasAfterEachTrial) {
  const Plot plot = Several().Make("hypervolume_history");
  const std::vector<Json> volumes = Column(plot.tables[0], "hypervolume");
  const Json& reference = Reference()["hypervolumes"];
  ASSERT_EQ(volumes.size(), reference.size());
  for (size_t i = 0; i < volumes.size(); ++i) {
    EXPECT_NEAR(volumes[i].get<double>(), reference[i].get<double>(), 1e-12) << "after " << i + 1;
  }
  EXPECT_GT(volumes.back().get<double>(), 1);
  EXPECT_EQ(plot.tables[1].rows.size(), 2);
}

TEST(PlotsTest, AConditionalParameterIsSeenOnlyWhereItIs) {
  const Recorded single = Single();
  size_t with = 0, seen = 0;
  for (const TrialRecord& trial : single.trials) {
    const auto has = std::any_of(trial.parameter().begin(), trial.parameter().end(),
                                 [](const NamedJson& parameter) { return parameter.name() == "slope"; });
    with += trial.state() == COMPLETE && has ? 1 : 0;
  }
  for (const Json& parameter : Column(single.Make("slice").tables[0], "parameter"))
    seen += parameter == "slope" ? 1 : 0;
  EXPECT_GT(with, 0);
  EXPECT_EQ(seen, with);
}

TEST(PlotsTest, TheTimelineShowsEveryAttempt) {
  Recorded single = Single();
  single.trials.resize(1);
  single.study.set_started("2026-01-02 03:04:05.000000");
  TrialRecord& trial = single.trials[0];
  trial.set_started("2026-01-02 03:04:07.500000");
  for (const auto& [state, end] :
       {std::pair(LOST, "2026-01-02 03:04:06.000000"), std::pair(ENDED, "2026-01-02 03:04:09.000000")}) {
    AttemptRecord& attempt = *trial.add_attempt();
    attempt.set_state(state);
    attempt.set_attempt(trial.attempt_size());
    attempt.set_started("2026-01-02 03:04:05.500000");
    attempt.set_ended(end);
  }
  const PlotTable bars = single.Make("timeline").tables[0];
  EXPECT_THAT(Column(bars, "state"), ElementsAre("LOST", "COMPLETE"));
  EXPECT_THAT(Column(bars, "from_seconds"), ElementsAre(.5, .5));
  EXPECT_THAT(Column(bars, "to_seconds"), ElementsAre(1., 4.));
}

TEST(PlotsTest, AnAttemptThatEndedBeforeTheLastHasFailed) {
  Recorded single = Single();
  single.trials.resize(1);
  for (int attempt = 1; attempt <= 2; ++attempt) single.trials[0].add_attempt()->set_state(ENDED);
  EXPECT_THAT(Column(single.Make("timeline").tables[0], "state"), ElementsAre("FAIL", "COMPLETE"));
}

TEST(PlotsTest, OfALongCurveSomeStepsAreShownTheLastAmongThem) {
  Recorded single = Single();
  for (int step = 1; step <= 50000; ++step) {
    StepValue& value = *single.trials[0].add_step();
    value.set_step(step);
    value.set_value(step);
  }
  const Plot plot = single.Make("intermediate_values");
  EXPECT_EQ(plot.tables[0].rows.size(), 1000);
  EXPECT_EQ(plot.tables[0].rows.back()[2], 50000);
  EXPECT_THAT(plot.notes, ElementsAre(HasSubstr("50000 steps")));
}

TEST(PlotsTest, TheWholeFrontIsShownOfHoweverManyTrials) {
  Recorded several = Several();
  several.trials.assign(30000, several.trials[0]);
  for (size_t i = 0; i < several.trials.size(); ++i) {
    TrialRecord& trial = several.trials[i];
    trial.set_number(static_cast<int64_t>(i));
    const bool is_best = i % 3 == 0;
    trial.set_value(0, static_cast<double>(i));
    trial.set_value(1, static_cast<double>(i) - (is_best ? 0 : 5));
  }
  const Plot plot = several.Make("pareto_front");
  size_t best = 0;
  for (const auto& row : plot.tables[0].rows) best += row[1].get<bool>() ? 1 : 0;
  EXPECT_EQ(best, 10000);
  EXPECT_THAT(plot.notes, ElementsAre(HasSubstr("of 30,000 trials")));
}

TEST(PlotsTest, ParametersNamedAsColumnsGetColumnsOfTheirOwn) {
  Recorded single = Single();
  single.trials.resize(1);
  single.trials[0].mutable_parameter(0)->set_name("number");
  const PlotTable lines = single.Make("parallel_coordinates").tables[0];
  EXPECT_THAT(lines.columns, testing::IsSupersetOf({"number", "number_"}));
}

TEST(PlotsTest, ACategoryThatIsNoneIsSeen) {
  Recorded single = Single();
  single.trials.resize(1);
  single.trials[0].mutable_parameter(0)->set_json("null");
  const PlotTable points = single.Make("slice").tables[0];
  EXPECT_EQ(points.rows.size(), static_cast<size_t>(single.trials[0].parameter_size()));
  EXPECT_TRUE(points.rows[0][3].is_null());
}

// Forests of 64 trees, each drawn from other random numbers than Optuna's: shares are the same within .04. Optuna 3.1
// has no ped_anova; tests/studies/importance has references of a later version.
TEST(PlotsTest, ImportancesAreOptunasWhereForestsLeaveNoDoubt) {
  const PlotTable bars = Recorded(Reference()["clear"], {MINIMIZE}).Make("param_importances").tables[0];
  for (const char* evaluator : {"fanova", "mean_decrease_impurity"}) {
    std::vector<std::string> ours, optunas;
    for (const auto& row : bars.rows) {
      if (row[1] != evaluator) continue;
      ours.push_back(row[2]);
      EXPECT_NEAR(row[3].get<double>(), Reference()[evaluator][ours.back()].get<double>(), .04)
          << evaluator << ours.back();
    }
    // The least important one comes first.
    for (const auto& [name, share] : Reference()[evaluator].items()) optunas.insert(optunas.begin(), name);
    EXPECT_EQ(ours, optunas) << evaluator;
  }
}

TEST(PlotsTest, EveryEvaluatorSaysWhatMattered) {
  const PlotTable bars = Single().Make("param_importances").tables[0];
  std::map<std::string, double> sums;
  for (const auto& row : bars.rows) sums[row[1]] += row[3].get<double>();
  EXPECT_EQ(sums.size(), 3);
  for (const auto& [evaluator, sum] : sums) EXPECT_NEAR(sum, 1, 1e-9) << evaluator;
}

}  // namespace
}  // namespace parzen
