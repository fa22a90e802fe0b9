// Conditions over trials: each is checked against an evaluation over the records of all trials that knows no SQL.
#include "studies/store/trial_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "studies/reports/history.h"
#include "studies/reports/json_value.h"
#include "studies/trial_state.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Json = nlohmann::ordered_json;

constexpr int kTrials = 80;

std::string SqlText(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "''"}}), "'");
}

std::string NumericJson(const std::string& name, const std::string& attributes) {
  return absl::StrCat(R"({"name": ")", name, R"(", "attributes": {)", attributes, "}}");
}

std::string CategoricalJson(const std::string& choices) {
  return NumericJson("CategoricalDistribution", absl::StrCat("\"choices\": [", choices, "]"));
}

// A file with studies that hold every kind of value that Optuna and Parzen store, and none where some have one.
class TrialQueryTest : public StoreTest {
 protected:
  TrialQueryTest() {
    Open();
    Sql("BEGIN");
    Sql("INSERT INTO studies VALUES (7, 'odd'), (8, 'two'), (9, 'other')");
    Sql("INSERT INTO study_directions (direction, study_id, objective) VALUES ('MINIMIZE', 7, 0), ('MINIMIZE', 8, 0), "
        "('MAXIMIZE', 8, 1), ('MINIMIZE', 9, 0)");
    Sql("INSERT INTO study_system_attributes (study_id, \"key\", value_json) "
        "VALUES (8, 'study:metric_names', '[\"loss\", \"accuracy\"]')");
    Sql("INSERT INTO trials VALUES (9000, 0, 9, 'COMPLETE', NULL, NULL)");
    Sql("INSERT INTO trial_user_attributes (trial_id, \"key\", value_json) VALUES (9000, 'elsewhere', '1')");
    for (int number = 0; number < kTrials; ++number) AddOddTrial(number);
    Sql("COMMIT");
  }

  void Sql(const std::string& sql) { ASSERT_TRUE(store().database().Execute(sql).ok()) << sql; }
  int Draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  std::string OneOf(const std::vector<std::string>& texts) {
    return texts[static_cast<size_t>(Draw(static_cast<int>(texts.size())))];
  }

  void Parameter(int id, const std::string& name, const std::string& value, const std::string& distribution) {
    if (Draw(4) == 0) return;  // conditional
    Sql(absl::StrCat("INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES (", id,
                     ", ", SqlText(name), ", ", value, ", ", SqlText(distribution), ")"));
  }
  void Attribute(int id, const std::string& name, const std::string& json) {
    if (Draw(4) == 0) return;
    Sql(absl::StrCat("INSERT INTO trial_user_attributes (trial_id, \"key\", value_json) VALUES (", id, ", ",
                     SqlText(name), ", ", SqlText(json), ")"));
  }

