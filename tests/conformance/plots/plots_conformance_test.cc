// What every plot must keep to, over every one that is registered: the contract in plot.h.
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr char kRate[] =
    R"({"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}})";
constexpr char kUnits[] =
    R"({"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 9}})";
constexpr char kKind[] = R"({"name": "CategoricalDistribution", "attributes": {"choices": ["<b>\"a\"</b>", "b"]}})";

// A study of some trials, with all that they may have.
struct Made {
  StudySummary study;
  std::vector<TrialRecord> trials;
  std::vector<TrialArtifact> artifacts;

  StudySnapshot snapshot() const { return {study, trials, artifacts}; }
};

void AddParameter(TrialRecord& trial, const std::string& name, const std::string& json, const char* distribution) {
  NamedJson& parameter = *trial.add_parameter();
  parameter.set_name(name);
  parameter.set_json(json);
  trial.add_distribution(distribution);
}

// Trials one second each; every third with two attempts, every other one with steps and with the conditional parameter.
Made Study(int trials, int objectives, const std::function<void(TrialRecord&, int)>& change = {}) {
  Made made;
  made.study.set_name("<script>alert('&')</script>");
  made.study.set_started("2026-01-02 03:04:05.000000");
  for (int i = 0; i < objectives; ++i) {
    made.study.add_direction(i % 2 == 0 ? MINIMIZE : MAXIMIZE);
    made.study.add_metric(absl::StrCat("metric \"", i, "\""));
  }
  RandomStream stream(1, 0, "trials");
  for (int number = 0; number < trials; ++number) {
    TrialRecord& trial = made.trials.emplace_back();
    trial.set_number(number);
    trial.set_state(COMPLETE);
    trial.set_started("2026-01-02 03:04:05.000000");
    trial.set_completed("2026-01-02 03:04:06.000000");
    AddParameter(trial, "rate", absl::StrCat(stream.Uniform(.001, 1)), kRate);
    AddParameter(trial, "units", absl::StrCat(1 + stream.Below(9)), kUnits);
    AddParameter(trial, "</script>", stream.Below(2) == 0 ? "\"b\"" : R"("<b>\"a\"</b>")", kKind);
    if (number % 2 == 0) AddParameter(trial, "sometimes", absl::StrCat(stream.Uniform(.001, 1)), kRate);
    for (int i = 0; i < objectives; ++i) trial.add_value(stream.Normal());
    NamedJson& inertia = *trial.add_user_attribute();
    inertia.set_name("train_inertia");
    inertia.set_json("12.5");
    for (int step = 0; step < (number % 2) * 5; ++step) {
      StepValue& value = *trial.add_step();
      value.set_step(step);
      value.set_value(step == 3 ? kInfinity : stream.Normal());
    }
    for (int attempt = 1; attempt <= (number % 3 == 0 ? 2 : 1); ++attempt) {
      AttemptRecord& record = *trial.add_attempt();
      record.set_attempt(attempt);
      record.set_state(attempt == 1 && number % 3 == 0 ? LOST : ENDED);
      record.set_worker("worker-1");
      record.set_started("2026-01-02 03:04:05.000000");
    }
    if (change) change(trial, number);
  }
  if (trials > 0) {
    made.artifacts = {
        {0, "test_confusion.json", R"({"class_name": ["<b>", "b"], "count": [3, 1, 0, 2]})"},
        {0, "validation_classes.json", R"([{"name": "<b>", "precision": 1, "recall": 0.75, "f1": 0.8, "support": 4}])"},
        {0, "epochs.json", R"([{"loss": 2, "validation_loss": 3}, {"loss": 1, "validation_loss": 2}])"},
        {0, "clusters.json", R"({"class_name": ["<b>", "b"], "height": 1, "width": 2, "cluster":
            [{"rows": 3, "rows_of_class": [1, 2], "center": "AAE=", "image": ["AAE="]}], "drawn": ["AAE="]})"},
        {0, "places.json", R"({"class_name": ["<b>"], "dimensions": 2, "row": [4], "label": [0], "value": [1, 2],
            "height": 1, "width": 2, "shown": [0], "image": ["AAE="]})"},
        {0, "final_components.json", R"({"explained": [0.5, 0.25], "height": 1, "width": 2, "component": ["AAE="],
            "original": ["AAE="], "reconstruction": [{"components": 1, "image": ["AAE="]}]})"},
        {0, "predictions.json", R"({"class_name": ["<b>", "b"], "height": 1, "width": 2, "row":
            [{"row": 3, "label": 0, "predicted": 1, "probability": 0.9, "image": "AAE="}]})"},
        {0, "final_dataset.json", R"({"class_name": ["<b>", "b"], "learned": [3, 1], "measured": [1, 1], "height": 1,
            "width": 2, "row": [{"row": 3, "label": 0, "image": "AAE="}]})"}};
  }
  return made;
}

