#include "cli/model_tables.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/named_values.h"
#include "nlohmann/json.hpp"

namespace parzen {
namespace {

// With no more digits than tell the float.
double ShortestDouble(float value) {
  char digits[32];
  double shortest = value;
  const std::to_chars_result end = std::to_chars(digits, digits + sizeof(digits), value);
  std::from_chars(digits, end.ptr, shortest);
  return shortest;
}

// The class that is predicted for a row.
std::string Label(const FeatureMatrix& predictions, Eigen::Index row, const PreparedNotes& notes) {
  Eigen::Index best = 0;
  predictions.row(row).maxCoeff(&best);
  return notes.class_name(static_cast<int>(best));
}

// Of features before the transforms: the data's columns, or pixels' numbers.
std::vector<std::string> InputNames(const PreparedNotes& notes, int64_t features) {
  std::vector<std::string> names;
  for (const InputColumn& column : notes.column()) {
    if (column.value_size() == 0) names.push_back(column.name());
    for (const std::string& value : column.value()) names.push_back(absl::StrCat(column.name(), "=", value));
  }
  if (static_cast<int64_t>(names.size()) == features) return names;
  names.clear();
  for (int64_t i = 0; i < features; ++i) names.push_back(absl::StrCat(i));
  return names;
}

// Of those that the model sees: the same, or the numbers of principal components.
std::vector<std::string> FeatureNames(const ModelHeader& header, int64_t features) {
  const auto& transforms = header.spec().transform();
  const bool mixed = std::any_of(transforms.begin(), transforms.end(),
                                 [](const TransformSpec& transform) { return transform.has_pca(); });
  if (!mixed) return InputNames(header.notes(), features);
  std::vector<std::string> names;
  for (int64_t i = 0; i < features; ++i) names.push_back(absl::StrCat("component ", i + 1));
  return names;
}

// Missing values cannot come back as they were.
Cell RootMeanSquare(const FeatureMatrix& differences, Eigen::Index row) {
  double sum = 0;
  int64_t known = 0;
  for (const float difference : differences.row(row)) {
    if (std::isnan(difference)) continue;
    sum += std::pow(static_cast<double>(difference), 2);
    ++known;
  }
  return known == 0 ? Cell() : Cell(std::sqrt(sum / static_cast<double>(known)));
}

}  // namespace

Table PredictionTable(const FeatureMatrix& predictions, const ModelHeader& header) {
  const PreparedNotes& notes = header.notes();
  const bool votes = header.spec().has_svm() && !header.spec().svm().probability();
  std::vector<std::string> names = {"row", notes.class_name_size() > 0 ? "label" : "value"};
  for (const std::string& name : notes.class_name()) {
    names.push_back(absl::StrCat(votes ? "share " : "probability ", name));
  }
  Table table(names);
  for (Eigen::Index row = 0; row < predictions.rows(); ++row) {
    std::vector<Cell> cells = {static_cast<int64_t>(row)};
    if (notes.class_name_size() == 0) {
      cells.emplace_back(ShortestDouble(predictions(row, 0)));
    } else {
      cells.emplace_back(Label(predictions, row, notes));
      for (const float probability : predictions.row(row)) cells.emplace_back(ShortestDouble(probability));
    }
    table.AddRow(std::move(cells));
  }
  return table;
}

Table DecisionTable(const FeatureMatrix& predictions, const Model::Decisions& decisions, const PreparedNotes& notes) {
  std::vector<std::string> names = {"row", "label"};
  for (const Model::Decision& decision : decisions.columns) {
    const std::string rest = decision.against_class < 0 ? "the rest" : notes.class_name(decision.against_class);
    names.push_back(absl::StrCat(notes.class_name(decision.for_class), " against ", rest));
  }
  Table table(names);
  for (Eigen::Index row = 0; row < predictions.rows(); ++row) {
    std::vector<Cell> cells = {static_cast<int64_t>(row), Label(predictions, row, notes)};
    for (const float value : decisions.values.row(row)) cells.emplace_back(ShortestDouble(value));
    table.AddRow(std::move(cells));
  }
  return table;
}

Table ReconstructionTable(const FeatureMatrix& rows, const FeatureMatrix& reconstructed, const PreparedNotes& notes) {
  const FeatureMatrix differences = reconstructed - rows;
  std::vector<std::string> names = {"row", "error"};
  ColumnNames taken({names.begin(), names.end()});
  for (const std::string& name : InputNames(notes, rows.cols())) names.push_back(taken.Take(name, "feature"));
  Table table(names);
  for (Eigen::Index row = 0; row < rows.rows(); ++row) {
    std::vector<Cell> cells = {static_cast<int64_t>(row), RootMeanSquare(differences, row)};
    for (const float value : reconstructed.row(row)) cells.emplace_back(ShortestDouble(value));
    table.AddRow(std::move(cells));
  }
  return table;
}

absl::StatusOr<Table> ClassTable(const TrainMetrics& metrics) {
  const PartMetrics& part = metrics.has_test() ? metrics.test() : metrics.validation();
  if (part.of_class_size() == 0) return absl::NotFoundError("a regression has no classes");
  Table table({"class", "precision", "recall", "f1", "support"});
  for (const ClassMetrics& one : part.of_class()) {
    table.AddRow({one.name(), one.precision(), one.recall(), one.f1(), one.support()});
  }
  return table;
}

absl::StatusOr<Table> FeatureTable(const ModelHeader& header, Format format) {
  const TrainMetrics& metrics = header.metrics();
  const auto& impurity = metrics.feature_importance();
  const auto& permutation = metrics.permutation_importance();
  const auto& deviation = metrics.permutation_importance_deviation();
  const auto& ranking = permutation.empty() ? impurity : permutation;
  if (ranking.empty()) {
    return absl::NotFoundError(
        "nothing is known of its features' worth: trees tell, and every model does that is trained with "
        "\"permutation_importance {}\" in its study file");
  }
  const std::vector<std::string> names = FeatureNames(header, ranking.size());
  const auto number = [](const auto& values, int i) { return i < values.size() ? Cell(values[i]) : Cell(); };
  std::vector<int> order(static_cast<size_t>(ranking.size()));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return ranking[a] > ranking[b]; });
  Table table({"feature", "impurity", "permutation", "deviation"});
  for (const int i : order) {
    const bool worthless = ranking[i] == 0 && (i >= impurity.size() || impurity[i] == 0);
    if (worthless && format == Format::kTable) continue;
    table.AddRow({names[static_cast<size_t>(i)], number(impurity, i), number(permutation, i), number(deviation, i)});
  }
  return table;
}

}  // namespace parzen