  void AddOddTrial(int number) {
    const int id = 100 + number;
    const std::string state = OneOf({"COMPLETE", "COMPLETE", "PRUNED", "FAIL", "RUNNING", "WAITING"});
    Sql(absl::StrCat("INSERT INTO trials VALUES (", id, ", ", number, ", 7, '", state, "', ",
                     OneOf({"NULL", "'2026-11-20 12:00:00.000000'", "'2026-11-20 12:00:01.500000'"}), ", ",
                     OneOf({"NULL", "'2026-11-20 12:00:02.000000'", "'2026-11-21 00:00:00.000000'"}), ")"));
    const std::string value = OneOf({"", "NULL, 'INF_POS'", "NULL, 'INF_NEG'", "0.5, 'FINITE'", "1.0, 'FINITE'",
                                     "2.0, 'FINITE'", "-3.25, 'FINITE'"});
    if (!value.empty()) {
      Sql(absl::StrCat("INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (", id, ", 0, ", value,
                       ")"));
    }
    Parameter(id, "x", OneOf({"0.5", "1.0", "2.0", "1e-05"}),
              NumericJson("FloatDistribution", R"("step": null, "low": 0.0, "high": 10.0, "log": false)"));
    Parameter(id, "n", OneOf({"1.0", "2.0", "3.0", "77.0"}),  // the last is no value of the distribution
              NumericJson("IntDistribution", R"("log": false, "step": 1, "low": 1, "high": 9)"));
    Parameter(id, "kernel", OneOf({"0.0", "1.0", "2.0", "3.0", "9.0"}),
              CategoricalJson(R"("RBF", "it's", "d\u00e9j\u00e0 vu", "\"quoted\"")"));
    Parameter(id, "mixed", OneOf({"0.0", "1.0", "2.0", "3.0", "4.0", "5.0"}),
              CategoricalJson(R"(null, true, 3, 0.5, "3", false)"));
    Parameter(id, "both", "1.0", CategoricalJson("\"a\", \"b\""));
    Attribute(id, "both", OneOf({"1", "\"a\""}));
    Attribute(id, "acc", OneOf({"0.5", "1", "NaN", "Infinity", "-Infinity", "\"0.5\"", "true", "null", "[1, 2]"}));
    Attribute(id, "my metric", OneOf({"1", "2", "\"x\"", "not json"}));
    Attribute(id, "`; DROP TABLE trials; --", "1");
    for (int step = 0; step < Draw(3); ++step) {
      Sql(
          absl::StrCat("INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, "
                       "intermediate_value_type) VALUES (",
                       id, ", ", step * 10, ", 1.0, 'FINITE')"));
    }
    const int attempts = Draw(3);
    for (int attempt = 1; attempt <= attempts; ++attempt) {
      Sql(
          absl::StrCat("INSERT INTO parzen_attempts (trial_id, attempt, token, worker_id, state, embedded, started, "
                       "reason) VALUES (",
                       id, ", ", attempt, ", 't", id, "-", attempt, "', '", OneOf({"w1", "w2"}), "', 'ENDED', 0, '', ",
                       OneOf({"NULL", "''", "'out of memory'", "'100%'"}), ")"));
    }
    if (number > 0) return;
    Sql("INSERT INTO parzen_workers (worker_id, name, host, pid, slots, threads, embedded, first_seen, last_seen, "
        "disconnected) VALUES ('w1', 'alice', 'h', 1, 1, 1, 0, '', '', NULL), "
        "('w2', 'bob', 'h', 1, 1, 1, 0, '', '', NULL)");
  }

  absl::StatusOr<std::vector<TrialRecord>> Ask(const TrialQuery& query, const std::string& study = "odd",
                                               int32_t limit = 1000, int64_t offset = 0) {
    ListTrialsRequest request;
    request.set_study(study);
    request.set_limit(limit);
    request.set_offset(offset);
    request.set_steps(true);
    *request.mutable_query() = query;
    absl::StatusOr<ListTrialsResponse> page = reader().ListTrials(request);
    if (!page.ok()) return page.status();
    return std::vector<TrialRecord>(page->trial().begin(), page->trial().end());
  }
  std::vector<TrialRecord> Read(const TrialQuery& query, const std::string& study = "odd", int32_t limit = 1000,
                                int64_t offset = 0) {
    absl::StatusOr<std::vector<TrialRecord>> trials = Ask(query, study, limit, offset);
    EXPECT_TRUE(trials.ok()) << trials.status();
    return trials.ok() ? *std::move(trials) : std::vector<TrialRecord>();
  }
  absl::StatusOr<std::vector<int64_t>> Numbers(const TrialQuery& query) {
    const absl::StatusOr<std::vector<TrialRecord>> trials = Ask(query);
    if (!trials.ok()) return trials.status();
    std::vector<int64_t> numbers;
    for (const TrialRecord& trial : *trials) numbers.push_back(trial.number());
    return numbers;
  }
  absl::StatusOr<std::vector<int64_t>> Where(const std::string& where) {
    TrialQuery query;
    query.set_where(where);
    return Numbers(query);
  }
  std::string WhereError(const std::string& where) { return std::string(Where(where).status().message()); }
  std::vector<TrialRecord> All() { return Read(TrialQuery()); }
  StudyReader& reader() {
    if (reader_ == nullptr) reader_ = std::make_unique<StudyReader>(store());
    return *reader_;
  }

  std::mt19937 random_{42};
  std::unique_ptr<StudyReader> reader_;
};

// --- The same question asked of records.

// null; else a number (NaN too) or text.
Json Plain(const Json& value) {
  if (value.is_null()) return value;
  if (value.is_boolean()) return value.get<bool>() ? 1.0 : 0.0;
  return value.is_number() ? Json(value.get<double>()) : value;
}

Json Named(const google::protobuf::RepeatedPtrField<NamedJson>& values, const std::string& name) {
  for (const NamedJson& value : values) {
    if (value.name() != name) continue;
    const Json read = ReadJsonValue(value.json());
    return read.is_structured() ? Json(value.json()) : Plain(read);
  }
  return Json();
}

Json TextOr(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json ColumnValue(const TrialRecord& trial, const std::string& column) {
  const AttemptRecord last =
      trial.attempt_size() > 0 ? trial.attempt(trial.attempt_size() - 1) : AttemptRecord::default_instance();
  if (column == "number") return static_cast<double>(trial.number());
  if (column == "state") return std::string(TrialStateName(trial.state()));
  if (column == "value") return trial.value_size() > 0 ? Json(trial.value(0)) : Json();
  if (column == "seconds") return TrialSeconds(trial).has_value() ? Json(*TrialSeconds(trial)) : Json();
  if (column == "worker") return TextOr(last.worker());
  if (column == "reason") return TextOr(last.reason());
  if (column == "attempts") return static_cast<double>(last.attempt());
  if (column == "started") return TextOr(trial.started());
  if (column == "completed") return TextOr(trial.completed());
  if (column == "steps") return static_cast<double>(trial.step_size());
  if (column == "step") {
    return trial.step_size() > 0 ? Json(static_cast<double>(trial.step(trial.step_size() - 1).step())) : Json();
  }
  if (column == "`my metric`") return Named(trial.user_attribute(), "my metric");
  if (column == "attribute_both") return Named(trial.user_attribute(), "both");
  for (const char* parameter : {"x", "n", "kernel", "mixed", "both"}) {
    if (column == parameter || column == absl::StrCat("parameter_", parameter)) {
      return Named(trial.parameter(), parameter);
    }
  }
  return Named(trial.user_attribute(), column);
}

using Truth = std::optional<bool>;

Truth Compare(const Json& a, const std::string& op, const Json& b) {
  if (a.is_null() || b.is_null()) return std::nullopt;
  const auto is_nan = [](const Json& value) { return value.is_number() && std::isnan(value.get<double>()); };
  const bool same_kind = a.is_string() == b.is_string();
  const bool equal = (is_nan(a) && is_nan(b)) || (same_kind && a == b);
  if (op == "=" || op == "==") return equal;
  if (op == "!=") return !equal;
  if (!same_kind || is_nan(a) || is_nan(b)) return std::nullopt;
  const bool less = a.is_string() ? a.get<std::string>() < b.get<std::string>() : a.get<double>() < b.get<double>();
  if (op == "<") return less;
  if (op == "<=") return less || equal;
  if (op == ">") return !less && !equal;
  return !less;
}

Truth Not(Truth a) { return a.has_value() ? Truth(!*a) : a; }
Truth And(Truth a, Truth b) {
  if (a == Truth(false) || b == Truth(false)) return false;
  return a.has_value() && b.has_value() ? Truth(true) : std::nullopt;
}

// A condition as a user types it, and what it is worth for a trial.
struct Condition {
  std::string text;
  std::function<Truth(const TrialRecord&)> holds;
};

struct Literal {
  std::string text;
  Json value;
};

const std::vector<Literal>& NumberLiterals() {
  static const std::vector<Literal> literals = {{"0.5", 0.5},        {"1", 1.0},     {"2.0", 2.0}, {"-3.25", -3.25},
                                                {"3", 3.0},          {"1e-5", 1e-5}, {"77", 77.0}, {"inf", INFINITY},
                                                {"-inf", -INFINITY}, {"nan", NAN},   {"+10", 10.0}};
  return literals;
}

const std::vector<Literal>& TextLiterals() {
  static const std::vector<Literal> literals = {
      {"RBF", "RBF"},   {"'it''s'", "it's"}, {"\"déjà vu\"", "déjà vu"}, {"'3'", "3"}, {"'\"quoted\"'", "\"quoted\""},
      {"'0.5'", "0.5"}, {"\"x\"", "x"},      {"'not json'", "not json"}};
  return literals;
}

class RandomConditions {
 public:
  explicit RandomConditions(unsigned seed) : random_(seed) {}

  Condition Make(int depth) {
    const int kind = depth == 0 ? 3 : Draw(5);
    if (kind > 2) return Comparison();
    const Condition a = Make(depth - 1);
    if (kind == 0) {
      return {absl::StrCat(OneOf({"not ", "NOT "}), "(", a.text, ")"),
              [a](const TrialRecord& trial) { return Not(a.holds(trial)); }};
    }
    const Condition b = Make(depth - 1);
    if (kind == 1) {
      return {absl::StrCat("(", a.text, ") and (", b.text, ")"),
              [a, b](const TrialRecord& trial) { return And(a.holds(trial), b.holds(trial)); }};
    }
    return {absl::StrCat("(", a.text, OneOf({" or ", " OR "}), b.text, ")"),
            [a, b](const TrialRecord& trial) { return Not(And(Not(a.holds(trial)), Not(b.holds(trial)))); }};
  }

 private:
  int Draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  template <typename T>
  T OneOf(const std::vector<T>& choices) {
    return choices[static_cast<size_t>(Draw(static_cast<int>(choices.size())))];
  }
  std::string OneOf(std::initializer_list<const char*> choices) {
    return OneOf(std::vector<std::string>(choices.begin(), choices.end()));
  }

  Condition Comparison() {
    const std::string op = OneOf({"=", "==", "!=", "<", "<=", ">", ">="});
    switch (Draw(6)) {
      case 0: {  // against nothing
        const std::string column = OneOf({"value", "x", "mixed", "acc", "worker", "reason", "step", "seconds"});
        const bool is = Draw(2) == 0;
        return {absl::StrCat(column, is ? " is null" : " IS NOT NULL"),
                [=](const TrialRecord& trial) { return Truth(ColumnValue(trial, column).is_null() == is); }};
      }
      case 1: {  // of columns
        const std::string a = OneOf({"value", "x", "mixed", "acc", "`my metric`", "number", "kernel"});
        const std::string b = OneOf({"value", "n", "mixed", "acc", "attribute_both", "steps", "worker"});
        return {absl::StrCat(a, op, b),
                [=](const TrialRecord& trial) { return Compare(ColumnValue(trial, a), op, ColumnValue(trial, b)); }};
      }
      case 2: {  // text
        const std::string column = OneOf({"kernel", "mixed", "acc", "`my metric`", "both", "worker", "reason"});
        const Literal literal = OneOf(TextLiterals());
        return {absl::StrCat(column, " ", op, " ", literal.text),
                [=](const TrialRecord& trial) { return Compare(ColumnValue(trial, column), op, literal.value); }};
      }
      case 3: {  // lists
        const std::string column = OneOf({"mixed", "acc", "kernel"});
        const Literal a = OneOf(TextLiterals());
        const Literal b = OneOf(NumberLiterals());
        const bool in = Draw(2) == 0;
        return {absl::StrCat(column, in ? " in (" : " not in (", a.text, ", ", b.text, ")"),
                [=](const TrialRecord& trial) {
                  const Json value = ColumnValue(trial, column);
                  const Truth equal = Not(And(Not(Compare(value, "=", a.value)), Not(Compare(value, "=", b.value))));
                  return in ? equal : Not(equal);
                }};
      }
      default: {  // numbers, from either side
        const std::string column = OneOf({"value", "x", "parameter_n", "mixed", "acc", "number", "attempts", "steps",
                                          "step", "seconds", "`my metric`"});
        const Literal literal = OneOf(NumberLiterals());
        if (Draw(3) == 0) {
          return {absl::StrCat(literal.text, " ", op, " ", column),
                  [=](const TrialRecord& trial) { return Compare(literal.value, op, ColumnValue(trial, column)); }};
        }
        return {absl::StrCat(column, " ", op, literal.text),
                [=](const TrialRecord& trial) { return Compare(ColumnValue(trial, column), op, literal.value); }};
      }
    }
  }

  std::mt19937 random_;
};

TEST_F(TrialQueryTest, AnyConditionChoosesTheTrialsForWhichItHolds) {
  const std::vector<TrialRecord> all = All();
  ASSERT_EQ(all.size(), kTrials);
  RandomConditions conditions(7);
  int chosen = 0;
  for (int i = 0; i < 1500; ++i) {
    const Condition condition = conditions.Make(i % 5);
    std::vector<int64_t> expected;
    for (const TrialRecord& trial : all) {
      if (condition.holds(trial) == Truth(true)) expected.push_back(trial.number());
    }
    const absl::StatusOr<std::vector<int64_t>> numbers = Where(condition.text);
    ASSERT_TRUE(numbers.ok()) << condition.text << "\n" << numbers.status();
    ASSERT_EQ(*numbers, expected) << condition.text;
    if (!expected.empty() && expected.size() < all.size()) ++chosen;
  }
  EXPECT_GT(chosen, 700);  // most conditions say something
}

TEST_F(TrialQueryTest, EveryColumnSortsWithMissingLastAndTiesByNumber) {
  const std::vector<TrialRecord> all = All();
  for (const std::string column : {"number", "state", "value", "x", "n", "kernel", "mixed", "acc", "seconds", "worker",
                                   "attempts", "reason", "started", "completed", "step", "steps"}) {
    for (const bool descending : {false, true}) {
      TrialQuery query;
      query.set_sort(column);
      query.set_descending(descending);
      const auto rank = [&](const Json& value) {
        if (value.is_null() || (value.is_number() && std::isnan(value.get<double>()))) return 2;
        return value.is_string() == descending ? 0 : 1;
      };
      std::vector<TrialRecord> expected = all;
      std::stable_sort(expected.begin(), expected.end(), [&](const TrialRecord& one, const TrialRecord& other) {
        const Json a = ColumnValue(one, column);
        const Json b = ColumnValue(other, column);
        if (rank(a) != rank(b)) return rank(a) < rank(b);
        return rank(a) < 2 && Compare(descending ? b : a, "<", descending ? a : b) == Truth(true);
      });
      std::vector<int64_t> numbers;
      for (const TrialRecord& trial : expected) numbers.push_back(trial.number());
      EXPECT_EQ(*Numbers(query), numbers) << column << descending;
    }
  }
}

TEST_F(TrialQueryTest, PagesOfASortedQueryFollowEachOther) {
  TrialQuery query;
  query.set_sort("value");
  query.set_where("number >= 3");
  const std::vector<int64_t> all = *Numbers(query);
  std::vector<int64_t> paged;
  for (int64_t offset = 0; offset < kTrials; offset += 7) {
    for (const TrialRecord& trial : Read(query, "odd", 7, offset)) paged.push_back(trial.number());
  }
  EXPECT_EQ(paged, all);
}

TEST_F(TrialQueryTest, LaterPagesSeeWhatWasWrittenBetweenThem) {
  TrialQuery query;
  query.set_sort("x");
  ASSERT_EQ(Read(query, "odd", 10, 10).size(), 10);
  Sql("UPDATE trial_params SET param_value = 9.5 WHERE param_name = 'x' AND trial_id IN (SELECT trial_id FROM "
      "trial_params WHERE param_name = 'x' ORDER BY trial_id LIMIT 1)");
  std::vector<int64_t> expected;
  for (const TrialRecord& trial : Read(query)) expected.push_back(trial.number());
  std::vector<int64_t> paged;
  for (const TrialRecord& trial : Read(query, "odd", 70, 10)) paged.push_back(trial.number());
  EXPECT_EQ(paged, std::vector<int64_t>(expected.begin() + 10, expected.end()));
}

TEST_F(TrialQueryTest, StatesAreChosenWithAndWithoutACondition) {
  TrialQuery query;
  query.add_state(PRUNED);
  query.add_state(FAIL);
  const std::vector<int64_t> by_state = *Numbers(query);
  EXPECT_FALSE(by_state.empty());
  EXPECT_EQ(by_state, *Where("state = pruned or state = 'FAIL'"));
  query.set_where("state = pruned");
  EXPECT_EQ(*Numbers(query), *Where("state in (PRUNED)"));
}

TEST_F(TrialQueryTest, ContainsLooksForTextInAnyValue) {
  EXPECT_EQ(*Where("reason ~ memory"), *Where("reason = 'out of memory'"));
  EXPECT_EQ(*Where("reason ~ '%'"), *Where("reason = '100%'"));
  EXPECT_EQ(*Where("kernel ~ 'déjà'"), *Where("kernel = 'déjà vu'"));
  EXPECT_EQ(*Where("x ~ '1e-05'"), *Where("x = 1e-5"));
  EXPECT_FALSE(Where("reason ~ memory")->empty());
}

TEST_F(TrialQueryTest, NullIsWhatIsMissing) {
  EXPECT_EQ(*Where("mixed = null"), *Where("mixed is null"));
  EXPECT_EQ(*Where("mixed != null"), *Where("mixed is not null"));
  EXPECT_EQ(*Where("mixed in (3, null)"), *Where("mixed = 3 or mixed is null"));
}

TEST_F(TrialQueryTest, AndBindsTighterThanOr) {
  EXPECT_EQ(*Where("number = 1 or number = 2 and number = 3"), std::vector<int64_t>{1});
  EXPECT_EQ(*Where("not number > 2 and number > 0"), (std::vector<int64_t>{1, 2}));
}

TEST_F(TrialQueryTest, MetricsOfSeveralObjectivesAreColumns) {
  Sql("INSERT INTO trials VALUES (500, 0, 8, 'COMPLETE', NULL, NULL), (501, 1, 8, 'COMPLETE', NULL, NULL)");
  Sql("INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (500, 0, 1, 'FINITE'), "
      "(500, 1, 5, 'FINITE'), (501, 0, 2, 'FINITE'), (501, 1, 4, 'FINITE')");
  TrialQuery query;
  query.set_sort("accuracy");
  query.set_where("value_0 <= 2 and loss > 0");
  const std::vector<TrialRecord> trials = Read(query, "two");
  ASSERT_EQ(trials.size(), 2);
  EXPECT_EQ(trials[0].number(), 1);
  query.set_where("value > 1");
  EXPECT_THAT(std::string(Ask(query, "two").status().message()), HasSubstr("did you mean \"value_0\"?"));
}

TEST_F(TrialQueryTest, NamesAndTextsOfAnyKindAreOnlyData) {
  for (const std::string where :
       {"kernel = 'x''; DROP TABLE trials; --'", "kernel = \"'); DELETE FROM studies; --\"",
        "`x'); DROP TABLE trials; --` = 1", "`\"` > 1", "reason ~ ''' OR 1=1 --'", "state = 'FAIL'' OR ''1'' = ''1'"}) {
    Where(where).status().IgnoreError();
    EXPECT_EQ(All().size(), kTrials) << where;
  }
  EXPECT_THAT(*Where("kernel = ''' OR 1=1 --'"), IsEmpty());
  EXPECT_FALSE(Where("```; DROP TABLE trials; --` = 1")->empty());
  TrialQuery query;
  query.set_sort("`; DROP TABLE trials; --");
  EXPECT_EQ(Numbers(query)->size(), kTrials);
}

TEST_F(TrialQueryTest, UnknownColumnSuggestsTheClosest) {
  EXPECT_EQ(WhereError("valu > 3"), "where: \"valu > 3\": unknown column \"valu\"; did you mean \"value\"?");
  EXPECT_THAT(WhereError("kernl = RBF"), HasSubstr("did you mean \"kernel\"?"));
  EXPECT_THAT(WhereError("`my metrics` = 1"), HasSubstr("did you mean \"my metric\"?"));
  EXPECT_THAT(WhereError("elsewhere = 1"), HasSubstr("unknown column \"elsewhere\""));
  TrialQuery query;
  query.set_sort("valu");
  EXPECT_EQ(Numbers(query).status().message(), "sort: unknown column \"valu\"; did you mean \"value\"?");
}

TEST_F(TrialQueryTest, ErrorsPointAtTheirPlace) {
  EXPECT_EQ(WhereError("value >"), "where: \"value >\": expected a value after \">\" at character 8");
  EXPECT_THAT(WhereError("`déjà` = 1 2"), HasSubstr("after \"1\" at character 12"));
  EXPECT_THAT(WhereError("(value > 1"), HasSubstr("expected \")\", \"and\" or \"or\" after \"1\" at character 11"));
  EXPECT_THAT(WhereError("value"), HasSubstr("expected a comparison (=, !="));
  EXPECT_THAT(WhereError("value > 'abc"), HasSubstr("the ' at character 9 is never closed"));
  EXPECT_THAT(WhereError("value > 2026-11-20"), HasSubstr("\"2026-11-20\" at character 9 is not a number"));
  EXPECT_THAT(WhereError("value ; 1"), HasSubstr("nothing begins with \";\", at character 7"));
  EXPECT_THAT(WhereError("value in (1, 2"), HasSubstr("expected \",\" or \")\""));
  EXPECT_THAT(WhereError("value is 3"), HasSubstr("expected \"null\" after \"is\""));
  EXPECT_THAT(WhereError("not"), HasSubstr("at character 4"));
}

TEST_F(TrialQueryTest, ComparisonsThatCannotHoldAreErrors) {
  EXPECT_THAT(WhereError("value > abc"), HasSubstr("\"value\" is a number; \"abc\" is neither a number nor a column"));
  EXPECT_THAT(WhereError("x < 'RBF'"), HasSubstr("\"x\" is a number"));
  EXPECT_THAT(WhereError("state = COMPLET"), HasSubstr("no state \"COMPLET\"; did you mean \"COMPLETE\"?"));
  EXPECT_THAT(WhereError("1 = 2"), HasSubstr("neither \"1\" nor \"2\" is a column"));
  EXPECT_THAT(WhereError("value < null"), HasSubstr("null is compared with = and != only"));
  EXPECT_THAT(WhereError("'a' is null"), HasSubstr("\"a\" is not a column"));
}

TEST_F(TrialQueryTest, LongAndDeepConditionsAreBounded) {
  std::string deep = "number >= 0";
  for (int i = 0; i < kMaxWhereNesting; ++i) {
    deep = i % 2 == 0 ? absl::StrCat("(", deep, ") and x > -1") : absl::StrCat("(number = 1 or ", deep, ")");
  }
  EXPECT_EQ(*Where(deep), *Where("x > -1 or number = 1"));
  EXPECT_THAT(WhereError(absl::StrCat("(", deep, ")")), HasSubstr("nested more than 100 deep"));
  std::vector<std::string> terms(kMaxWhereTerms, "x=1");
  EXPECT_EQ(*Where(absl::StrJoin(terms, " or ")), *Where("x = 1"));
  EXPECT_EQ(*Where(absl::StrJoin(terms, " and ")), *Where("x = 1"));
  terms.push_back("x=1");
  EXPECT_THAT(WhereError(absl::StrJoin(terms, " or ")), HasSubstr("more than 1000 comparisons"));
  EXPECT_THAT(WhereError(absl::StrCat("x = '", std::string(kMaxWhereCharacters, 'a'), "'")),
              HasSubstr("longer than 10000 characters"));
  std::string items = "x in (1";
  for (int i = 0; i < 500; ++i) absl::StrAppend(&items, ",", 100 + i);
  EXPECT_EQ(*Where(items + ")"), *Where("x = 1"));
}

TEST_F(TrialQueryTest, FilesOfOthersHaveNoAttempts) {
  ASSERT_TRUE(RunSql(Path(), "DROP TABLE parzen_version; DROP TABLE parzen_attempts; DROP TABLE parzen_workers").ok());
  const std::unique_ptr<StudyReader> reader = *StudyReader::Open(Path());
  ListTrialsRequest request;
  request.set_study("odd");
  request.mutable_query()->set_where("worker is null and x > 0");
  request.mutable_query()->set_sort("attempts");
  EXPECT_EQ(static_cast<size_t>(reader->ListTrials(request)->trial_size()), Where("x > 0")->size());
}

}  // namespace
}  // namespace parzen
