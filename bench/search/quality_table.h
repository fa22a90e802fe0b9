// What a comparison of samplers found, and the Markdown that a person reads.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"

namespace parzen {

// Trials after which samplers are compared; those beyond the end of a search are left out.
inline constexpr int kCheckpoints[] = {25, 50, 100, 200};

// One sampler on one problem.
struct QualityCell {
  std::vector<std::vector<double>> best = {};  // [seed][checkpoint], best value so far; empty: not measured
  bool medians = false;                        // of another program only medians are known: `best` has one row of them
};

struct QualityTable {
  std::vector<int> checkpoints;
  std::vector<std::string> problems;
  std::vector<double> lowest;  // by problem
  std::vector<std::string> samplers;
  std::vector<std::vector<QualityCell>> cells;  // [problem][sampler]
};

// By linear interpolation between the ordered values, as numpy.quantile. Requires: there are values.
double Quantile(std::vector<double> values, double share);

// Median (quartiles) of every problem and sampler; then for each checkpoint each sampler's mean rank by median over the
// problems that all samplers have, on how many its median is lowest (ties count for each), and how often it is below
// the first sampler: the mean over problems of the share of pairs of seeds in which its value is lower, ties counting
// half.
std::string ToMarkdown(const QualityTable& table);

}  // namespace parzen