class PlotsConformanceTest : public testing::TestWithParam<std::string> {
 protected:
  static Plot Make(const Made& made) { return (*Registry<MakePlot>::Global().Find(GetParam()))(made.snapshot()); }

  // What holds of every plot. Rows in all.
  static size_t ExpectContract(const Made& made) {
    const Plot plot = Make(made), again = Make(made);
    size_t rows = 0;
    EXPECT_FALSE(plot.tables.empty());
    for (size_t t = 0; t < plot.tables.size(); ++t) {
      const PlotTable& table = plot.tables[t];
      rows += table.rows.size();
      EXPECT_FALSE(table.name.empty());
      EXPECT_LE(table.rows.size(), kMostPlotRows) << table.name;
      EXPECT_EQ(table.rows, again.tables[t].rows) << "another table of the same study";
      for (const auto& row : table.rows) {
        EXPECT_EQ(row.size(), table.columns.size()) << table.name;
        for (const auto& cell : row) EXPECT_TRUE(!cell.is_number_float() || std::isfinite(cell.get<double>()));
      }
    }
    EXPECT_TRUE(rows > 0 || !plot.notes.empty()) << "nothing to see, and nobody says why";
    return rows;
  }
};

TEST_P(PlotsConformanceTest, AStudyWithoutTrialsHasNothingToSee) {
  EXPECT_EQ(ExpectContract(Study(0, 1)), 0);
  EXPECT_EQ(ExpectContract(Study(0, 2)), 0);
  EXPECT_EQ(ExpectContract(Study(0, 0)), 0);
}

TEST_P(PlotsConformanceTest, OneTrialIsEnough) { ExpectContract(Study(1, 1)); }

TEST_P(PlotsConformanceTest, ManyTrialsAreSeen) {
  const size_t one = ExpectContract(Study(60, 1)), two = ExpectContract(Study(60, 2));
  EXPECT_GT(std::max(one, two), 0) << "of one objective or of two";
}

TEST_P(PlotsConformanceTest, FailuresAloneAreNoFault) {
  ExpectContract(Study(20, 1, [](TrialRecord& trial, int) {
    trial.set_state(FAIL);
    trial.clear_value();
  }));
}

TEST_P(PlotsConformanceTest, EveryStateMayBeThere) {
  ExpectContract(Study(50, 1, [](TrialRecord& trial, int number) {
    trial.set_state(static_cast<TrialState>(number % 5));
    if (trial.state() == RUNNING || trial.state() == WAITING) {
      trial.clear_value();
      trial.clear_completed();
    }
    if (trial.state() == WAITING) {
      trial.clear_started();
      trial.clear_attempt();
    }
  }));
}

TEST_P(PlotsConformanceTest, ValuesThatAreNoNumbersAreLeftOut) {
  constexpr double kStrange[] = {std::numeric_limits<double>::quiet_NaN(), kInfinity, -kInfinity, 1e308, -1e308};
  for (const int objectives : {1, 2}) {
    ExpectContract(Study(40, objectives, [&](TrialRecord& trial, int number) {
      trial.set_value(0, number % 6 == 5 ? 1 : kStrange[number % 6]);
    }));
  }
  ExpectContract(Study(40, 1, [](TrialRecord& trial, int) { trial.set_value(0, kInfinity); }));
}

TEST_P(PlotsConformanceTest, TrialsOfOtherProgramsNeedNoAttemptsAndNoNames) {
  Made made = Study(30, 1, [](TrialRecord& trial, int) { trial.clear_attempt(); });
  made.study.clear_metric();
  ExpectContract(made);
}

