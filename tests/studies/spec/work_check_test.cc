// Studies of functions and commands, and what a search says beyond its sampler: constraints, pruner, fix, enqueue.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "studies/search_space.h"
#include "studies/study_file.h"

namespace parzen {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StrEq;

constexpr char kFunctionStudy[] = R"(name: "f"
objective { direction: MINIMIZE }
function { branin {} curve {} }
parameter { name: "x" float { low: -5 high: 10 } }
parameter { name: "kind" categorical { choice: "2" choice: "four" choice: "true" } }
constraint { metric: "value" at_most: 90 }
search {
  trials: 5
  pruner { median {} }
  fix { parameter: "x" value: "2.5" }
  enqueue { set { parameter: "kind" value: "four" } }
}
)";

constexpr char kCommandStudy[] = R"(name: "c"
objective { metric: "loss" direction: MINIMIZE }
command { argv: ["./train", "--fast"] folder: "/tmp" }
parameter { name: "x" float { low: -5 high: 10 step: 0.5 } }
parameter { name: "units" int { low: 16 high: 512 log: true } when { parameter: "x" at_least: 0 } }
search { trials: 5 }
)";

// All that is said about a study after one change; "" when it is good.
std::string After(const std::string& study, const std::string& from, const std::string& to) {
  EXPECT_NE(study.find(from), std::string::npos) << from;
  return std::string(ParseStudyFile(absl::StrReplaceAll(study, {{from, to}}), "f").status().message());
}
std::string Function(const std::string& from, const std::string& to) { return After(kFunctionStudy, from, to); }
std::string Command(const std::string& from, const std::string& to) { return After(kCommandStudy, from, to); }

SearchSpace Space(const std::string& text) { return *SearchSpace::Create(*ParseStudyFile(text, "f")); }

TEST(WorkCheckTest, GoodStudiesHaveNoProblems) {
  EXPECT_THAT(Function("name", "name"), IsEmpty());
  EXPECT_THAT(Command("name", "name"), IsEmpty());
}

TEST(WorkCheckTest, StudyHasOneKindOfWork) {
  // Without any, other programs ask for its trials.
  EXPECT_THAT(Function("function { branin {} curve {} }", ""), IsEmpty());
  EXPECT_THAT(Function("constraint", "command { argv: \"a\" }\nconstraint"),
              HasSubstr("f:6: command: excludes function, which line 3 has; keep one of them"));
}

TEST(WorkCheckTest, FunctionIsChosen) {
  EXPECT_THAT(Function("branin {}", ""), HasSubstr("f:3: function.kind: is missing; give one of sphere, rosenbrock"));
  EXPECT_THAT(Function("branin {}", "branim {}"), HasSubstr("did you mean \"branin\"?"));
}

TEST(WorkCheckTest, FunctionTakesSoManyParameters) {
  EXPECT_THAT(Function("branin", "hartmann6"), StrEq("f:4: parameter: hartmann6 needs exactly 6 parameters, not 2"));
  EXPECT_THAT(Function("branin", "sphere"), IsEmpty());
  EXPECT_THAT(Function("branin", "noop"), IsEmpty());
}

TEST(WorkCheckTest, ObjectivesOfAFunctionAreItsValues) {
  EXPECT_THAT(Function("objective {", "objective { metric: \"loss\""),
              HasSubstr("f:2: objective[0].metric: \"loss\" is no metric of this function; known: value"));
  EXPECT_THAT(Function("branin", "zdt1"),
              HasSubstr("\"value\" is no metric of this function; did you mean \"value_1\"?"));
  EXPECT_THAT(Function("metric: \"value\"", "metric: \"valeu\""),
              StrEq("f:6: constraint[0].metric: \"valeu\" is no metric of this function; did you mean \"value\"?"));
  const std::string two = absl::StrReplaceAll(
      kFunctionStudy,
      {{"objective { direction: MINIMIZE }", "objective { direction: MINIMIZE } objective { direction: MINIMIZE }"},
       {"pruner { median {} }", ""},
       {"metric: \"value\"", "metric: \"value_2\""}});
  EXPECT_THAT(After(two, "branin", "zdt1"), IsEmpty());
  EXPECT_THAT(After(two, "metric", "metric"), HasSubstr("\"value_1\" is no metric of this function"));
}

