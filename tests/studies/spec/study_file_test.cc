#include "studies/study_file.h"

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/studies/spec/study_text.h"

namespace parzen {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StrEq;

constexpr char kForest[] = "random_forest { trees: 50 }";
constexpr char kDepthRange[] = "int { low: 1 high: 9 }";
constexpr char kScaleRange[] = "float { low: 1 high: 1000 log: true }";
constexpr char kModels[] = "choice: \"random_forest\" choice: \"decision_tree\"";
constexpr char kTreesWhen[] = "when { parameter: \"model\" equals: \"random_forest\" }";
constexpr char kDepthWhen[] = "when { parameter: \"scale\" at_least: 10 }";
constexpr char kObjective[] = "objective { metric: \"validation_accuracy\" direction: MAXIMIZE }";

// One slip in the good study gives exactly this complaint.
void ExpectComplaint(const std::string& from, const std::string& to, const std::string& complaint) {
  EXPECT_THAT(Complaints(Changed(from, to)), StrEq("f:" + complaint)) << from << " => " << to;
}

StudySpec Good() { return *ParseStudyFile(kGoodStudy, "f"); }

TEST(StudyFileTest, AGoodStudyHasNoProblems) {
  EXPECT_THAT(Complaints(kGoodStudy), IsEmpty());
  EXPECT_THAT(CheckStudySpec(Good()), IsEmpty());
}

TEST(StudyFileTest, AMisspeltFieldGetsASuggestion) {
  ExpectComplaint("trees: 50", "tres: 50",
                  "8: train.random_forest.tres: unknown field in RandomForest; did you mean \"trees\"?");
  ExpectComplaint("seed: 3", "sede: 3", "26: search.sede: unknown field in SearchSpec; did you mean \"seed\"?");
}

TEST(StudyFileTest, AMisspeltFieldIsNotAlsoMissing) {
  ExpectComplaint(kDepthRange, "int { low: 1 hihg: 9 }",
                  "22: parameter[3].int.hihg: unknown field in IntRange; did you mean \"high\"?");
  ExpectComplaint(kDepthRange, "itn { low: 1 high: 9 }",
                  "22: parameter[3].itn: unknown field in ParameterSpec; did you mean \"int\"?");
  ExpectComplaint(kForest, "random_forst {}",
                  "8: train.random_forst: unknown field in TrainSpec; did you mean \"random_forest\"?");
}

TEST(StudyFileTest, AFieldThatBelongsFurtherOutIsSentThere) {
  ExpectComplaint(
      "random {} }", "random {} seed: 5 }",
      "26: search.sampler.seed: unknown field in SamplerSpec; it belongs further out, after the closing brace");
}

TEST(StudyFileTest, TheNameOfAOneofIsNotAField) {
  ExpectComplaint(kForest, "model { random_forest {} }",
                  "8: train.model: unknown field in TrainSpec; write its member instead: decision_tree, random_forest, "
                  "extra_trees, "
                  "nearest_neighbors, logistic_regression, svm, linear_svm, mlp, cnn, "
                  "k_means, gaussian_mixture, pca_embedding, tsne, locally_linear, mds, umap");
}

TEST(StudyFileTest, AValueOfTheWrongTypeSaysWhatIsExpected) {
  ExpectComplaint("trees: 50", "trees: abc", "8: train.random_forest.trees: expects a whole number, found \"abc\"");
  ExpectComplaint("trees: 50", "trees: 1.5", "8: train.random_forest.trees: expects a whole number, found \"1.5\"");
  ExpectComplaint("trees: 50", "trees: \"50\"",
                  "8: train.random_forest.trees: expects a whole number, found the text \"50\"");
  ExpectComplaint("trees: 50", "bootstrap: 7", "8: train.random_forest.bootstrap: expects true or false, found \"7\"");
  ExpectComplaint("trees: 50", "trees { }",
                  "8: train.random_forest.trees: \":\" is missing after \"trees\"\n"
                  "f:8: train.random_forest.trees: expects a whole number, found \"{\"");
  ExpectComplaint("trees: 50", "trees: [50]",
                  "8: train.random_forest.trees: takes one value, not a list: expects a whole number");
  ExpectComplaint("\"good\"", "good", "2: name: expects text in quotes, found \"good\"");
  ExpectComplaint("validation: 0.25", "validation: half",
                  "6: train.split.validation: expects a number, found \"half\"");
  ExpectComplaint(kForest, "random_forest: 5", "8: train.random_forest: expects { ... }, found \"5\"");
}

TEST(StudyFileTest, ANumberMustFitItsType) {
  ExpectComplaint("trees: 50", "trees: 3000000000",
                  "8: train.random_forest.trees: must be -2147483648 to 2147483647, is 3000000000");
}

TEST(StudyFileTest, AnUnknownEnumValueGetsASuggestion) {
  ExpectComplaint("MAXIMIZE", "MAXIMISE",
                  "3: objective[0].direction: \"MAXIMISE\" is no Direction; did you mean \"MAXIMIZE\"?");
  ExpectComplaint("MAXIMIZE", "\"MAXIMIZE\"",
                  "3: objective[0].direction: expects one of MINIMIZE, MAXIMIZE, found the text \"MAXIMIZE\"; names "
                  "stand without quotes");
}

TEST(StudyFileTest, AMissingColonOrBraceIsNamed) {
  ExpectComplaint("trees: 50", "trees 50", "8: train.random_forest.trees: \":\" is missing after \"trees\"");
  ExpectComplaint("trees: 50", "trees:", "8: train.random_forest.trees: has no value; expects a whole number");
  ExpectComplaint(kForest, "random_forest trees: 50 }", "8: train.random_forest: a { is missing before \"trees\"");
  ExpectComplaint(kForest, "random_forest { trees: 50",
                  "4: train: the { here is not closed; a closing brace is missing before \"parameter\" on line 10");
  ExpectComplaint("seed: 3 }", "seed: 3", "26: search: the { here is never closed");
  ExpectComplaint(kForest, "random_forest {}}", "9: this } closes nothing");
  ExpectComplaint(kForest, "random_forest <}", "8: train.random_forest: opened with < on line 8, closed with }");
}

TEST(StudyFileTest, AForgottenValueDoesNotSwallowTheNextLine) {
  ExpectComplaint(kForest, "random_forest { trees:\n max_depth: 5 }",
                  "8: train.random_forest.trees: has no value; expects a whole number");
}

TEST(StudyFileTest, ASingleFieldIsSetOnce) {
  ExpectComplaint("trees: 50", "trees: 50 trees: 60",
                  "8: train.random_forest.trees: is set twice; line 8 has it already");
  ExpectComplaint("# line 1", "name: \"x\"", "2: name: is set twice; line 1 has it already");
}

TEST(StudyFileTest, AOneofHasOneMember) {
  ExpectComplaint(kForest, "random_forest {} decision_tree {}",
                  "8: train.decision_tree: excludes random_forest, which line 8 has; keep one of them");
  ExpectComplaint("idx {", "digits {} idx {",
                  "5: train.dataset.idx: excludes digits, which line 5 has; keep one of them");
  ExpectComplaint("idx { images: \"i\" labels: \"l\" }", "",
                  "5: train.dataset.format: is missing; give one of idx, csv, digits, npy");
}

TEST(StudyFileTest, WhatIsNoTokenIsNamedOnce) {
  ExpectComplaint("\"good\"", "\"good", "2: string literals cannot cross line boundaries");
}

TEST(StudyFileTest, EveryRuleIsChecked) {
  ExpectComplaint("labels: \"l\"", "", "5: train.dataset.idx.labels: is missing");
  ExpectComplaint("labels: \"l\"", "labels: \"\"", "5: train.dataset.idx.labels: must name a file, is empty");
  ExpectComplaint("trees: 50", "trees: 0", "8: train.random_forest.trees: must be 1 to 100000, is 0");
  ExpectComplaint("validation: 0.25", "validation: 1", "6: train.split.validation: must be > 0, < 1, is 1");
  ExpectComplaint("validation: 0.25", "validation: nan", "6: train.split.validation: must be a finite number, is NaN");
  ExpectComplaint(
      "trees: 50", "max_features: \"sqr\"",
      "8: train.random_forest.max_features: must be all, sqrt, log2, a count (100) or a fraction (0.5), is \"sqr\"");
  ExpectComplaint("\"good\"", "\"/good\"", "2: name: must be 1 to 512 bytes, no leading blank or slash, is \"/good\"");
  ExpectComplaint("\"good\"", "\"a\\xff\"", "2: name: must be UTF-8, is \"a\\ufffd\"");
  ExpectComplaint("\"good\"", "\"a\\000\"", "2: name: must not contain a NUL, is \"a\\u0000\"");
}

TEST(StudyFileTest, EveryNumberOfAListIsChecked) {
  const std::string complaints = Complaints(R"(name: "s"
objective { metric: "validation_accuracy" direction: MAXIMIZE }
train {
  dataset { digits {} }
  mlp {
    hidden: 50
    hidden: 0
    hidden: [
      -1,
      65537 ]
  }
}
search { sampler { random {} } trials: 7 seed: 3 })");
  EXPECT_THAT(complaints, StrEq("f:7: train.mlp.hidden[1]: must be 1 to 65536, is 0\n"
                                "f:9: train.mlp.hidden[2]: must be 1 to 65536, is -1\n"
                                "f:10: train.mlp.hidden[3]: must be 1 to 65536, is 65537"));
}

TEST(StudyFileTest, AnEmptyFileLacksWhatEveryStudyNeeds) {
  EXPECT_THAT(Complaints(""),
              AllOf(HasSubstr("f:1: name: is missing"), HasSubstr("f:1: objective: is missing; at least one"),
                    HasSubstr("f:1: search.trials: is missing")));
}

TEST(StudyFileTest, ParameterNamesAreUnique) {
  ExpectComplaint(
      "name: \"scale\" ", "name: \"trees\" ",
      "17: parameter[2].name: \"trees\" is the name of parameter[1] already; every parameter needs its own\n"
      "f:24: parameter[3].when[1].parameter: no parameter is called \"scale\"; known: model, trees, trees, depth");
}

TEST(StudyFileTest, AParameterNeedsADomain) {
  ExpectComplaint(kScaleRange, "", "16: parameter[2].domain: is missing; give one of float, int, categorical");
}

TEST(StudyFileTest, ARangeMustMakeSense) {
  ExpectComplaint(kDepthRange, "int { low: 10 high: 9 }",
                  "22: parameter[3].int.low: must not be larger than high, 9, is 10");
  ExpectComplaint(kDepthRange, "int { low: 0 high: 9 log: true }",
                  "22: parameter[3].int.low: must be at least 1 when log is set, is 0");
  ExpectComplaint(kDepthRange, "int { low: 1 high: 9 log: true step: 2 }",
                  "22: parameter[3].int.step: must be 1 when log is set, is 2; leave one of them out");
  ExpectComplaint(kDepthRange, "int { low: 1 high: 9 step: 0 }", "22: parameter[3].int.step: must be >= 1, is 0");
  ExpectComplaint(kDepthRange, "int { low: 1 }", "22: parameter[3].int.high: is missing");
  ExpectComplaint(kScaleRange, "float { low: 2 high: 1 }",
                  "18: parameter[2].float.low: must not be larger than high, 1, is 2");
  ExpectComplaint(kScaleRange, "float { low: 0 high: 100 log: true }",
                  "18: parameter[2].float.low: must be > 0 when log is set, is 0");
  ExpectComplaint(kScaleRange, "float { low: 1 high: 100 log: true step: 1 }",
                  "18: parameter[2].float.step: and log exclude each other; leave one out");
  ExpectComplaint(kScaleRange, "float { low: nan high: 100 }",
                  "18: parameter[2].float.low: must be a finite number, is NaN");
  ExpectComplaint(kScaleRange, "float { low: 1 high: inf }",
                  "18: parameter[2].float.high: must be a finite number, is Infinity");
  ExpectComplaint(kScaleRange, "float { low: 1 high: 100 step: 0 }", "18: parameter[2].float.step: must be > 0, is 0");
  ExpectComplaint(kScaleRange, "float { low: 1 high: 100 step: 1e-300 }",
                  "18: parameter[2].float.step: is too small for the range; leave it out for a range without steps");
}

TEST(StudyFileTest, ChoicesMustBeThereAndDiffer) {
  ExpectComplaint("categorical { " + std::string(kModels) + " }", "categorical {}",
                  "10: parameter[0].categorical.choice: is missing; at least one is needed");
  ExpectComplaint(kScaleRange, "categorical { choice: \"1\" choice: \"2\" choice: \"1.0\" }",
                  "18: parameter[2].categorical.choice[2]: is \"1.0\" again; choice[0] has that value");
}

TEST(StudyFileTest, EveryValueOfAParameterMustBeOneOfItsField) {
  ExpectComplaint(
      kDepthRange, "int { low: -1 high: 2000 }",
      "22: parameter[3].int.low: must be 0 to 1000, is -1\nf:22: parameter[3].int.high: must be 0 to 1000, is 2000");
  ExpectComplaint(
      kDepthRange, "float { low: 1 high: 9 }",
      "22: parameter[3].float: \"max_depth\" takes whole numbers, not a float range; use int { low: ... high: ... }");
  ExpectComplaint(kDepthRange, "categorical { choice: \"1\"\n choice: \"two\" }",
                  "23: parameter[3].categorical.choice[1]: \"max_depth\" takes a whole number, not \"two\"");
  ExpectComplaint(
      "choice: \"decision_tree\"", "choice: \"decision_tree\" choice: \"oracle\"",
      "10: parameter[0].categorical.choice[2]: \"oracle\" is no model; known: decision_tree, random_forest, "
      "extra_trees, nearest_neighbors, logistic_regression, svm, linear_svm, mlp, cnn, "
      "k_means, gaussian_mixture, pca_embedding, tsne, locally_linear, mds, umap");
}

TEST(StudyFileTest, ATargetMustExist) {
  ExpectComplaint("decision_tree.max_depth", "decision_tree.max_dept",
                  "21: parameter[3].sets: DecisionTree has no field \"max_dept\"; did you mean \"max_depth\"?");
  ExpectComplaint("transform[0]", "transform[1]",
                  "17: parameter[2].sets: \"transform[1]\" does not exist; the study has 1 of them, counted from 0");
  ExpectComplaint("transform[0].scale.divide_by", "dataset.idx.images",
                  "17: parameter[2].sets: \"dataset.idx.images\" names a file, which must be the same for all trials");
}

TEST(StudyFileTest, TwoParametersShareATargetOnlyUnderConditions) {
  const std::string again = "parameter { name: \"x\" sets: \"split.validation\" float { low: 0.1 high: 0.2 } }\n";
  const std::string other = "parameter { name: \"y\" sets: \"split.validation\" float { low: 0.3 high: 0.4 } }\n";
  ExpectComplaint(
      "search {", again + other + "search {",
      "27: parameter[5].sets: \"split.validation\" is already set by \"x\"; give both a `when`, or set another field");
  const std::string low = "parameter { name: \"x\" sets: \"split.validation\" float { low: 0.1 high: 0.2 } " +
                          std::string(kTreesWhen) + " }\n";
  const std::string high =
      "parameter { name: \"y\" sets: \"split.validation\" float { low: 0.3 high: 0.4 } when { parameter: \"model\" "
      "equals: \"decision_tree\" } }\n";
  EXPECT_THAT(Complaints(Changed("search {", low + high + "search {")), IsEmpty());
}

TEST(StudyFileTest, AnOptionOfAModelThatIsNotTrainedHasNoEffect) {
  const std::string text = R"(name: "n" objective { metric: "fit_seconds" direction: MINIMIZE }
    train { dataset { digits {} } decision_tree {} }
    parameter { name: "t" sets: "random_forest.trees" int { low: 1 high: 9 } }
    search { trials: 3 })";
  EXPECT_EQ(Complaints(text),
            "f:3: parameter[0].sets: has no effect: train has decision_tree, not random_forest; write that "
            "there, or let a parameter set \"model\"");
}

