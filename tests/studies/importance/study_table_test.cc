#include "studies/importance/study_table.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "studies/store/study_reader.h"
#include "tests/studies/importance/importance_fixture.h"

namespace parzen {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

StudySummary Study(std::vector<Direction> directions) {
  StudySummary study;
  for (const Direction direction : directions) study.add_direction(direction);
  return study;
}

TrialRecord Trial(int64_t number, TrialState state, std::vector<double> values) {
  TrialRecord trial;
  trial.set_number(number);
  trial.set_state(state);
  for (const double value : values) trial.add_value(value);
  return trial;
}

TrialRecord With(TrialRecord trial, const std::string& name, const std::string& json, const std::string& distribution) {
  NamedJson& parameter = *trial.add_parameter();
  parameter.set_name(name);
  parameter.set_json(json);
  trial.add_distribution(distribution);
  return trial;
}

const std::string kUnit = DistributionToJson(FloatDistribution{0, 1, false, std::nullopt});
const std::string kTen = DistributionToJson(IntDistribution{1, 10, false, 1});

std::string TableError(const std::vector<TrialRecord>& trials, int objective = 0) {
  return std::string(MakeImportanceData(Study({MINIMIZE}), trials, objective).status().message());
}

TEST(StudyTableTest, OnlyCompleteTrialsWithAFiniteValueAreRows) {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<TrialRecord> trials = {
      With(Trial(0, PRUNED, {0.5}), "x", "0.1", kUnit), With(Trial(1, COMPLETE, {2}), "x", "0.2", ""),
      With(Trial(2, COMPLETE, {infinity}), "x", "0.3", ""), With(Trial(3, RUNNING, {}), "x", "0.4", ""),
      With(Trial(4, COMPLETE, {3}), "x", "0.5", "")};
  const auto data = *MakeImportanceData(Study({MINIMIZE}), trials, 0);
  EXPECT_THAT(data.target, ElementsAre(2, 3));
  EXPECT_THAT(data.columns[0].value, ElementsAre(0.2, 0.5));
}

TEST(StudyTableTest, AMaximisedObjectiveIsNegatedAndAnObjectiveHasItsOwnDirection) {
  const std::vector<TrialRecord> trials = {With(Trial(0, COMPLETE, {1, 10}), "x", "0.2", kUnit)};
  EXPECT_THAT(MakeImportanceData(Study({MINIMIZE, MAXIMIZE}), trials, 0)->target, ElementsAre(1));
  EXPECT_THAT(MakeImportanceData(Study({MINIMIZE, MAXIMIZE}), trials, 1)->target, ElementsAre(-10));
}

TEST(StudyTableTest, AParameterThatATrialDoesNotHaveIsAbsentThere) {
  const std::vector<TrialRecord> trials = {With(Trial(0, COMPLETE, {1}), "x", "0.2", kUnit),
                                           With(With(Trial(1, COMPLETE, {1}), "n", "7", kTen), "x", "0.3", ""),
                                           With(Trial(2, COMPLETE, {1}), "x", "0.4", "")};
  const auto data = *MakeImportanceData(Study({MINIMIZE}), trials, 0);
  ASSERT_THAT(data.columns, SizeIs(2));
  EXPECT_EQ(data.columns[1].name, "n");
  EXPECT_THAT(data.columns[1].domain, ElementsAre(-1, 0, -1));
  EXPECT_EQ(data.columns[1].value[1], 7);
}

TEST(StudyTableTest, EachRangeIsADomainHoweverItIsSpelt) {
  const std::string legacy = R"({"name": "UniformDistribution", "attributes": {"low": 0.0, "high": 1.0}})";
  const std::vector<TrialRecord> trials = {
      With(Trial(0, COMPLETE, {1}), "x", "0.2", kUnit), With(Trial(1, COMPLETE, {1}), "x", "3", kTen),
      With(Trial(2, COMPLETE, {1}), "x", "0.4", legacy), With(Trial(3, COMPLETE, {1}), "x", "0.5", kUnit)};
  const auto data = *MakeImportanceData(Study({MINIMIZE}), trials, 0);
  EXPECT_THAT(data.columns[0].domains, SizeIs(2));
  EXPECT_THAT(data.columns[0].domain, ElementsAre(0, 1, 0, 0));
}

TEST(StudyTableTest, ADistributionHoldsForLaterTrialsEvenWhereTheFirstDoesNotCount) {
  const std::vector<TrialRecord> trials = {
      With(Trial(0, FAIL, {}), "c", "\"b\"",
           R"({"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b"]}})"),
      With(Trial(1, COMPLETE, {1}), "c", "\"b\"", "")};
  const auto data = *MakeImportanceData(Study({MINIMIZE}), trials, 0);
  EXPECT_THAT(data.columns[0].value, ElementsAre(1));
}

TEST(StudyTableTest, ANumberOutsideItsRangeIsTakenAsItIs) {
  const std::vector<TrialRecord> trials = {With(Trial(0, COMPLETE, {1}), "x", "7.5", kUnit)};
  EXPECT_THAT(MakeImportanceData(Study({MINIMIZE}), trials, 0)->columns[0].value, ElementsAre(7.5));
}

TEST(StudyTableTest, WhatCannotBeReadIsNamed) {
  EXPECT_THAT(TableError({With(Trial(3, COMPLETE, {1}), "x", "0.5", "")}),
              HasSubstr("trial 3, parameter \"x\": its distribution is missing"));
  EXPECT_THAT(TableError({With(Trial(3, COMPLETE, {1}), "x", "0.5", "{}")}), HasSubstr("trial 3, parameter \"x\": "));
  EXPECT_THAT(TableError({With(Trial(3, COMPLETE, {1}), "x", "\"text\"", kUnit)}),
              AllOf(HasSubstr("trial 3"), HasSubstr("is not a value of the parameter")));
  EXPECT_THAT(TableError({}, 1), HasSubstr("there is no objective 1; the study has 1"));
}

constexpr char kSample[] = "tests/testdata/sample_optuna.db";

absl::StatusOr<std::vector<TrialRecord>> Trials(StudyReader& reader, const std::string& study, bool distributions) {
  ListTrialsRequest request;
  request.set_study(study);
  request.set_distributions(distributions);
  absl::StatusOr<ListTrialsResponse> page = reader.ListTrials(request);
  if (!page.ok()) return page.status();
  return std::vector<TrialRecord>(page->trial().begin(), page->trial().end());
}

TEST(StudyTableTest, AStudyThatOptunaMadeIsRead) {
  const auto reader = StudyReader::Open(kSample);
  ASSERT_TRUE(reader.ok()) << reader.status();
  const auto studies = (*reader)->ListStudies(ListStudiesRequest());
  ASSERT_TRUE(studies.ok());
  size_t evaluated = 0;
  for (const StudySummary& study : studies->study()) {
    const auto trials = Trials(**reader, study.name(), /*distributions=*/true);
    ASSERT_TRUE(trials.ok()) << trials.status();
    for (int objective = 0; objective < study.direction_size(); ++objective) {
      const auto data = MakeImportanceData(study, *trials, objective);
      ASSERT_TRUE(data.ok()) << study.name() << ": " << data.status();
      if (data->target.size() < 2) continue;
      EXPECT_TRUE(EvaluateImportance(*data, ImportanceSpec(), 0).ok()) << study.name();
      ++evaluated;
    }
  }
  EXPECT_GT(evaluated, 0u);
}

TEST(StudyTableTest, DistributionsAreOnlyToldWhereAskedForAndOnceWhileTheyStay) {
  const auto reader = StudyReader::Open(kSample);
  ASSERT_TRUE(reader.ok()) << reader.status();
  const auto without = Trials(**reader, "demo", /*distributions=*/false);
  ASSERT_TRUE(without.ok()) << without.status();
  for (const TrialRecord& trial : *without) EXPECT_EQ(trial.distribution_size(), 0);
  std::map<std::string, std::string> last;
  const auto with = Trials(**reader, "demo", /*distributions=*/true);
  ASSERT_TRUE(with.ok()) << with.status();
  for (const TrialRecord& trial : *with) {
    ASSERT_EQ(trial.distribution_size(), trial.parameter_size()) << trial.number();
    for (int i = 0; i < trial.parameter_size(); ++i) {
      std::string& known = last[trial.parameter(i).name()];
      EXPECT_FALSE(known.empty() && trial.distribution(i).empty()) << trial.number();
      EXPECT_NE(trial.distribution(i), known.empty() ? " " : known) << trial.number();
      if (!trial.distribution(i).empty()) known = trial.distribution(i);
    }
  }
  EXPECT_FALSE(last.empty());
}

}  // namespace
}  // namespace parzen
