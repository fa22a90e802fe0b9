// The tokens of a study file, one at a time. What is no token becomes a problem, one a line.
// Borrows the text and the problems. Threads: externally synchronised.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "studies/problem.h"

namespace parzen {

class TextTokens : public google::protobuf::io::ErrorCollector {
 public:
  using Token = google::protobuf::io::Tokenizer::Token;

  // `problems` may be null: nobody wants to know.
  TextTokens(absl::string_view text, ProblemList* problems);

  const std::string& text() { return tokenizer_.current().text; }
  int line() { return tokenizer_.current().line + 1; }
  bool AtEnd() { return Type() == Tokenizer::TYPE_END; }
  bool Is(absl::string_view symbol) { return Type() == Tokenizer::TYPE_SYMBOL && text() == symbol; }
  bool IsIdentifier() { return Type() == Tokenizer::TYPE_IDENTIFIER; }
  // Whether a value may begin here: a name, a number, a text or a minus.
  bool BeginsScalar() { return !AtEnd() && (Type() != Tokenizer::TYPE_SYMBOL || Is("-")); }
  bool Opens() { return Is("{") || Is("<") || Is("["); }
  bool Closes() { return Is("}") || Is(">") || Is("]"); }
  // Whether the latest line that had something that is no token is this one.
  bool IsBroken(int line) const { return line == broken_line_; }

  void Skip() { tokenizer_.Next(); }
  // The current token's text; goes on to the next.
  std::string Take();
  bool TryTake(absl::string_view symbol);
  // A value's tokens: a minus and what it is for, or texts that are one text together.
  std::string TakeScalar();

 private:
  using Tokenizer = google::protobuf::io::Tokenizer;

  Tokenizer::TokenType Type() { return tokenizer_.current().type; }
  void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override;

  google::protobuf::io::ArrayInputStream stream_;
  Tokenizer tokenizer_;
  ProblemList* const problems_;
  int broken_line_ = 0;
};

// How many { and < of a text are never closed.
int CountUnclosed(absl::string_view text);

}  // namespace parzen
