// The tables of Hyperband (Li et al., 2018) with ceil((s_max + 1) / (s + 1) * eta^s) trials in bracket s.
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "tests/studies/pruners/pruner_fixture.h"

namespace parzen {
namespace {

constexpr char kPaper[] = "hyperband { min_resource: 1 max_resource: 81 reduction_factor: 3 }";

// How many of the first trials of a bracket, all in step, are left at each rung: "81@1 27@3 ...".
std::string Halvings(PrunedStudy& study, int32_t bracket, size_t trials, int64_t first) {
  std::vector<size_t> left;
  while (left.size() < trials) {
    const size_t trial = study.Start();
    if (study.pruner().Bracket(static_cast<int64_t>(trial)) == bracket) {
      left.push_back(trial);
    } else {
      study.Finish(trial, FAIL);
    }
  }
  std::string table;
  for (int64_t step = first; step <= 81; step *= 3) {
    absl::StrAppend(&table, table.empty() ? "" : " ", left.size(), "@", step);
    for (const size_t trial : left) study.Tell(trial, step, static_cast<double>(trial));
    std::vector<size_t> promoted;
    for (const size_t trial : left) {
      if (!study.pruner().Judge(trial, step).stop) promoted.push_back(trial);
    }
    left = promoted;
  }
  return table;
}

TEST(HyperbandPrunerTest, EachBracketHalvesAsInThePaper) {
  PrunedStudy study(kPaper);
  EXPECT_EQ(Halvings(study, 0, 81, 1), "81@1 27@3 9@9 3@27 1@81");
  EXPECT_EQ(Halvings(study, 1, 34, 3), "34@3 11@9 3@27 1@81");
  EXPECT_EQ(Halvings(study, 2, 15, 9), "15@9 5@27 1@81");
  EXPECT_EQ(Halvings(study, 3, 8, 27), "8@27 2@81");
  EXPECT_EQ(Halvings(study, 4, 5, 81), "5@81");
}

TEST(HyperbandPrunerTest, SixBracketsGetTheirSharesOfTheTrials) {
  PrunedStudy study("hyperband { max_resource: 243 }");
  std::map<int32_t, double> share;
  constexpr int kTrials = 200000;
  for (int64_t number = 0; number < kTrials; ++number) share[*study.pruner().Bracket(number)] += 1.0 / kTrials;
  const double expected[] = {243 / 415., 98 / 415., 41 / 415., 18 / 415., 9 / 415., 6 / 415.};
  ASSERT_EQ(share.size(), 6u);
  for (int32_t bracket = 0; bracket < 6; ++bracket) EXPECT_NEAR(share[bracket], expected[bracket], 0.003) << bracket;
}

// CRC-32 as zip files have it (0xCBF43926 for "123456789"): computed from its definition.
uint32_t Crc32(const std::string& text) {
  uint32_t crc = 0xFFFFFFFF;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

TEST(HyperbandPrunerTest, TheBracketComesFromTheStudysNameAndTheTrialsNumber) {
  ASSERT_EQ(Crc32("123456789"), 0xCBF43926u);
  PrunedStudy study("hyperband { max_resource: 9 }", MINIMIZE, "my study");
  // Shares 9, 5 and 3 of 17 trials.
  for (int64_t number = 0; number < 50; ++number) {
    const uint32_t place = Crc32(absl::StrCat("my study_", number)) % 17;
    EXPECT_EQ(study.pruner().Bracket(number), place < 9 ? 0 : place < 14 ? 1 : 2);
  }
}

TEST(HyperbandPrunerTest, TrialsOfOtherBracketsAreNotComparedWith) {
  PrunedStudy study(kPaper);
  std::set<int32_t> seen;
  for (int i = 0; i < 60; ++i) {
    const size_t trial = study.Start();
    const int32_t bracket = *study.pruner().Bracket(static_cast<int64_t>(trial));
    // Each is worse than all before it, so the first of its bracket is the only one that goes on.
    EXPECT_EQ(study.Report(trial, 27, i).stop, bracket < 4 && !seen.insert(bracket).second) << i;
  }
  EXPECT_EQ(seen.size(), 4u);
}

TEST(HyperbandPrunerTest, ATrialThatIsThroughIsNotStopped) {
  PrunedStudy study("hyperband { max_resource: 3 reduction_factor: 3 }");
  for (int i = 0; i < 30; ++i) {
    const size_t trial = study.Start();
    study.Tell(trial, 1, -i);
    EXPECT_THAT(study.Report(trial, 3, i), GoesOn());
  }
}

TEST(HyperbandPrunerTest, WithoutAMaxResourceTheLongestCompleteTrialSetsIt) {
  PrunedStudy study("hyperband {}");
  for (int i = 0; i < 20; ++i) EXPECT_THAT(study.Report(study.Start(), 1, i), GoesOn());
  EXPECT_EQ(study.pruner().Bracket(0), std::nullopt);  // samplers learn from all trials
  study.Completed(std::vector<double>(27, -1.0));
  int stopped = 0;
  for (int i = 0; i < 20; ++i) stopped += study.Report(study.Start(), 1, 100).stop;
  EXPECT_GT(stopped, 5);   // the first bracket's
  EXPECT_LT(stopped, 20);  // not the others'
}

TEST(HyperbandPrunerTest, OneBracketIsNone) {
  PrunedStudy study("hyperband { max_resource: 2 }");
  EXPECT_EQ(study.pruner().Bracket(0), std::nullopt);
}

TEST(HyperbandPrunerTest, ResourcesTheWrongWayRoundAreRefused) {
  const History history;
  const PrunerSpec spec = PrunerText("hyperband { min_resource: 5 max_resource: 4 }");
  EXPECT_TRUE(absl::IsInvalidArgument(MakePruner({spec, "s", MINIMIZE, history}).status()));
}

TEST(HyperbandPrunerTest, TheLargestResourcesAreCopedWith) {
  PrunedStudy study("hyperband { max_resource: 9223372036854775807 reduction_factor: 2 }");
  for (int64_t number = 0; number < 100; ++number) {
    const std::optional<int32_t> bracket = study.pruner().Bracket(number);
    ASSERT_TRUE(bracket.has_value());
    EXPECT_GE(*bracket, 0);
    EXPECT_LT(*bracket, 63);
  }
}

}  // namespace
}  // namespace parzen
