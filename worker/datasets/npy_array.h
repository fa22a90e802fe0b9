// Arrays as numpy.save writes them (format versions 1.0 to 3.0): a magic text, the length of a header, the header,
// which is a Python dictionary of three entries, and the numbers.
//
// Memory grows with bytes really read, never with what a header claims. Threads: pure functions of the file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "worker/dataset.h"

namespace parzen {

struct NpyArray {
  std::string path;
  std::string file;            // all bytes
  size_t begin = 0;            // where the numbers are
  char kind = 'f';             // 'f': floating; 'i', 'u': whole, with and without sign; 'b': bool
  size_t width = 4;            // bytes of a number
  std::vector<int64_t> shape;  // one to three sizes, none of them 0

  int64_t items() const { return shape[0]; }
  int64_t item_size() const;
  // A number, as a double; whole ones beyond 2^53 lose digits.
  double At(int64_t i) const;
};

// InvalidArgument names the place in the file and what would be right: other types of numbers (text, objects, bytes in
// another order), columns first, more or fewer bytes than the shape says.
absl::StatusOr<NpyArray> ReadNpy(const std::string& path);

}  // namespace parzen