TEST(WorkCheckTest, NumbersOfAFunctionAreFiniteAndBounded) {
  EXPECT_THAT(Function("curve {}", "curve {} shift: nan"),
              StrEq("f:3: function.shift: must be a finite number, is NaN"));
  EXPECT_THAT(Function("curve {}", "curve {} noise: -1"), StrEq("f:3: function.noise: must be >= 0, is -1"));
  EXPECT_THAT(Function("curve {}", "curve { steps: 0 }"),
              StrEq("f:3: function.curve.steps: must be 1 to 1000000, is 0"));
  EXPECT_THAT(Function("curve {}", "curve { excess: inf }"),
              StrEq("f:3: function.curve.excess: must be a finite number, is Infinity"));
}

TEST(WorkCheckTest, MetricsOfACommandAreItsOwn) {
  EXPECT_THAT(Command("\"loss\"", "\"any name at all\""), IsEmpty());
  EXPECT_THAT(Command("metric: \"loss\"", ""), IsEmpty());
  EXPECT_THAT(Command("\"loss\"", "\"\""), StrEq("f:2: objective[0].metric: must name a metric, is empty"));
  EXPECT_THAT(Command("\"loss\"", absl::StrCat("\"", std::string(600, 'm'), "\"")),
              StrEq("f:2: objective[0].metric: has 600 bytes; at most 512 are possible"));
}

TEST(WorkCheckTest, CommandNamesAProgram) {
  EXPECT_THAT(Command("argv: [\"./train\", \"--fast\"]", ""),
              StrEq("f:3: command.argv: is missing; at least one is needed"));
  EXPECT_THAT(Command("\"./train\"", "\"\""), StrEq("f:3: command.argv[0]: must name a program, is empty"));
  EXPECT_THAT(Command("\"--fast\"", "\"\""), IsEmpty());
  EXPECT_THAT(Command("\"--fast\"", "\"a\\000b\""), HasSubstr("command.argv[1]: must not contain a NUL"));
  EXPECT_THAT(Command("\"/tmp\"", "\"\""), HasSubstr("command.folder: must name a folder, is empty"));
}

