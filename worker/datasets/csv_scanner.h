// Walks comma-separated text (RFC 4180: quoted fields, doubled quotes, LF or CRLF; a UTF-8 byte order mark and blank
// lines at the end do not count) one field at a time, without copying.
//
// Borrows the text. Threads: externally synchronised. Use: while (!AtEnd()) { do Next(field) while (!field.ends_record)
// }.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace parzen {

struct CsvField {
  absl::string_view text;        // without its quotes
  bool has_quote_pairs = false;  // `text` holds "" where the field's value has "
  bool ends_record = false;

  std::string value() const;
};

class CsvScanner {
 public:
  explicit CsvScanner(absl::string_view text);

  // No record is left. To be asked between records only.
  bool AtEnd() const { return at_ == end_; }
  // Line that the next field starts on, from 1.
  int64_t line() const { return line_; }

  // InvalidArgument (without file and line): a quoted field has no end, or is followed by other text.
  absl::Status Next(CsvField& field);

 private:
  absl::Status NextQuoted(CsvField& field);
  // Steps over the comma or line end at at_.
  bool SkipSeparator();

  const char* at_;
  const char* end_;
  int64_t line_ = 1;
};

}  // namespace parzen
