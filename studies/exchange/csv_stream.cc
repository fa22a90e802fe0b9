#include "studies/exchange/csv_stream.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

constexpr size_t kMaxRowBytes = 64 << 20;
constexpr size_t kMaxFields = 20000;

}  // namespace

absl::Status CsvStream::Wrong(absl::string_view what) const {
  return absl::InvalidArgumentError(absl::StrCat(name_, ":", line_, ": ", what));
}

absl::StatusOr<bool> CsvStream::Next(std::vector<CsvField>& row) {
  while (in_.sgetc() == '\n' || in_.sgetc() == '\r') {
    if (in_.sbumpc() == '\n') ++next_line_;
  }
  row.clear();
  line_ = next_line_;
  row_bytes_ = 0;
  if (in_.sgetc() == EOF) return false;
  for (bool more = true; more;) {
    if (row.size() == kMaxFields) return Wrong(absl::StrCat("more than ", kMaxFields, " columns"));
    ASSIGN_OR_RETURN(more, ReadField(row.emplace_back()));
  }
  return true;
}

// Whether another one follows in the row.
absl::StatusOr<bool> CsvStream::ReadField(CsvField& field) {
  field.quoted = in_.sgetc() == '"';
  if (field.quoted) in_.sbumpc();
  bool open = field.quoted;
  while (true) {
    const int c = in_.sbumpc();
    if (c == EOF) {
      if (open) return Wrong("a quote that is opened here is never closed: the file is not whole");
      return false;
    }
    if (c == '\n') ++next_line_;
    if (open && c == '"') {
      open = in_.sgetc() == '"';  // a doubled quote stands for one
      if (!open) continue;
      in_.sbumpc();
    } else if (!open && c == ',') {
      return true;
    } else if (!open && c == '\n') {
      if (!field.quoted && !field.text.empty() && field.text.back() == '\r') field.text.pop_back();
      return false;
    } else if (!open && field.quoted && c == '\r') {
      continue;
    } else if (!open && field.quoted) {
      return Wrong("text after a closing quote; a quote inside a cell is written twice");
    }
    field.text.push_back(static_cast<char>(c));
    if (++row_bytes_ > kMaxRowBytes) return Wrong(absl::StrCat("a row of more than ", kMaxRowBytes, " bytes"));
  }
}

}  // namespace parzen
