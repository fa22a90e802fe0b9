// The best trials of a study: by value with one objective, the Pareto front with several.
#include <limits>

#include "studies/store/stored_constraints.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class BestTrialsTest : public StoreTest {
 protected:
  BestTrialsTest() { Open(); }

  // The next trial, COMPLETE, whose constraint is so far from being kept.
  void Add(int64_t study_id, const std::vector<double>& values, double distance = 0) {
    const int64_t trial_id = AddTrial(study_id, ForestPoint(0.5));
    Transact(
        [&] { return store().SetTrialSystemAttribute(trial_id, ConstraintKey("size"), std::to_string(distance)); });
    Move(trial_id, COMPLETE, values);
  }
  BestTrialsResponse Best(int32_t limit = 0) {
    BestTrialsRequest request;
    request.set_study("s");
    if (limit > 0) request.set_limit(limit);
    const auto best = StudyReader(store()).BestTrials(request);
    EXPECT_TRUE(best.ok()) << best.status();
    return best.value_or(BestTrialsResponse());
  }
  static std::vector<int64_t> Numbers(const BestTrialsResponse& best) {
    std::vector<int64_t> numbers;
    for (const TrialRecord& trial : best.trial()) numbers.push_back(trial.number());
    return numbers;
  }
  // MINIMIZE, then MAXIMIZE.
  int64_t CreateTwoObjectives() {
    StudySpec spec = ForestSpec("s", MINIMIZE);
    spec.add_objective()->set_direction(MAXIMIZE);
    return CreateStudy(spec);
  }
};

TEST_F(BestTrialsTest, OfEqualsTheOldestIsFirst) {
  const int64_t study_id = CreateStudy(ForestSpec("s", MAXIMIZE));
  for (const double value : {0.5, 0.9, 0.7, 0.9}) Add(study_id, {value});
  EXPECT_THAT(Numbers(Best()), ElementsAre(1));
  EXPECT_THAT(Numbers(Best(3)), ElementsAre(1, 3, 2));
  EXPECT_THAT(Numbers(Best(100)), ElementsAre(1, 3, 2, 0));
  EXPECT_EQ(Best().candidates(), 4);
}

TEST_F(BestTrialsTest, DirectionDecidesWhereInfinitiesStand) {
  const int64_t study_id = CreateStudy(ForestSpec("s", MINIMIZE));
  for (const double value : {kInfinity, 1.0, -kInfinity}) Add(study_id, {value});
  EXPECT_THAT(Numbers(Best(3)), ElementsAre(2, 1, 0));
}

TEST_F(BestTrialsTest, TrialsThatBreakAConstraintOrAreNotCompleteAreOnlyCounted) {
  const int64_t study_id = CreateStudy(ForestSpec("s", MAXIMIZE));
  Add(study_id, {0.9}, 0.1);
  Add(study_id, {0.5}, -1);
  Move(AddTrial(study_id, ForestPoint(0.5)), PRUNED, {0.99});
  AddTrial(study_id, ForestPoint(0.5));
  EXPECT_THAT(Numbers(Best(10)), ElementsAre(1));
  EXPECT_EQ(Best().candidates(), 1);
  EXPECT_EQ(Best().infeasible(), 1);
}

TEST_F(BestTrialsTest, FrontHoldsWhatNothingBeatsInEveryObjectiveByNumber) {
  const int64_t study_id = CreateTwoObjectives();
  Add(study_id, {3, 3});  // as good as number 4
  Add(study_id, {2, 1});  // beaten by 3
  Add(study_id, {1, 0});  // the smallest first objective
  Add(study_id, {2, 2});
  Add(study_id, {3, 3});
  Add(study_id, {0, 9}, 0.5);  // would beat all, but breaks its constraint
  EXPECT_THAT(Numbers(Best()), ElementsAre(0, 2, 3, 4));
  EXPECT_EQ(Best().candidates(), 4);
  EXPECT_EQ(Best().infeasible(), 1);
  EXPECT_THAT(Numbers(Best(2)), ElementsAre(0, 2));
  EXPECT_EQ(Best(2).candidates(), 4);
}

TEST_F(BestTrialsTest, StudyWithoutCompleteTrialsHasNone) {
  AddTrial(CreateTwoObjectives(), ForestPoint(0.5));
  EXPECT_THAT(Numbers(Best()), IsEmpty());
  EXPECT_EQ(Best().candidates(), 0);
}

}  // namespace
}  // namespace parzen
