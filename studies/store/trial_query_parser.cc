#include "studies/store/trial_query_parser.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

// How much of a text an error shows.
constexpr size_t kShownBytes = 80;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Counted as people do, from 1.
size_t CharacterAt(absl::string_view text, size_t position) {
  size_t character = 1;
  for (const char c : text.substr(0, position)) character += IsContinuation(c) ? 0 : 1;
  return character;
}

bool BeginsWord(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return absl::ascii_isalpha(byte) || c == '_' || byte >= 0x80;
}

bool BeginsNumber(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '+' || c == '.';
}

// Also of numbers. Names such as svm.c and learning-rate need no quotes: there is no arithmetic.
bool GoesOn(char c) {
  return BeginsWord(c) || absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '+' ||
         c == ':' || c == '/';
}

struct Token {
  enum class Kind { kEnd, kWord, kNumber, kText, kColumn, kSymbol };
  Kind kind = Kind::kEnd;
  std::string text;     // of kText and kColumn without the quotes
  size_t position = 0;  // first byte, and the byte after the last
  size_t end = 0;
};

std::optional<double> SpecialNumber(absl::string_view word) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const bool minus = absl::ConsumePrefix(&word, "-");
  if (!minus) absl::ConsumePrefix(&word, "+");
  if (absl::EqualsIgnoreCase(word, "inf") || absl::EqualsIgnoreCase(word, "infinity")) {
    return minus ? -kInfinity : kInfinity;
  }
  if (absl::EqualsIgnoreCase(word, "nan")) return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text) {}

  absl::StatusOr<QueryCondition> Parse() {
    RETURN_IF_ERROR(Advance());
    ASSIGN_OR_RETURN(QueryCondition condition, Either(/*negated=*/false));
    if (token_.kind != Token::Kind::kEnd) return Expected("\"and\", \"or\" or the end");
    return condition;
  }

 private:
  absl::Status Advance();
  absl::Status ReadQuoted(char quote);

  bool IsSymbol(absl::string_view symbol) const { return token_.kind == Token::Kind::kSymbol && token_.text == symbol; }
  bool IsKeyword(absl::string_view word) const {
    return token_.kind == Token::Kind::kWord && absl::EqualsIgnoreCase(token_.text, word);
  }
  // "expected WHAT after "x" at character 7".
  absl::Status Expected(absl::string_view what) const {
    const std::string after = previous_.empty() ? "" : absl::StrCat(" after \"", previous_, "\"");
    return WhereError(text_, token_.position,
                      absl::StrCat("expected ", what, after, " at character ", CharacterAt(text_, token_.position)));
  }

  // Terms joined by "or", by "and", and single ones; `negated`: the reverse of what stands there is wanted.
  absl::StatusOr<QueryCondition> Either(bool negated) { return Join("or", negated, &Parser::Both); }
  absl::StatusOr<QueryCondition> Both(bool negated) { return Join("and", negated, &Parser::Term); }
  absl::StatusOr<QueryCondition> Join(absl::string_view word, bool negated,
                                      absl::StatusOr<QueryCondition> (Parser::*part)(bool negated));
  absl::StatusOr<QueryCondition> Term(bool negated);
  absl::StatusOr<QueryCondition> Comparison(bool negated);
  absl::Status Operands(QueryCondition& comparison);
  absl::StatusOr<QueryOperand> Operand();

  const absl::string_view text_;
  size_t next_ = 0;  // first byte that is not yet in a token
  Token token_;
  std::string previous_;  // the token before, as it was spelt
  int nesting_ = 0;
  size_t terms_ = 0;
};

absl::Status Parser::ReadQuoted(char quote) {
  const size_t begin = next_++;
  while (next_ < text_.size()) {
    const char c = text_[next_++];
    if (c == quote && (next_ == text_.size() || text_[next_] != quote)) {
      token_.kind = quote == '`' ? Token::Kind::kColumn : Token::Kind::kText;
      return absl::OkStatus();
    }
    if (c == quote) ++next_;  // twice: the quote itself
    token_.text += c;
  }
  return WhereError(
      text_, begin,
      absl::StrCat("the ", std::string(1, quote), " at character ", CharacterAt(text_, begin), " is never closed"));
}