TEST_P(PlotsConformanceTest, ArtifactsMayHoldAnything) {
  constexpr const char* kNames[] = {"test_confusion.json", "train_classes.json",    "epochs.json",
                                    "final_epochs.json",   "test_predictions.json", "predictions.json",
                                    "clusters.json",       "places.json",           "components.json",
                                    "_confusion.json",     "final_dataset.json"};
  for (const char* bytes :
       {"", "{", "null", "[]", "{}", "[[]]", "[null, 1, {\"loss\": \"x\"}, {\"loss\": 1e999}]", "\xff",
        R"({"class_name": 1, "count": {}, "row": 2})", R"({"class_name": [1, null], "count": [1, "a", 1e400, null]})",
        R"({"class_name": ["a", "b"], "learned": [-1, 1e300], "measured": {}, "row": [7, {}]})",
        R"({"class_name": [], "count": [], "row": [1, null, {"label": -1, "predicted": 1e300}, {"label": 0.5}]})",
        R"({"class_name": ["a"], "height": -1, "width": 1e9, "row": [{"label": 0, "predicted": 7, "image": 3}]})"}) {
    Made made = Study(3, 1);
    made.artifacts.clear();
    for (const char* name : kNames) made.artifacts.push_back({1, name, bytes});
    ExpectContract(made);
  }
}

TEST_P(PlotsConformanceTest, ArtifactsOfAnySizeStayWithinTheRows) {
  std::string epochs = "[", classes = "{\"class_name\": [", counts = "], \"count\": [";
  std::string rows = "{\"height\": 1, \"width\": 1, \"row\": [", names = "], \"class_name\": [";
  for (int i = 0; i < 30000; ++i) {
    const char* const comma = i == 0 ? "" : ",";
    absl::StrAppend(&epochs, comma, "{\"loss\": 1, \"a\": 2, \"name\": \"x\"}");
    absl::StrAppend(&rows, comma, "{\"label\": 1, \"predicted\": 2, \"image\": \"AA==\"}");
    absl::StrAppend(&names, comma, "\"n\"");
    if (i < 200) absl::StrAppend(&classes, comma, "\"c", i, "\"");
    for (int j = 0; i < 200 && j < 200; ++j) absl::StrAppend(&counts, i + j == 0 ? "" : ",", "1");
  }
  epochs += "]";
  Made made = Study(3, 1);
  made.artifacts.clear();
  for (int64_t number = 0; number < 5; ++number) {
    made.artifacts.push_back({number, "epochs.json", epochs});
    made.artifacts.push_back({number, "train_classes.json", epochs});
    made.artifacts.push_back({number, "test_confusion.json", absl::StrCat(classes, counts, "]}")});
    made.artifacts.push_back({number, "predictions.json", absl::StrCat(rows, "]}")});
    made.artifacts.push_back({number, "final_dataset.json", absl::StrCat(rows, names, "]}")});
  }
  ExpectContract(made);
}

TEST_P(PlotsConformanceTest, FourObjectivesMayBeThere) { ExpectContract(Study(40, 4)); }

TEST_P(PlotsConformanceTest, TrialsWithoutParametersAreNoFault) {
  ExpectContract(Study(30, 1, [](TrialRecord& trial, int) {
    trial.clear_parameter();
    trial.clear_distribution();
  }));
}

TEST_P(PlotsConformanceTest, ManyParametersAndObjectivesStayWithinTheRows) {
  ExpectContract(Study(60, 3, [](TrialRecord& trial, int number) {
    for (int i = 0; i < 30; ++i) {
      AddParameter(trial, absl::StrCat("p", i), absl::StrCat(.001 * (1 + (number * (i + 7)) % 61)), kRate);
    }
  }));
}

TEST_P(PlotsConformanceTest, OfManyTrialsSomeAreChosenAndThatIsSaid) {
  for (const int objectives : {1, 2}) {
    const Made made = Study(30000, objectives, [](TrialRecord& trial, int) {
      if (trial.step_size() == 0) trial.add_step()->set_value(1);
    });
    const size_t rows = ExpectContract(made);
    if (rows > 1000) {
      EXPECT_THAT(Make(made).notes, testing::Contains(testing::HasSubstr("of 30,000 trials")));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every, PlotsConformanceTest, testing::ValuesIn(Registry<MakePlot>::Global().Names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace parzen
