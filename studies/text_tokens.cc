#include "studies/text_tokens.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace parzen {

TextTokens::TextTokens(absl::string_view text, ProblemList* problems)
    : stream_(text.data(), static_cast<int>(text.size())), tokenizer_(&stream_, this), problems_(problems) {
  tokenizer_.set_comment_style(Tokenizer::SH_COMMENT_STYLE);
  tokenizer_.set_allow_f_after_float(true);
  tokenizer_.Next();
}

std::string TextTokens::Take() {
  std::string taken = text();
  Skip();
  return taken;
}

bool TextTokens::TryTake(absl::string_view symbol) {
  if (!Is(symbol)) return false;
  Skip();
  return true;
}

std::string TextTokens::TakeScalar() {
  if (TryTake("-")) {
    const bool is_signed = BeginsScalar() && Type() != Tokenizer::TYPE_STRING && !Is("-");
    return is_signed ? absl::StrCat("-", Take()) : "-";
  }
  const bool is_text = Type() == Tokenizer::TYPE_STRING;
  std::string scalar = Take();
  while (is_text && Type() == Tokenizer::TYPE_STRING) absl::StrAppend(&scalar, " ", Take());
  return scalar;
}

void TextTokens::AddError(int line, google::protobuf::io::ColumnNumber, const std::string& message) {
  if (IsBroken(line + 1)) return;
  broken_line_ = line + 1;
  std::string what(absl::StripSuffix(message, "."));
  if (!what.empty()) what[0] = absl::ascii_tolower(what[0]);
  if (problems_ != nullptr) problems_->Add("", what, broken_line_);
}

int CountUnclosed(absl::string_view text) {
  int open = 0;
  for (TextTokens tokens(text, nullptr); !tokens.AtEnd(); tokens.Skip()) {
    if (tokens.Is("{") || tokens.Is("<")) ++open;
    if (tokens.Is("}") || tokens.Is(">")) --open;
  }
  return std::max(open, 0);
}

}  // namespace parzen