TEST(StudyFileTest, AnOptionOfAChosenModelNeedsItsCondition) {
  const std::string complaint =
      "12: parameter[1].sets: exists only where \"model\" is random_forest: add when { parameter: \"model\" equals: "
      "\"random_forest\" }";
  ExpectComplaint(kTreesWhen, "", complaint);
  ExpectComplaint(kTreesWhen, "when { parameter: \"model\" equals: \"decision_tree\" }", complaint);
  ExpectComplaint(kTreesWhen,
                  "when { parameter: \"model\" one_of { value: \"random_forest\" value: \"decision_tree\" } }",
                  complaint);
}

TEST(StudyFileTest, AConditionThatIsInheritedIsEnough) {
  EXPECT_THAT(
      Complaints(Changed("search {",
                         "parameter { name: \"leaf\" sets: \"random_forest.min_samples_leaf\" int { low: 1 high: 5 } "
                         "when { parameter: \"trees\" at_least: 50 } }\nsearch {")),
      IsEmpty());
}

TEST(StudyFileTest, AModelMayBeChosenByAParameterAlone) { EXPECT_THAT(Complaints(Changed(kForest, "")), IsEmpty()); }

TEST(StudyFileTest, AChosenMemberMustNotLackWhatItRequires) {
  const std::string chooser =
      "parameter { name: \"data\" sets: \"dataset.format\" categorical { choice: \"idx\" choice: \"csv\" } }\n";
  ExpectComplaint(
      "search {", chooser + "search {",
      "26: parameter[4].categorical.choice[1]: leaves dataset.csv.file, which is required, without a value");
}

