// Probabilities of classes from what the pairs of classes say: votes, or, where each pair gives a probability, those
// that fit all pairs best. Pure functions. Pairs are ordered as PairNumber says.
#pragma once

#include <cstdint>

#include "absl/types/span.h"

namespace parzen {

// A pair's probability of its first class is 1 / (1 + exp(slope decision + offset)).
struct Sigmoid {
  double slope = 0;
  double offset = 0;

  double operator()(double decision) const;
};

// Fits a sigmoid to decision values, of the first class or not (Platt, 1999, with the targets he proposes; Newton's
// method with backtracking as by Lin, Lin and Weng, 2007, "A note on Platt's probabilistic outputs for support vector
// machines"). Requires: as many of both.
Sigmoid FitSigmoid(absl::Span<const double> decisions, absl::Span<const bool> is_first);

// Shares of the classes: the votes of each, moved by less than a third by its sum of decision values, so that those
// break ties (as scikit-learn's decision_function does), plus a third, over the sum of all. Requires: two or more
// classes.
void ShareVotes(absl::Span<const double> decisions, absl::Span<double> shares);

// Class probabilities p with sum over pairs of (P(b of a, b) p_a - P(a of a, b) p_b)^2 least (Wu, Lin and Weng, 2004,
// "Probability estimates for multi-class classification by pairwise coupling", section 4, algorithm 2).
// `of_first`: P(a of a, b). Requires: two or more classes.
void CouplePairs(absl::Span<const double> of_first, absl::Span<double> probabilities);

}  // namespace parzen
