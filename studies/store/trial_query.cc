#include "studies/store/trial_query.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "studies/store/trial_query_functions.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

using Type = TrialQueryColumn::Type;

// Arguments of one call of parzen_in; SQLite allows 127.
constexpr size_t kMostChoices = 100;

BoundSql ColumnSql(const TrialQueryColumn& column) {
  BoundSql sql;
  sql.Add(column.sql);
  if (const auto* number = std::get_if<int64_t>(&column.argument)) sql.values.emplace_back(*number);
  if (const auto* name = std::get_if<std::string>(&column.argument)) sql.values.emplace_back(*name);
  return sql;
}

// Makes one condition after the other into SQL. SQLite's parser has a stack of 100 entries and its expressions may be
// 1,000 deep, so what nests deepest stands first (nothing waits on the stack for it but brackets), and long chains
// become balanced trees.
class Compiler {
 public:
  Compiler(absl::string_view where, TrialQueryColumns& columns) : where_(where), columns_(columns) {}

  absl::StatusOr<BoundSql> Condition(const QueryCondition& condition) {
    ASSIGN_OR_RETURN(const Piece piece, Compile(condition));
    return piece.sql;
  }

 private:
  enum class Binding { kTight, kAnd, kOr };
  struct Piece {
    BoundSql sql;
    int depth = 0;
    Binding binding = Binding::kTight;  // its loosest operator outside brackets
  };
  // One side of a comparison: a column, or a value.
  struct Side {
    std::optional<TrialQueryColumn> column;
    QueryValue value;
  };

  absl::Status Error(const QueryOperand& operand, absl::string_view what) const {
    return WhereError(where_, operand.position, what);
  }
  absl::StatusOr<Piece> Compile(const QueryCondition& condition);
  static Piece Balance(std::vector<Piece>& pieces, size_t begin, size_t end, Binding binding);
  absl::StatusOr<BoundSql> Comparison(const QueryCondition& comparison);
  absl::StatusOr<BoundSql> In(const Side& left, const std::vector<Side>& right) const;
  absl::StatusOr<std::optional<TrialQueryColumn>> FindColumn(const std::string& name);
  absl::StatusOr<Side> Resolve(const QueryOperand& operand, bool may_be_text);
  absl::Status UnknownColumn(const QueryOperand& operand);
  // Makes a value fit to be compared with `column`, or says why it never is like it.
  absl::Status Adapt(const QueryOperand& operand, const QueryOperand& column_operand, const TrialQueryColumn& column,
                     QueryOperator op, Side& side);

  static BoundSql SideSql(const Side& side) {
    if (side.column.has_value()) return ColumnSql(*side.column);
    BoundSql sql;
    return sql.AddValue(side.value);
  }

  const absl::string_view where_;
  TrialQueryColumns& columns_;
  std::map<std::string, std::optional<TrialQueryColumn>> known_;
};

absl::StatusOr<Compiler::Piece> Compiler::Compile(const QueryCondition& condition) {
  if (condition.kind == QueryCondition::Kind::kComparison) {
    ASSIGN_OR_RETURN(BoundSql comparison, Comparison(condition));
    Piece piece;
    piece.sql.Add(condition.negated ? "NOT " : "").Add(comparison);
    return piece;
  }
  std::vector<Piece> pieces;
  for (const QueryCondition& part : condition.parts) {
    ASSIGN_OR_RETURN(pieces.emplace_back(), Compile(part));
  }
  std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.depth > b.depth; });
  return Balance(pieces, 0, pieces.size(), condition.kind == QueryCondition::Kind::kAll ? Binding::kAnd : Binding::kOr);
}

Compiler::Piece Compiler::Balance(std::vector<Piece>& pieces, size_t begin, size_t end, Binding binding) {
  if (end - begin == 1) return std::move(pieces[begin]);
  // The deepest stands alone in front; the others, which are many only where they are many terms, in halves.
  const size_t middle = begin == 0 ? 1 : begin + (end - begin) / 2;
  const Piece first = Balance(pieces, begin, middle, binding);
  const Piece second = Balance(pieces, middle, end, binding);
  // Few brackets in front save the stack; those behind keep the tree balanced.
  const bool first_apart = first.binding > binding;
  const bool second_apart = second.binding != Binding::kTight;
  Piece both;
  both.binding = binding;
  both.sql.Add(first_apart ? "(" : "").Add(first.sql).Add(first_apart ? ")" : "");
  both.sql.Add(binding == Binding::kAnd ? " AND " : " OR ");
  both.sql.Add(second_apart ? "(" : "").Add(second.sql).Add(second_apart ? ")" : "");
  both.depth = std::max(first.depth, second.depth) + 1;
  return both;
}