TEST(WorkCheckTest, SizesOfACommandAreBounded) {
  EXPECT_THAT(Command("\"--fast\"", absl::StrCat("\"", std::string(100'000, 'a'), "\"")),
              StrEq("f:3: command.argv: has 100007 bytes; at most 100000 are possible"));
  std::string many = "\"a\"";
  for (int i = 0; i < 1000; ++i) many += ", \"a\"";
  EXPECT_THAT(Command("\"--fast\"", many),
              StrEq("f:3: command.argv: there are 1002 arguments; at most 1000 are possible"));
  EXPECT_THAT(Command("\"/tmp\"", absl::StrCat("\"/", std::string(4000, 'f'), "\"")),
              StrEq("f:3: command.folder: has 4001 bytes; at most 4000 are possible"));
  EXPECT_THAT(Command("folder", "time_limit_seconds: 0 folder"),
              StrEq("f:3: command.time_limit_seconds: must be <= 31536000, > 0, is 0"));
}

TEST(WorkCheckTest, ParametersSetSomethingOnlyWhereAModelIsTrained) {
  EXPECT_THAT(Function("name: \"x\"", "name: \"x\" sets: \"a.b\""), HasSubstr("f:4: parameter[0].sets:"));
  EXPECT_THAT(Command("name: \"x\"", "name: \"x\" sets: \"a.b\""), HasSubstr("f:4: parameter[0].sets:"));
}

TEST(WorkCheckTest, ConstraintHasABoundAndAMetricOfItsOwn) {
  EXPECT_THAT(Function("at_most: 90", ""),
              StrEq("f:6: constraint[0].bound: is missing; give one of at_most, at_least"));
  EXPECT_THAT(Function("at_most: 90", "at_most: nan"), HasSubstr("constraint[0].at_most: must be a finite number"));
  EXPECT_THAT(Function("metric: \"value\"", ""), StrEq("f:6: constraint[0].metric: is missing"));
  EXPECT_THAT(Function("search {", "constraint { metric: \"value\" at_least: 1 }\nsearch {"),
              StrEq("f:7: constraint[1].metric: \"value\" is in constraint[0] already"));
}

TEST(WorkCheckTest, ConstraintsMetricLeavesRoomForTheNameItIsKeptUnder) {
  const auto with_name_of = [](int bytes) {
    return Command("search {",
                   absl::StrCat("constraint { metric: \"", std::string(bytes, 'm'), "\" at_most: 1 }\nsearch {"));
  };
  EXPECT_THAT(with_name_of(500), IsEmpty());
  EXPECT_THAT(with_name_of(501), HasSubstr("constraint[0].metric: has 501 bytes; at most 500 are possible"));
}

TEST(WorkCheckTest, PrunerNeedsOneObjectiveWithSteps) {
  EXPECT_THAT(Function("curve {}", ""), StrEq("f:9: search.pruner: has nothing to look at: the function reports no "
                                              "steps; add function { curve {} }"));
  const std::string two = absl::StrReplaceAll(
      kCommandStudy, {{"objective {", "objective { metric: \"a\" direction: MINIMIZE } objective {"}});
  EXPECT_THAT(After(two, "trials: 5", "trials: 5 pruner { median {} }"),
              StrEq("f:6: search.pruner: needs a study with one objective: intermediate values are of one"));
  EXPECT_THAT(After(two, "trials: 5", "trials: 5 pruner { none {} }"), IsEmpty());
  EXPECT_THAT(Function("median {}", "percentile {}"), StrEq("f:9: search.pruner.percentile.percentile: is missing"));
  EXPECT_THAT(Function("median {}", "percentile { percentile: 101 }"), HasSubstr("must be 0 to 100, is 101"));
  EXPECT_THAT(Function("median {}", "patient { patience: 2 wraps { hyperband { reduction_factor: 1 } } }"),
              HasSubstr("search.pruner.patient.wraps.hyperband.reduction_factor: must be >= 2, is 1"));
}

TEST(WorkCheckTest, ADeterministicStudyDependsOnNothingMeasured) {
  EXPECT_THAT(Command("trials: 5", "trials: 5 deterministic: true look_ahead: 4"), IsEmpty());
  EXPECT_THAT(After(absl::StrReplaceAll(kCommandStudy, {{"trials: 5", "trials: 5 deterministic: true"}}), "\"loss\"",
                    "\"step_seconds\""),
              StrEq("f:2: objective[0].metric: \"step_seconds\" is measured, and differs from run to run: a study that "
                    "depends on it cannot be deterministic; name another metric, or leave out search.deterministic"));
  EXPECT_THAT(Command("search { trials: 5",
                      "constraint { metric: \"peak_memory\" at_most: 1 } search { trials: 5 deterministic: true"),
              HasSubstr("f:6: constraint[0].metric: \"peak_memory\" is measured"));
  EXPECT_THAT(
      Command("trials: 5", "trials: 5 deterministic: true trial_time_limit_seconds: 9"),
      StrEq("f:6: search.trial_time_limit_seconds: ends a trial or not by how fast the machine is: such a study "
            "cannot be deterministic; leave out one of the two"));
  EXPECT_THAT(After(absl::StrReplaceAll(kCommandStudy, {{"trials: 5", "trials: 5 deterministic: true"}}), "folder",
                    "time_limit_seconds: 9 folder"),
              HasSubstr("f:3: command.time_limit_seconds: ends a trial or not"));
}

TEST(WorkCheckTest, LookAheadIsForDeterministicStudies) {
  EXPECT_THAT(Command("trials: 5", "trials: 5 look_ahead: 4"),
              StrEq("f:6: search.look_ahead: is for deterministic studies only; add deterministic: true, or leave it "
                    "out"));
  EXPECT_THAT(Command("trials: 5", "trials: 5 deterministic: true look_ahead: 0"),
              StrEq("f:6: search.look_ahead: must be 1 to 100000, is 0"));
}

TEST(WorkCheckTest, FixedValueIsOneOfItsParameters) {
  EXPECT_THAT(Function("fix { parameter: \"x\"", "fix { parameter: \"y\""),
              StrEq("f:10: search.fix[0].parameter: no parameter is called \"y\"; known: x, kind"));
  EXPECT_THAT(Function("\"2.5\"", "\"11\""), HasSubstr("f:10: search.fix[0].value: "));
  EXPECT_THAT(Function("\"2.5\"", "\"wide\""),
              StrEq("f:10: search.fix[0].value: \"wide\" is no number, as the values of \"x\" are"));
  EXPECT_THAT(Function("\"2.5\"", "\"nan\""), HasSubstr("is no number"));
  EXPECT_THAT(Function("value: \"2.5\"", ""), StrEq("f:10: search.fix[0].value: is missing"));
  EXPECT_THAT(Function("fix {", "fix { parameter: \"x\" value: \"1\" }\n fix {"),
              StrEq("f:11: search.fix[1].parameter: \"x\" has a value here already"));
}

TEST(WorkCheckTest, EnqueuedPointHasValuesOfItsParameters) {
  EXPECT_THAT(Function("\"four\" } }", "\"five\" } }"),
              StrEq("f:11: search.enqueue[0].set[0].value: \"five\" is no choice of \"kind\"; known: 2, four, true"));
  EXPECT_THAT(Function("enqueue { set { parameter: \"kind\" value: \"four\" } }", "enqueue {}"),
              StrEq("f:11: search.enqueue[0].set: is missing; at least one is needed"));
  EXPECT_THAT(Function("enqueue {", "enqueue { set { parameter: \"kind\" value: \"2\" }"),
              StrEq("f:11: search.enqueue[0].set[1].parameter: \"kind\" has a value here already"));
  EXPECT_THAT(Command("trials: 5", "trials: 5 enqueue { set { parameter: \"x\" value: \"0.3\" } }"),
              HasSubstr("search.enqueue[0].set[0].value: "));
  EXPECT_THAT(Command("trials: 5", "trials: 5 enqueue { set { parameter: \"units\" value: \"17.5\" } }"),
              HasSubstr("search.enqueue[0].set[0].value: "));
}

TEST(WorkCheckTest, EnqueuedPointKeepsToTheFixedValues) {
  EXPECT_THAT(
      Function("enqueue {", "enqueue { set { parameter: \"x\" value: \"3\" }"),
      StrEq("f:11: search.enqueue[0].set[0].value: \"x\" is fixed to \"2.5\" by search.fix[0]; leave it out here"));
  EXPECT_THAT(Function("enqueue {", "enqueue { set { parameter: \"x\" value: \"2.50\" }"), IsEmpty());
}

TEST(WorkCheckTest, NumberOfEnqueuedPointsIsBounded) {
  StudySpec spec = *ParseStudyFile(kFunctionStudy, "f");
  for (int i = 0; i < 10'000; ++i) *spec.mutable_search()->add_enqueue() = spec.search().enqueue(0);
  EXPECT_THAT(std::string(ProblemsToStatus(CheckStudySpec(spec), "").message()),
              HasSubstr("search.enqueue: there are 10001 points; at most 10000"));
}

TEST(WorkCheckTest, GivenValuesReachTheSpace) {
  const SearchSpace space = Space(kFunctionStudy);
  ASSERT_EQ(space.enqueued().size(), 1u);
  EXPECT_FALSE(space.enqueued()[0][0].has_value());
  EXPECT_EQ(space.enqueued()[0][1], 1.0);  // the second choice
  EXPECT_TRUE(space.axis(0).single());
  EXPECT_EQ(space.axis(0).FromUnit(0.9), 2.5);
}

}  // namespace
}  // namespace parzen
