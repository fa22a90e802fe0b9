// Reads a csv row by row, as RFC 4180 has it; lines may end in "\r\n" or "\n", cells in quotes may hold line ends.
// Threads: externally synchronised.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace parzen {

struct CsvField {
  std::string text;
  bool quoted = false;
};

class CsvStream {
 public:
  // `name` is for messages. Borrows `in`.
  CsvStream(std::istream& in, std::string name) : in_(*in.rdbuf()), name_(std::move(name)) {}

  // The next row; lines without a character are passed over. False at the end. InvalidArgument: "FILE:LINE: WHAT".
  absl::StatusOr<bool> Next(std::vector<CsvField>& row);
  // An error about the row that was read last.
  absl::Status Wrong(absl::string_view what) const;

 private:
  absl::StatusOr<bool> ReadField(CsvField& field);

  std::streambuf& in_;
  const std::string name_;
  int64_t line_ = 0;  // where the last row began
  int64_t next_line_ = 1;
  size_t row_bytes_ = 0;
};

}  // namespace parzen