absl::StatusOr<std::optional<TrialQueryColumn>> Compiler::FindColumn(const std::string& name) {
  const auto known = known_.find(name);
  if (known != known_.end()) return known->second;
  ASSIGN_OR_RETURN(const std::optional<TrialQueryColumn> column, columns_.Find(name));
  known_.emplace(name, column);
  return column;
}

absl::Status Compiler::UnknownColumn(const QueryOperand& operand) {
  ASSIGN_OR_RETURN(const std::string suggestion, columns_.Suggest(operand.spelling));
  return Error(operand, absl::StrCat("unknown column \"", operand.spelling, "\"", suggestion));
}

absl::StatusOr<Compiler::Side> Compiler::Resolve(const QueryOperand& operand, bool may_be_text) {
  Side side;
  side.value = operand.value;
  if (operand.kind == QueryOperand::Kind::kValue) return side;
  if (operand.kind != QueryOperand::Kind::kText) {
    ASSIGN_OR_RETURN(side.column, FindColumn(operand.spelling));
    if (side.column.has_value()) return side;
    if (operand.kind == QueryOperand::Kind::kColumn || !may_be_text) return UnknownColumn(operand);
  }
  side.value = operand.spelling;
  return side;
}

absl::Status Compiler::Adapt(const QueryOperand& operand, const QueryOperand& column_operand,
                             const TrialQueryColumn& column, QueryOperator op, Side& side) {
  if (side.column.has_value() || std::holds_alternative<std::monostate>(side.value)) return absl::OkStatus();
  const bool is_text = std::holds_alternative<std::string>(side.value);
  if (op == QueryOperator::kContains || column.type == Type::kText) {
    side.value = operand.spelling;  // of a number: as it was typed
    return absl::OkStatus();
  }
  if (column.type == Type::kNumber && is_text) {
    std::string suggestion;
    if (operand.kind == QueryOperand::Kind::kWord) {
      ASSIGN_OR_RETURN(suggestion, columns_.Suggest(operand.spelling));
      if (suggestion.find("did you mean") == std::string::npos) suggestion.clear();
    }
    return Error(operand, absl::StrCat("\"", column_operand.spelling, "\" is a number; \"", operand.spelling,
                                       "\" is neither a number nor a column", suggestion));
  }
  if (column.type != Type::kState) return absl::OkStatus();
  const std::string name = absl::AsciiStrToUpper(operand.spelling);
  std::vector<std::string> states;
  for (int state = TrialState_MIN; state <= TrialState_MAX; ++state) {
    states.push_back(TrialState_Name(static_cast<TrialState>(state)));
  }
  if (std::find(states.begin(), states.end(), name) == states.end()) {
    return Error(operand, absl::StrCat("no state \"", operand.spelling, "\"", SuggestName(name, states)));
  }
  side.value = name;
  return absl::OkStatus();
}

absl::StatusOr<BoundSql> Compiler::Comparison(const QueryCondition& comparison) {
  // A word on the left is a column, unless what stands on the right is one for sure.
  ASSIGN_OR_RETURN(Side left, Resolve(comparison.left, /*may_be_text=*/false));
  std::vector<Side> right;
  for (const QueryOperand& operand : comparison.right) {
    ASSIGN_OR_RETURN(Side side, Resolve(operand, /*may_be_text=*/left.column.has_value()));
    if (!left.column.has_value() && !side.column.has_value()) {
      return Error(comparison.left, absl::StrCat("neither \"", comparison.left.spelling, "\" nor \"", operand.spelling,
                                                 "\" is a column; odd names stand in back quotes"));
    }
    if (left.column.has_value()) {
      RETURN_IF_ERROR(Adapt(operand, comparison.left, *left.column, comparison.op, side));
    } else {
      RETURN_IF_ERROR(Adapt(comparison.left, operand, *side.column, comparison.op, left));
    }
    right.push_back(std::move(side));
  }
  BoundSql sql;
  if (comparison.op == QueryOperator::kIsNull) {
    if (!left.column.has_value()) {
      return Error(comparison.left, absl::StrCat("\"", comparison.left.spelling, "\" is not a column"));
    }
    return sql.Add("(").Add(SideSql(left)).Add(" IS NULL)");
  }
  if (comparison.op == QueryOperator::kIn) return In(left, right);
  const auto is_null = [](const Side& side) {
    return !side.column.has_value() && std::holds_alternative<std::monostate>(side.value);
  };
  if (is_null(left) || is_null(right[0])) {
    const bool equal = comparison.op == QueryOperator::kEqual;
    if (!equal && comparison.op != QueryOperator::kUnequal) {
      return Error(is_null(left) ? comparison.left : comparison.right[0], "null is compared with = and != only");
    }
    return sql.Add("(").Add(SideSql(is_null(left) ? right[0] : left)).Add(equal ? " IS NULL)" : " IS NOT NULL)");
  }
  if (comparison.op == QueryOperator::kContains) {
    return sql.Add("parzen_contains(").Add(SideSql(left)).Add(", ").Add(SideSql(right[0])).Add(")");
  }
  return sql.Add(absl::StrCat("parzen_compare("))
      .Add(SideSql(left))
      .Add(absl::StrCat(", ", static_cast<int>(comparison.op), ", "))
      .Add(SideSql(right[0]))
      .Add(")");
}

