// What every evaluator must keep to, over every one that is registered: the contract in importance.h.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/studies/importance/importance_fixture.h"

namespace parzen {
namespace {

using ::testing::UnorderedElementsAreArray;

class ImportanceConformanceTest : public testing::TestWithParam<std::string> {
 protected:
  static std::string Text() { return absl::StrCat(GetParam(), " {}"); }
  static std::map<std::string, double> Amounts(const ImportanceData& data) { return parzen::Amounts(data, Text(), 7); }
  static std::map<std::string, double> Shares(const ImportanceData& data) { return parzen::Shares(data, Text(), 7); }
};

const std::vector<Drawn>& EveryKind() {
  static const auto* const kinds = new std::vector<Drawn>{
      {"float", Float(-3, 5)},       {"log", LogFloat(1e-6, 1)},   {"step", SteppedFloat(0, 1, 0.1)},
      {"int", Int(-4, 20, 3)},       {"log_int", LogInt(1, 5000)}, {"choice", Categories(6)},
      {"sometimes", Float(0, 1), 3}, {"single", Int(4, 4)},        {"one_choice", Categories(1)},
  };
  return *kinds;
}

void ExpectContract(const std::map<std::string, double>& amounts) {
  for (const auto& [name, amount] : amounts) {
    EXPECT_TRUE(std::isfinite(amount)) << name;
    EXPECT_GE(amount, 0) << name;
  }
}

TEST(ImportanceRegistryTest, EveryEvaluatorOfTheProtoIsThereAndNoOther) {
  const auto* const oneof = ImportanceSpec::descriptor()->FindOneofByName("evaluator");
  std::vector<std::string> names;
  for (int i = 0; i < oneof->field_count(); ++i) names.push_back(oneof->field(i)->name());
  EXPECT_THAT(Registry<ImportanceEvaluator>::Global().Names(), UnorderedElementsAreArray(names));
}

TEST_P(ImportanceConformanceTest, TheOnlyParameterThatMattersGetsNearlyEverything) {
  // Of axes that every evaluator sees evenly: forests take a logarithmic one as it is, so its effect may sit in a
  // corner.
  for (const size_t which : {0, 2, 3, 5}) {
    const ImportanceData data =
        RandomStudy(EveryKind(), 2000, [&](absl::Span<const double> u) { return std::abs(u[which] - 0.4); });
    for (const auto& [name, share] : Shares(data)) {
      if (name == EveryKind()[which].name) {
        EXPECT_GT(share, 0.85) << name;
      } else {
        EXPECT_LT(share, 0.06) << name << " where " << EveryKind()[which].name << " matters";
      }
    }
  }
}

TEST_P(ImportanceConformanceTest, ALogarithmicParameterThatMattersComesFirst) {
  for (const size_t which : {1, 4}) {
    const ImportanceData data = RandomStudy(EveryKind(), 500, [&](absl::Span<const double> u) { return u[which]; });
    EXPECT_EQ((*EvaluateImportance(data, Evaluator(Text()), 7))[0].first, EveryKind()[which].name);
  }
}

TEST_P(ImportanceConformanceTest, AmountsAreFiniteAndNotNegativeForEveryKindOfParameter) {
  const ImportanceData data = RandomStudy(EveryKind(), 100, [](absl::Span<const double> u) {
    return u[0] * u[5] + u[1] - u[6] * u[4] + 0.1 * u[2] + u[3];
  });
  const auto amounts = Amounts(data);
  EXPECT_EQ(amounts.size(), EveryKind().size());
  ExpectContract(amounts);
}

TEST_P(ImportanceConformanceTest, AParameterWithOneValueHasNone) {
  const auto amounts = Amounts(RandomStudy(EveryKind(), 100, [](absl::Span<const double> u) { return u[0]; }));
  EXPECT_EQ(amounts.at("single"), 0);
  EXPECT_EQ(amounts.at("one_choice"), 0);
}

TEST_P(ImportanceConformanceTest, AParameterOfFewerThanTwoTrialsHasNone) {
  const ImportanceData data = RandomStudy({{"x", Float(0, 1)}, {"once", Float(0, 1), 1000}}, 60,
                                          [](absl::Span<const double> u) { return u[0]; });
  EXPECT_EQ(Amounts(data).at("once"), 0);
}

TEST_P(ImportanceConformanceTest, TheOrderOfTheParametersDoesNotMatter) {
  ImportanceData data = RandomStudy(EveryKind(), 80, [](absl::Span<const double> u) { return u[0] * u[5] + u[3]; });
  const auto before = Amounts(data);
  std::rotate(data.columns.begin(), data.columns.begin() + 4, data.columns.end());
  std::swap(data.columns[0], data.columns[1]);
  EXPECT_EQ(Amounts(data), before);
}

TEST_P(ImportanceConformanceTest, TheSameQuestionGetsTheSameAnswer) {
  const ImportanceData data = RandomStudy(EveryKind(), 80, [](absl::Span<const double> u) { return u[0] + u[1]; });
  EXPECT_EQ(Amounts(data), Amounts(data));
}

TEST_P(ImportanceConformanceTest, AConstantTargetGivesEqualShares) {
  const ImportanceData data = RandomStudy(EveryKind(), 50, [](absl::Span<const double>) { return -3.5; });
  for (const auto& [name, share] : Shares(data)) EXPECT_NEAR(share, 1.0 / EveryKind().size(), 1e-12) << name;
}

TEST_P(ImportanceConformanceTest, OneTrialIsAnError) {
  const auto evaluate = *Registry<ImportanceEvaluator>::Global().Find(GetParam());
  for (const size_t trials : {0, 1}) {
    const ImportanceData data = RandomStudy(EveryKind(), trials, [](absl::Span<const double> u) { return u[0]; });
    const auto result = evaluate(data, Evaluator(Text()), 0, {});
    EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument) << trials;
  }
}

TEST_P(ImportanceConformanceTest, TwoTrialsAreEnough) {
  ExpectContract(Amounts(RandomStudy(EveryKind(), 2, [](absl::Span<const double> u) { return u[0]; })));
}

TEST_P(ImportanceConformanceTest, HugeTargetsAndRangesDoNotOverflow) {
  const ImportanceData data =
      RandomStudy({{"x", Float(-1.7e308, 1.7e308)}, {"y", Int(0, 9)}, {"tiny", Float(0, 5e-324)}}, 60,
                  [](absl::Span<const double> u) { return 1.7e308 * (2 * u[1] - 1); });
  ExpectContract(Amounts(data));
  EXPECT_GT(Shares(data).at("y"), 0.5);
}

TEST_P(ImportanceConformanceTest, AMillionChoicesAreOneParameterLikeAnyOther) {
  const ImportanceData data = RandomStudy({{"word", Categories(1000000)}, {"x", Float(0, 1)}}, 60,
                                          [](absl::Span<const double> u) { return u[1]; });
  const auto amounts = Amounts(data);
  ExpectContract(amounts);
  EXPECT_GT(amounts.at("x"), amounts.at("word"));
}

TEST_P(ImportanceConformanceTest, AChangedRangeIsNoReasonToFail) {
  ImportanceData data =
      RandomStudy({{"x", Float(0, 1)}, {"y", Float(0, 1)}}, 60, [](absl::Span<const double> u) { return u[0] + u[1]; });
  data.columns[0].domains.emplace_back(LogFloat(1e-3, 10));
  for (size_t i = 0; i < 60; i += 2) data.columns[0].domain[i] = 1;
  ExpectContract(Amounts(data));
}

TEST_P(ImportanceConformanceTest, ValuesOutsideTheRangeCountAtItsEnds) {
  ImportanceData data = RandomStudy({{"x", Float(0, 1)}, {"n", Int(1, 9, 2)}, {"c", Categories(3)}}, 60,
                                    [](absl::Span<const double> u) { return u[0]; });
  for (ImportanceColumn& column : data.columns) {
    column.value[0] = -100;
    column.value[1] = 100;
  }
  ExpectContract(Amounts(data));
}

INSTANTIATE_TEST_SUITE_P(EveryEvaluator, ImportanceConformanceTest,
                         testing::ValuesIn(Registry<ImportanceEvaluator>::Global().Names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace parzen