TEST(StudyFileTest, AConditionNamesAnotherParameter) {
  ExpectComplaint(kTreesWhen, "when { parameter: \"modell\" equals: \"random_forest\" }",
                  "14: parameter[1].when[0].parameter: no parameter is called \"modell\"; did you mean \"model\"?");
  ExpectComplaint(kDepthWhen, "when { parameter: \"depth\" at_least: 10 }",
                  "24: parameter[3].when[1].parameter: refers to the parameter itself; name another one");
  ExpectComplaint(kDepthWhen, "when { parameter: \"scale\" }",
                  "24: parameter[3].when[1].test: is missing; give one of equals, one_of, at_least");
}

TEST(StudyFileTest, ACircleOfConditionsIsNamedWhole) {
  const std::string ring =
      Changed(kScaleRange, std::string(kScaleRange) + " when { parameter: \"depth\" at_least: 2 }");
  EXPECT_EQ(Complaints(ring),
            "f:18: parameter[2].when: the conditions form a circle, so none of these could ever exist: scale -> depth "
            "-> scale");
}

TEST(StudyFileTest, AConditionAsksForAValueThatTheOtherCanHave) {
  ExpectComplaint(
      kTreesWhen, "when { parameter: \"model\" equals: \"random_forst\" }",
      "14: parameter[1].when[0].equals: \"random_forst\" is no choice of \"model\"; did you mean \"random_forest\"?");
  ExpectComplaint(kDepthWhen, "when { parameter: \"scale\" equals: \"2000\" }",
                  "24: parameter[3].when[1].equals: \"2000\" is no value of \"scale\": 1 to 1000, log");
  ExpectComplaint(kDepthWhen, "when { parameter: \"scale\" equals: \"big\" }",
                  "24: parameter[3].when[1].equals: \"big\" is no number, as the values of \"scale\" are");
  ExpectComplaint(kDepthWhen, "when { parameter: \"scale\" at_least: 2000 }",
                  "24: parameter[3].when[1].at_least: never holds: \"scale\" is at most 1000, not 2000");
  ExpectComplaint(kDepthWhen, "when { parameter: \"model\" at_least: 2 }",
                  "24: parameter[3].when[1].at_least: compares numbers, but \"model\" may be \"random_forest\"; use "
                  "equals or one_of");
}

