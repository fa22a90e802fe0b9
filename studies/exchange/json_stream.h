// JSON text read from a stream value by value, so that a large document never is in memory at once. Threads:
// externally synchronised. Errors: InvalidArgument, "FILE:LINE: WHAT".
#pragma once

#include <cstdint>
#include <istream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parzen {

class JsonStream {
 public:
  // `name` is for messages; a value may have at most `max_bytes`. Borrows `in`.
  JsonStream(std::istream& in, std::string name, size_t max_bytes)
      : in_(*in.rdbuf()), name_(std::move(name)), max_bytes_(max_bytes) {}

  // The next character, blanks left out, must be this one. `where` ends the error: "between members".
  absl::Status Expect(char wanted, absl::string_view where);
  absl::Status ExpectEnd();
  // A member's name and the colon after it.
  absl::StatusOr<std::string> ReadName();
  // The next value to the byte; it is well-formed.
  absl::StatusOr<std::string> ReadValue();
  // Inside an array: whether there is another element, which ReadValue then reads; passes over what stands before it.
  absl::StatusOr<bool> NextElement();

  // An error about what was read last, with file and line.
  absl::Status At(const absl::Status& status) const;

 private:
  // The next character that is no blank, still to be read; EOF at the end.
  int Peek();
  int Take();

  std::streambuf& in_;
  const std::string name_;
  const size_t max_bytes_;
  int64_t line_ = 1;
  int64_t value_line_ = 1;  // where the last value began
  bool in_array_ = false;   // past its first element
};

}  // namespace parzen