absl::Status Parser::Advance() {
  previous_ = std::string(text_.substr(token_.position, token_.end - token_.position));
  while (next_ < text_.size() && absl::ascii_isspace(static_cast<unsigned char>(text_[next_]))) ++next_;
  token_ = Token{Token::Kind::kEnd, "", next_, next_};
  if (next_ == text_.size()) return absl::OkStatus();
  const char c = text_[next_];
  if (c == '\'' || c == '"' || c == '`') {
    RETURN_IF_ERROR(ReadQuoted(c));
  } else if (BeginsWord(c) || BeginsNumber(c)) {
    token_.kind = BeginsWord(c) ? Token::Kind::kWord : Token::Kind::kNumber;
    while (next_ < text_.size() && GoesOn(text_[next_])) token_.text += text_[next_++];
  } else {
    token_.kind = Token::Kind::kSymbol;
    for (const absl::string_view symbol : {"==", "!=", "<=", ">=", "<>", "=", "<", ">", "~", "(", ")", ","}) {
      if (!absl::StartsWith(text_.substr(next_), symbol)) continue;
      token_.text = std::string(symbol);
      break;
    }
    if (token_.text.empty()) {
      return WhereError(text_, next_,
                        absl::StrCat("nothing begins with \"", text_.substr(next_, 1), "\", at character ",
                                     CharacterAt(text_, next_), "; put text in quotes, odd names in back quotes"));
    }
    next_ += token_.text.size();
  }
  token_.end = next_;
  return absl::OkStatus();
}

absl::StatusOr<QueryCondition> Parser::Join(absl::string_view word, bool negated,
                                            absl::StatusOr<QueryCondition> (Parser::*part)(bool negated)) {
  ASSIGN_OR_RETURN(QueryCondition first, (this->*part)(negated));
  if (!IsKeyword(word)) return first;
  QueryCondition joined;
  joined.kind = (word == "and") != negated ? QueryCondition::Kind::kAll : QueryCondition::Kind::kAny;
  const auto add = [&joined](QueryCondition condition) {
    if (condition.kind != joined.kind) return joined.parts.push_back(std::move(condition));
    for (QueryCondition& inner : condition.parts) joined.parts.push_back(std::move(inner));
  };
  add(std::move(first));
  while (IsKeyword(word)) {
    RETURN_IF_ERROR(Advance());
    ASSIGN_OR_RETURN(QueryCondition next, (this->*part)(negated));
    add(std::move(next));
  }
  return joined;
}

absl::StatusOr<QueryCondition> Parser::Term(bool negated) {
  const bool inverts = IsKeyword("not");
  if (!inverts && !IsSymbol("(")) return Comparison(negated);
  if (++nesting_ > kMaxWhereNesting) {
    return WhereError(text_, token_.position, absl::StrCat("nested more than ", kMaxWhereNesting, " deep"));
  }
  RETURN_IF_ERROR(Advance());
  absl::StatusOr<QueryCondition> inner = inverts ? Term(!negated) : Either(negated);
  RETURN_IF_ERROR(inner.status());
  --nesting_;
  if (inverts) return inner;
  if (!IsSymbol(")")) return Expected("\")\", \"and\" or \"or\"");
  RETURN_IF_ERROR(Advance());
  return inner;
}

absl::StatusOr<QueryCondition> Parser::Comparison(bool negated) {
  QueryCondition comparison;
  comparison.negated = negated;
  ASSIGN_OR_RETURN(comparison.left, Operand());
  if (IsKeyword("not")) {
    RETURN_IF_ERROR(Advance());
    if (!IsKeyword("in")) return Expected("\"in\"");
    comparison.negated = !comparison.negated;
  }
  if (IsKeyword("is")) {
    RETURN_IF_ERROR(Advance());
    if (IsKeyword("not")) {
      comparison.negated = !comparison.negated;
      RETURN_IF_ERROR(Advance());
    }
    if (!IsKeyword("null")) return Expected("\"null\"");
    comparison.op = QueryOperator::kIsNull;
    RETURN_IF_ERROR(Advance());
    return comparison;
  }
  RETURN_IF_ERROR(Operands(comparison));
  return comparison;
}

