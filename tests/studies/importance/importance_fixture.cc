#include "tests/studies/importance/importance_fixture.h"

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "base/random_stream.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace parzen {
namespace {

nlohmann::json GoldenFile() {
  std::ifstream file("tests/testdata/tpe_golden.json");
  return nlohmann::json::parse(file).at("study");
}

}  // namespace

Distribution Float(double low, double high) { return FloatDistribution{low, high, false, std::nullopt}; }
Distribution LogFloat(double low, double high) { return FloatDistribution{low, high, true, std::nullopt}; }
Distribution SteppedFloat(double low, double high, double step) { return FloatDistribution{low, high, false, step}; }
Distribution Int(int64_t low, int64_t high, int64_t step) { return IntDistribution{low, high, false, step}; }
Distribution LogInt(int64_t low, int64_t high) { return IntDistribution{low, high, true, 1}; }

Distribution Categories(int64_t count) {
  CategoricalDistribution categories;
  for (int64_t i = 0; i < count; ++i) categories.choices.push_back(absl::StrCat("c", i));
  return categories;
}

ImportanceColumn Column(absl::string_view name, const Distribution& distribution,
                        const std::vector<std::optional<double>>& values) {
  ImportanceColumn column{std::string(name), {Axis(distribution)}, {}, {}};
  for (const std::optional<double>& value : values) {
    column.domain.push_back(value.has_value() ? 0 : -1);
    column.value.push_back(value.value_or(0));
  }
  return column;
}

ImportanceData RandomStudy(const std::vector<Drawn>& parameters, size_t trials,
                           const std::function<double(absl::Span<const double> unit)>& target, int64_t seed) {
  std::vector<std::vector<std::optional<double>>> values(parameters.size());
  std::vector<std::vector<double>> unit(trials, std::vector<double>(parameters.size()));
  for (size_t p = 0; p < parameters.size(); ++p) {
    RandomStream stream(static_cast<uint64_t>(seed), 0, parameters[p].name);
    const Axis axis(parameters[p].distribution);
    for (size_t i = 0; i < trials; ++i) {
      const double internal = axis.FromUnit(stream.Uniform());
      const bool present = static_cast<int64_t>(i) % parameters[p].every == 0;
      values[p].push_back(present ? std::optional<double>(internal) : std::nullopt);
      if (present) unit[i][p] = axis.ToUnit(internal);
    }
  }
  ImportanceData data;
  for (size_t p = 0; p < parameters.size(); ++p) {
    data.columns.push_back(Column(parameters[p].name, parameters[p].distribution, values[p]));
  }
  for (const std::vector<double>& places : unit) data.target.push_back(target(places));
  return data;
}

ImportanceData GoldenStudy() {
  const std::vector<std::string> choices = {"a", "b", "c"};
  std::map<std::string, std::vector<std::optional<double>>> values;
  ImportanceData data;
  const nlohmann::json study = GoldenFile();
  for (const nlohmann::json& trial : study.at("trials")) {
    if (trial.at("state") != "COMPLETE") continue;
    data.target.push_back(trial.at("value").get<double>());
    const nlohmann::json& parameters = trial.at("params");
    for (const std::string name : {"x", "lr", "i"}) {
      values[name].push_back(parameters.contains(name) ? std::optional<double>(parameters.at(name).get<double>())
                                                       : std::nullopt);
    }
    const auto choice = std::find(choices.begin(), choices.end(), parameters.at("c").get<std::string>());
    values["c"].push_back(static_cast<double>(choice - choices.begin()));
  }
  data.columns = {Column("x", Float(0, 1), values["x"]), Column("lr", LogFloat(1e-5, 0.1), values["lr"]),
                  Column("i", Int(1, 9, 2), values["i"]), Column("c", Categories(3), values["c"])};
  return data;
}

std::map<std::string, double> GoldenNumbers(const std::string& entry) {
  return GoldenFile().at(entry).get<std::map<std::string, double>>();
}

ImportanceSpec Evaluator(const std::string& text) {
  ImportanceSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec)) << text;
  return spec;
}

std::map<std::string, double> Amounts(const ImportanceData& data, const std::string& evaluator, uint64_t seed) {
  const std::string name = evaluator.substr(0, evaluator.find(' '));
  const auto evaluate = Registry<ImportanceEvaluator>::Global().Find(name);
  EXPECT_TRUE(evaluate.ok()) << evaluate.status();
  std::map<std::string, double> amounts;
  if (!evaluate.ok()) return amounts;
  const auto result = (*evaluate)(data, Evaluator(evaluator), seed, {});
  EXPECT_TRUE(result.ok()) << result.status();
  for (size_t i = 0; result.ok() && i < result->size(); ++i) amounts[data.columns[i].name] = (*result)[i];
  return amounts;
}

std::map<std::string, double> Shares(const ImportanceData& data, const std::string& evaluator, uint64_t seed) {
  const auto result = EvaluateImportance(data, Evaluator(evaluator), seed);
  EXPECT_TRUE(result.ok()) << result.status();
  if (!result.ok()) return {};
  return {result->begin(), result->end()};
}

}  // namespace parzen