TEST(StudyFileTest, ObjectivesAreDistinctMetrics) {
  ExpectComplaint(kObjective, "objective { metric: \"validation_acuracy\" direction: MAXIMIZE }",
                  "3: objective[0].metric: \"validation_acuracy\" is no metric; did you mean \"validation_accuracy\"?");
  ExpectComplaint(kObjective, std::string(kObjective) + "\n" + kObjective,
                  "4: objective[1].metric: \"validation_accuracy\" is objective[0] already");
  ExpectComplaint("direction: MAXIMIZE", "", "3: objective[0].direction: is missing");
  EXPECT_THAT(Complaints(Changed("\"validation_accuracy\"", "\"test_accuracy\"")), HasSubstr("is no metric"));
}

TEST(StudyFileTest, TestImagesAndLabelsComeTogether) {
  ExpectComplaint("labels: \"l\"", "labels: \"l\" test_images: \"t\"",
                  "5: train.dataset.idx.test_labels: is missing; test_images need their labels");
  ExpectComplaint("labels: \"l\"", "labels: \"l\" test_labels: \"t\"",
                  "5: train.dataset.idx.test_images: is missing; test_labels need their images");
}

TEST(StudyFileTest, OnlyAGridNeedsNoBudget) {
  ExpectComplaint(
      "trials: 7;", "",
      "26: search.trials: is missing; say how many, as in search { trials: 100 } (only a grid ends by itself)");
  EXPECT_THAT(Complaints(Changed("random {} } trials: 7;", "grid {} }")), IsEmpty());
}