absl::StatusOr<BoundSql> Compiler::In(const Side& left, const std::vector<Side>& right) const {
  BoundSql sql;
  sql.Add("(");
  for (size_t begin = 0; begin < right.size(); begin += kMostChoices) {
    sql.Add(begin > 0 ? " OR " : "").Add("parzen_in(").Add(SideSql(left));
    for (size_t i = begin; i < std::min(begin + kMostChoices, right.size()); ++i) {
      sql.Add(", ").Add(SideSql(right[i]));
    }
    sql.Add(")");
  }
  // A list with null has missing values too.
  const bool has_null = std::any_of(right.begin(), right.end(), [](const Side& side) {
    return !side.column.has_value() && std::holds_alternative<std::monostate>(side.value);
  });
  if (has_null) sql.Add(" OR ").Add(SideSql(left)).Add(" IS NULL");
  return sql.Add(")");
}

absl::StatusOr<BoundSql> Order(const TrialQuery& query, TrialQueryColumns& columns) {
  const char* const direction = query.descending() ? " DESC" : "";
  BoundSql order;
  if (query.sort().empty() || query.sort() == "number") {
    order.Add(absl::StrCat("t.number", direction));
    return order;
  }
  ASSIGN_OR_RETURN(const std::optional<TrialQueryColumn> column, columns.Find(query.sort()));
  if (!column.has_value()) {
    ASSIGN_OR_RETURN(const std::string suggestion, columns.Suggest(query.sort()));
    return absl::InvalidArgumentError(absl::StrCat("sort: unknown column \"", query.sort(), "\"", suggestion));
  }
  // NaN is no place in an order: it goes with what is missing.
  const bool may_be_nan = column->type == Type::kAny;
  order.Add(may_be_nan ? "nullif(" : "").Add(ColumnSql(*column));
  if (may_be_nan) order.Add(", ").AddValue(std::nan("")).Add(")");
  order.Add(absl::StrCat(direction, " NULLS LAST, t.number"));
  return order;
}

}  // namespace

BoundSql& BoundSql::Add(absl::string_view more) {
  absl::StrAppend(&text, more);
  return *this;
}

BoundSql& BoundSql::Add(const BoundSql& more) {
  text += more.text;
  values.insert(values.end(), more.values.begin(), more.values.end());
  return *this;
}

BoundSql& BoundSql::AddValue(QueryValue value) {
  text += "?";
  values.push_back(std::move(value));
  return *this;
}

absl::StatusOr<TrialQuerySql> CompileTrialQuery(const TrialQuery& query, TrialQueryColumns& columns) {
  TrialQuerySql sql;
  sql.condition.Add("TRUE");
  if (query.state_size() > 0) {
    sql.condition.Add(" AND t.state IN (");
    for (int i = 0; i < query.state_size(); ++i) {
      sql.condition.Add(i > 0 ? ", " : "").AddValue(std::string(TrialStateName(query.state(i))));
    }
    sql.condition.Add(")");
  }
  if (!absl::StripAsciiWhitespace(query.where()).empty()) {
    ASSIGN_OR_RETURN(const QueryCondition condition, ParseWhere(query.where()));
    ASSIGN_OR_RETURN(const BoundSql where, Compiler(query.where(), columns).Condition(condition));
    sql.condition.Add(" AND (").Add(where).Add(")");
  }
  ASSIGN_OR_RETURN(sql.order, Order(query, columns));
  return sql;
}

void BindValues(const std::vector<QueryValue>& values, Statement& statement) {
  int parameter = 0;
  for (const QueryValue& value : values) {
    ++parameter;
    if (const auto* text = std::get_if<std::string>(&value)) {
      statement.BindText(parameter, *text);
    } else if (const auto* whole = std::get_if<int64_t>(&value)) {
      statement.BindInt(parameter, *whole);
    } else if (const auto* number = std::get_if<double>(&value)) {
      std::isnan(*number) ? statement.BindBlob(parameter, kQueryNan) : statement.BindDouble(parameter, *number);
    } else {
      statement.BindNull(parameter);
    }
  }
}

}  // namespace parzen
