// Sets of points with several objectives, all minimised: who dominates whom, how crowded a front is, how much space it
// covers. A point has one value an objective, perhaps infinite, never NaN; all points of a call have as many.
//
// a dominates b when it is nowhere worse and somewhere better; equal points do not dominate each other. Pure functions:
// the same input gives the same bits; ties go to the lower index.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace parzen {

// 0 for points that no other dominates (the first front), r + 1 for those that only points up to rank r dominate (Deb
// et al., 2002, section III.A). With one objective the ranks of the distinct values. Efficient non-dominated sort
// (Zhang et al., 2015): n log n for one and two objectives, beyond that n^2 comparisons at the very worst.
std::vector<int> NonDominationRanks(absl::Span<const std::vector<double>> points);

// Indices of the points that no other dominates, in their order: those of rank 0. n times as many comparisons as the
// front has points; `check` is asked between points, and its error ends the work.
absl::StatusOr<std::vector<size_t>> FirstFront(absl::Span<const std::vector<double>> points,
                                               const std::function<absl::Status()>& check);

// How far apart a point's neighbours on its front are, summed over the objectives, each as a share of the front's width
// (Deb et al., 2002, section III.B). Infinite for the ends. Where values are infinite, the width is that of the finite
// ones, a gap between equal infinities 0, and one to an infinity infinite. One distance a point, in the points' order.
std::vector<double> CrowdingDistances(absl::Span<const std::vector<double>> front);

// The volume of what the points dominate within the box below `reference`, exactly: points that do not beat the
// reference in every objective add nothing. Infinite where a point that counts, or its reference, is. n log n up to
// three objectives; slicing with limited sets (While et al., 2012, "WFG") beyond, exponential in their number.
double Hypervolume(absl::Span<const std::vector<double>> points, absl::Span<const double> reference);

// Indices of up to k points, each chosen to add the most volume to those before it, in that order: at least 1 - 1/e of
// the best possible (Nemhauser et al., 1978). Volumes that have become stale are computed again only when they could
// still win (Minoux, 1978), which cannot change the answer. An infinite value counts as one width of the finite ones
// beyond them.
std::vector<size_t> GreedyHypervolumeSubset(absl::Span<const std::vector<double>> points, size_t k,
                                            absl::Span<const double> reference);

}  // namespace parzen