TEST(StudyFileTest, SizesAreBounded) {
  EXPECT_THAT(Complaints(std::string(kMaxStudyFileBytes + 1, ' ')), HasSubstr("a study file has at most 4194304"));
  StudySpec many = Good();
  for (int i = 0; i < 1001; ++i) many.add_parameter();
  for (int i = 0; i < 17; ++i) many.add_objective();
  EXPECT_THAT(std::string(ProblemsToStatus(CheckStudySpec(many), "").message()),
              AllOf(HasSubstr("parameter: there are 1005 parameters; at most 1000"),
                    HasSubstr("objective: there are 18 objectives")));
  StudySpec wide = Good();
  for (int i = 0; i < 100'001; ++i) wide.mutable_parameter(0)->mutable_categorical()->add_choice("x");
  EXPECT_THAT(std::string(ProblemsToStatus(CheckStudySpec(wide), "").message()),
              HasSubstr("has 100003 choices; at most 100000"));
}

TEST(StudyFileTest, AllProblemsOfAFileAreReportedInTheOrderOfItsLines) {
  EXPECT_EQ(Complaints(R"(nmae: "x"
objective { metric: "validation_acuracy" direction: UP }
train {
  dataset { digits { train: 5 sed: 1 } }
  random_forest { trees: "many" }
}
parameter { name: "a" sets: "random_forest.max_dept" int { low: 5 high: 1 } }
parameter { name: "b" sets: "random_forest.max_depth" int { low: 1 high: 5000 }
  when { parameter: "z" equals: "1" } }
search { trials: 0 }
)"),
            R"(f:1: nmae: unknown field in StudySpec; did you mean "name"?
f:2: objective[0].direction: "UP" is no Direction; known: MINIMIZE, MAXIMIZE
f:2: objective[0].metric: "validation_acuracy" is no metric; did you mean "validation_accuracy"?
f:4: train.dataset.digits.sed: unknown field in Digits; did you mean "seed"?
f:4: train.dataset.digits.train: must be 10 to 1000000, is 5
f:5: train.random_forest.trees: expects a whole number, found the text "many"
f:7: parameter[0].sets: RandomForest has no field "max_dept"; did you mean "max_depth"?
f:7: parameter[0].int.low: must not be larger than high, 1, is 5
f:8: parameter[1].int.high: must be 0 to 1000, is 5000
f:9: parameter[1].when[0].parameter: no parameter is called "z"; known: a, b
f:10: search.trials: must be 1 to 100000000, is 0)");
}

TEST(SameStudyTest, TheBudgetAndWrittenDefaultsMakeNoDifference) {
  const StudySpec good = Good();
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"trials: 7", "trials: 9"},
           {"sampler { random {} }", "sampler { random {} } avoid_duplicates: true"},
           {"seed: 3", "seed: 3 max_attempts: 3"},
           {"log: true", "log: true"},
           {"low: 1 high: 9", "low: 1 high: 9 log: false step: 1"},
           {"trees: 50", "trees: 50 bootstrap: true"}}) {
    const StudySpec same = *ParseStudyFile(Changed(from, to), "f");
    EXPECT_TRUE(SameStudy(good, same)) << to << "\n" << DescribeDifference(good, same);
    EXPECT_THAT(DescribeDifference(good, same), IsEmpty());
  }
}

