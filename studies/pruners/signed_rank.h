// Wilcoxon's signed-rank test (Wilcoxon, "Individual comparisons by ranking methods", 1945). Pure functions.
#pragma once

#include "absl/types/span.h"

namespace parzen {

// The one-sided p-value of paired differences being greater than 0 in the median: the chance, if their signs were
// fair coins, of a sum of the ranks of positive differences (by size; equals share their mean rank) that is at least
// the one seen. Differences of 0 have ranks too, half of each counts as positive (the treatment called zsplit). Exact
// for up to 50 differences that are not 0, with ties too; a normal approximation with the variance corrected for ties
// beyond. 1 for none. Requires: finite numbers.
double SignedRankPValue(absl::Span<const double> differences);

}  // namespace parzen
