// From pairs of classes to probabilities.
#include "worker/models/svm/pair_votes.h"

#include <cmath>
#include <numeric>
#include <vector>

#include "base/random_stream.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

std::vector<double> Shares(const std::vector<double>& decisions, size_t classes) {
  std::vector<double> shares(classes);
  ShareVotes(decisions, absl::MakeSpan(shares));
  EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.), 1, 1e-12);
  return shares;
}

TEST(PairVotesTest, MostVotesWin) {
  const std::vector<double> shares = Shares({-1, -.1, 5}, 3);  // (0, 1): 1; (0, 2): 2; (1, 2): 1
  EXPECT_GT(shares[1], shares[2]);
  EXPECT_GT(shares[2], shares[0]);
}

TEST(PairVotesTest, TieIsBrokenByTheSumOfDecisions) {
  const std::vector<double> shares = Shares({.1, -.3, .2}, 3);  // one vote for each
  EXPECT_GT(shares[2], shares[0]);                              // .3 - .2 against .1 - .3
  EXPECT_GT(shares[1], shares[0]);                              // .2 - .1
}

TEST(PairVotesTest, DecisionsNeverOutweighAVote) {
  const std::vector<double> shares = Shares({1e-6, 1e-6, 1e30}, 3);
  EXPECT_GT(shares[0], shares[1]);
}

TEST(PairVotesTest, DecisionsThatAreNoNumbersStillGiveShares) {
  const std::vector<double> shares = Shares({std::nan(""), HUGE_VAL, -HUGE_VAL}, 3);
  for (const double share : shares) EXPECT_GE(share, 0);
}

TEST(PairVotesTest, CoupledProbabilitiesAreThoseThatThePairsAgreeOn) {
  const std::vector<double> wanted = {.5, .25, .15, .1};
  std::vector<double> of_first, coupled(4);
  for (size_t a = 0; a < 4; ++a) {
    for (size_t b = a + 1; b < 4; ++b) of_first.push_back(wanted[a] / (wanted[a] + wanted[b]));
  }
  CouplePairs(of_first, absl::MakeSpan(coupled));
  for (size_t c = 0; c < 4; ++c) EXPECT_NEAR(coupled[c], wanted[c], 2e-3);
}

TEST(PairVotesTest, OnePairIsCoupledToItsOwnProbability) {
  std::vector<double> coupled(2);
  CouplePairs({.8}, absl::MakeSpan(coupled));
  EXPECT_NEAR(coupled[0], .8, 2e-3);
}

TEST(PairVotesTest, SigmoidFindsTheOneThatMadeTheClasses) {
  RandomStream stream(1, 0, "classes");
  const Sigmoid made{-2, .5};
  std::vector<double> decisions;
  bool is_first[4000];
  for (bool& first : is_first) {
    decisions.push_back(2 * stream.Normal());
    first = stream.Uniform() < made(decisions.back());
  }
  const Sigmoid found = FitSigmoid(decisions, is_first);
  EXPECT_NEAR(found.slope, made.slope, .2);
  EXPECT_NEAR(found.offset, made.offset, .2);
}

TEST(PairVotesTest, SigmoidOfSeparatedClassesStaysUnsure) {
  const bool is_first[] = {true, true, false, false};
  const Sigmoid sigmoid = FitSigmoid({2, 1, -1, -2}, is_first);
  EXPECT_GT(sigmoid(2), .7);
  EXPECT_LT(sigmoid(2), .99);
  EXPECT_NEAR(sigmoid(2) + sigmoid(-2), 1, 1e-6);
}

TEST(PairVotesTest, SigmoidOfFarDecisionsIsZeroOrOne) {
  const Sigmoid sigmoid{-1, 0};
  EXPECT_EQ(sigmoid(1e6), 1);
  EXPECT_EQ(sigmoid(-1e6), 0);
}

}  // namespace
}  // namespace parzen