TEST(SameStudyTest, WhatDiffersIsNamed) {
  const auto difference = [](const std::string& from, const std::string& to) {
    const StudySpec other = *ParseStudyFile(Changed(from, to), "f");
    EXPECT_FALSE(SameStudy(Good(), other));
    return DescribeDifference(Good(), other);
  };
  EXPECT_EQ(difference("high: 9 }", "high: 20 }"), "parameter[3].int.high: 9 in the database, 20 now");
  EXPECT_EQ(difference("seed: 3", ""), "search.seed: 3 in the database, 0 now");
  EXPECT_THAT(difference("sampler { random {} }", ""), HasSubstr("search.sampler.random: { } in the database"));
  EXPECT_EQ(difference("random {} }", "grid {} }"),
            "search.sampler.random: { } in the database, nothing now\nsearch.sampler.grid: nothing in the database, { "
            "points: 5 } now");
  EXPECT_EQ(difference("  when { parameter: \"scale\" at_least: 10 }\n", ""),
            "parameter[3].when[1]: { parameter: \"scale\" at_least: 10 } in the database, nothing now");
}

TEST(SameStudyTest, AnotherModelWithoutOptionsIsAnotherStudy) {
  StudySpec forest, tree;
  forest.mutable_train()->mutable_random_forest();
  tree.mutable_train()->mutable_decision_tree();
  EXPECT_FALSE(SameStudy(forest, tree));
}

