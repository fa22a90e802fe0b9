#include "worker/datasets/csv_scanner.h"

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace parzen {

std::string CsvField::value() const {
  return has_quote_pairs ? absl::StrReplaceAll(text, {{"\"\"", "\""}}) : std::string(text);
}

CsvScanner::CsvScanner(absl::string_view text) {
  absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
  while (absl::EndsWith(text, "\n") || absl::EndsWith(text, "\r")) text.remove_suffix(1);
  at_ = text.data();
  end_ = at_ + text.size();
}

absl::Status CsvScanner::Next(CsvField& field) {
  if (at_ != end_ && *at_ == '"') return NextQuoted(field);
  const char* const start = at_;
  while (at_ != end_ && *at_ != ',' && *at_ != '\n') ++at_;
  const char* stop = at_;
  if (stop != start && stop[-1] == '\r' && (at_ == end_ || *at_ == '\n')) --stop;
  field.text = absl::string_view(start, static_cast<size_t>(stop - start));
  field.has_quote_pairs = false;
  field.ends_record = SkipSeparator();
  return absl::OkStatus();
}

absl::Status CsvScanner::NextQuoted(CsvField& field) {
  const char* const start = ++at_;
  int64_t lines = 0;
  field.has_quote_pairs = false;
  for (;; ++at_) {
    if (at_ == end_) return absl::InvalidArgumentError("a quoted field has no closing quote");
    if (*at_ == '\n') ++lines;
    if (*at_ != '"') continue;
    if (at_ + 1 == end_ || at_[1] != '"') break;
    field.has_quote_pairs = true;
    ++at_;
  }
  field.text = absl::string_view(start, static_cast<size_t>(at_ - start));
  ++at_;
  if (at_ != end_ && *at_ == '\r' && at_ + 1 != end_ && at_[1] == '\n') ++at_;
  if (at_ != end_ && *at_ != ',' && *at_ != '\n') {
    return absl::InvalidArgumentError(
        "a closing quote is followed by text; it must be followed by a comma or the end of the line, and a quote "
        "inside "
        "a quoted field is written twice");
  }
  line_ += lines;
  field.ends_record = SkipSeparator();
  return absl::OkStatus();
}

bool CsvScanner::SkipSeparator() {
  if (at_ == end_) return true;
  const bool ends_record = *at_++ == '\n';
  if (ends_record) ++line_;
  return ends_record;
}

}  // namespace parzen
