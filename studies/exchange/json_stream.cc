#include "studies/exchange/json_stream.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "studies/exchange/json_pieces.h"

namespace parzen {
namespace {

std::string Found(int c) {
  if (c == EOF) return "the end of the file";
  return c >= ' ' && c < 0x7f ? absl::StrCat("'", std::string(1, static_cast<char>(c)), "'") : "another character";
}

}  // namespace

int JsonStream::Take() {
  const int c = in_.sbumpc();
  if (c == '\n') ++line_;
  return c;
}

int JsonStream::Peek() {
  int c = in_.sgetc();
  while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
    Take();
    c = in_.sgetc();
  }
  return c;
}

absl::Status JsonStream::At(const absl::Status& status) const {
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat(name_, ":", value_line_, ": ", status.message()));
}

absl::Status JsonStream::Expect(char wanted, absl::string_view where) {
  const int c = Peek();
  value_line_ = line_;
  if (c != wanted) {
    return At(absl::InvalidArgumentError(
        absl::StrCat("expected '", std::string(1, wanted), "' ", where, ", found ", Found(c))));
  }
  Take();
  return absl::OkStatus();
}

absl::Status JsonStream::ExpectEnd() {
  const int c = Peek();
  value_line_ = line_;
  if (c == EOF) return absl::OkStatus();
  return At(absl::InvalidArgumentError(absl::StrCat("expected the end of the file, found ", Found(c))));
}

absl::StatusOr<std::string> JsonStream::ReadName() {
  ASSIGN_OR_RETURN(const std::string value, ReadValue());
  absl::StatusOr<std::string> name = ExtractText(value);
  if (!name.ok()) return At(name.status());
  RETURN_IF_ERROR(Expect(':', "after a member's name"));
  return name;
}

absl::StatusOr<std::string> JsonStream::ReadValue() {
  int c = Peek();
  value_line_ = line_;
  std::string value;
  JsonExtent extent;
  for (; c != EOF && !extent.complete() && !extent.EndsBefore(static_cast<char>(c)); c = in_.sgetc()) {
    if (value.size() >= max_bytes_) {
      return At(absl::InvalidArgumentError(absl::StrCat("a value of more than ", max_bytes_, " bytes")));
    }
    value.push_back(static_cast<char>(Take()));
  }
  if (!nlohmann::json::accept(value)) {
    return At(absl::InvalidArgumentError(c == EOF ? "the file ends too early: it is not whole"
                                                  : "is not well-formed JSON in UTF-8"));
  }
  return value;
}

absl::StatusOr<bool> JsonStream::NextElement() {
  const int c = Peek();
  if (c == ']') {
    Take();
    return false;
  }
  if (in_array_) RETURN_IF_ERROR(Expect(',', "between trials"));
  in_array_ = true;
  return true;
}

}  // namespace parzen
