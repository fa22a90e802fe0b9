// Where the centres of k_means begin. Functions of rows, options and the random stream: the same on any number of
// threads. All of it uses the task arena it is called in.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random_stream.h"
#include "worker/dataset.h"
#include "worker/models/stop_check.h"

namespace parzen {

// So many different rows, drawn by chance. Requires: not more than there are.
std::vector<int64_t> DrawRows(int64_t rows, int64_t count, RandomStream& stream);

// Rows drawn one after another, each with a chance in proportion to its squared distance from the nearest one before;
// of 2 + ln(count) drawn at a time, the one that lowers the sum of these distances most, the first of equals (Arthur
// and Vassilvitskii, k-means++: The Advantages of Careful Seeding, 2007, section 2.2, and the greedy variant that they
// mention). Where all rows are equal to some drawn before, any row. `spread`: the mean squared distance of the rows
// from their mean. Distances are good to a hundredth. After a stop: some rows. Requires: finite rows, at least one.
std::vector<int64_t> DrawSpreadRows(const FeatureRef& rows, int64_t count, double spread, RandomStream& stream,
                                    StopCheck& stop);

}  // namespace parzen