absl::Status Parser::Operands(QueryCondition& comparison) {
  if (IsKeyword("in")) {
    comparison.op = QueryOperator::kIn;
    RETURN_IF_ERROR(Advance());
    if (!IsSymbol("(")) return Expected("\"(\"");
    do {
      RETURN_IF_ERROR(Advance());
      ASSIGN_OR_RETURN(comparison.right.emplace_back(), Operand());
    } while (IsSymbol(","));
    if (!IsSymbol(")")) return Expected("\",\" or \")\"");
    return Advance();
  }
  constexpr std::pair<absl::string_view, QueryOperator> kOperators[] = {
      {"=", QueryOperator::kEqual},    {"==", QueryOperator::kEqual},        {"!=", QueryOperator::kUnequal},
      {"<>", QueryOperator::kUnequal}, {"<", QueryOperator::kLess},          {"<=", QueryOperator::kLessEqual},
      {">", QueryOperator::kGreater},  {">=", QueryOperator::kGreaterEqual}, {"~", QueryOperator::kContains},
  };
  for (const auto& [symbol, op] : kOperators) {
    if (!IsSymbol(symbol)) continue;
    comparison.op = op;
    RETURN_IF_ERROR(Advance());
    ASSIGN_OR_RETURN(comparison.right.emplace_back(), Operand());
    return absl::OkStatus();
  }
  return Expected("a comparison (=, !=, <, <=, >, >=, ~, in or is)");
}

absl::StatusOr<QueryOperand> Parser::Operand() {
  if (++terms_ > 2 * kMaxWhereTerms) {  // two a comparison
    return WhereError(text_, token_.position, absl::StrCat("more than ", kMaxWhereTerms, " comparisons"));
  }
  QueryOperand operand;
  operand.spelling = token_.text;
  operand.position = token_.position;
  const std::optional<double> special = SpecialNumber(token_.text);
  double number = 0;
  int64_t whole = 0;
  if (token_.kind == Token::Kind::kText) {
    operand.kind = QueryOperand::Kind::kText;
  } else if (token_.kind == Token::Kind::kColumn) {
    operand.kind = QueryOperand::Kind::kColumn;
  } else if (IsKeyword("null")) {
    operand.value = std::monostate();
  } else if (IsKeyword("true") || IsKeyword("false")) {
    operand.value = static_cast<int64_t>(IsKeyword("true"));
  } else if (special.has_value() && (token_.kind == Token::Kind::kWord || token_.kind == Token::Kind::kNumber)) {
    operand.value = *special;
  } else if (token_.kind == Token::Kind::kNumber && absl::SimpleAtoi(token_.text, &whole)) {
    operand.value = whole;
  } else if (token_.kind == Token::Kind::kNumber && absl::SimpleAtod(token_.text, &number)) {
    operand.value = number;
  } else if (token_.kind == Token::Kind::kNumber) {
    return WhereError(text_, token_.position,
                      absl::StrCat("\"", token_.text, "\" at character ", CharacterAt(text_, token_.position),
                                   " is not a number; put text in quotes, names in back quotes"));
  } else if (token_.kind == Token::Kind::kWord && !IsKeyword("and") && !IsKeyword("or") && !IsKeyword("in") &&
             !IsKeyword("is") && !IsKeyword("not")) {
    operand.kind = QueryOperand::Kind::kWord;
  } else {
    return Expected(previous_.empty() || previous_ == "(" || IsKeyword("and") ? "a column or value" : "a value");
  }
  RETURN_IF_ERROR(Advance());
  return operand;
}

}  // namespace

absl::Status WhereError(absl::string_view where, size_t position, absl::string_view what) {
  std::string shown(where);
  if (where.size() > kShownBytes) {
    size_t begin = position < kShownBytes / 2 ? 0 : position - kShownBytes / 2;
    size_t end = std::min(begin + kShownBytes, where.size());
    while (begin > 0 && IsContinuation(where[begin])) --begin;
    while (end < where.size() && IsContinuation(where[end])) ++end;
    shown = absl::StrCat(begin > 0 ? "..." : "", where.substr(begin, end - begin), end < where.size() ? "..." : "");
  }
  return absl::InvalidArgumentError(absl::StrCat("where: \"", shown, "\": ", what));
}

absl::StatusOr<QueryCondition> ParseWhere(absl::string_view where) {
  if (where.size() > kMaxWhereCharacters) {
    return WhereError(where, 0, absl::StrCat("longer than ", kMaxWhereCharacters, " characters"));
  }
  return Parser(where).Parse();
}

}  // namespace parzen
