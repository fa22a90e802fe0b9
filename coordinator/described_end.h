// What a worker said of the end of an attempt, in words: for people who ask why it did not count. Pure functions.
#pragma once

#include <string>

#include "proto/coordinator.pb.h"

namespace parzen {

// "it had value 0.5, seconds 12 and 3 more", "it failed: no such file". One line of at most some 2 KB, whatever the
// worker sent: without the lease, which is for workers only.
std::string DescribeEnd(const TrialEnd& end);

}  // namespace parzen