TEST(DatasetFilesTest, FilesAreListedAndResolvedByName) {
  TrainSpec train = Good().train();
  EXPECT_THAT(ReferencedFiles(train), ::testing::ElementsAre("i", "l"));
  google::protobuf::RepeatedPtrField<DatasetFile> files;
  for (const char* name : {"l", "i"}) {
    DatasetFile* const file = files.Add();
    file->set_name(name);
    file->set_path(std::string("/data/") + name);
  }
  EXPECT_TRUE(ResolveFiles(files, train).ok());
  EXPECT_THAT(ReferencedFiles(train), ::testing::ElementsAre("/data/i", "/data/l"));
}

TEST(DatasetFilesTest, AFileThatIsNotGivenIsNamed) {
  TrainSpec train = Good().train();
  const absl::Status status = ResolveFiles({}, train);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("images names \"i\", and where that is was not given"));
}

TEST(StudyFileTest, PromotionIsRefusedWhereTrialsCannotPause) {
  const auto complaint = [](const std::string& search) {
    return Complaints(Changed("sampler { random {} }", absl::StrCat("sampler { random {} } ", search)));
  };
  EXPECT_EQ(complaint("pruner { successive_halving { promote: true } }"), "");
  EXPECT_THAT(complaint("pruner { successive_halving { promote: true } } deterministic: true"),
              HasSubstr("search.pruner.successive_halving.promote: lets trials go on"));
  EXPECT_THAT(complaint("pruner { patient { patience: 2 wraps { successive_halving { promote: true } } } }"),
              HasSubstr("search.pruner.patient.wraps.successive_halving.promote: cannot be wrapped"));
}

}  // namespace
}  // namespace parzen
