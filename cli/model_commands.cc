// parzen model info, predict: fitted models in files, as `parzen run --model FILE` writes them.
#include <algorithm>
#include <charconv>
#include <memory>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/named_values.h"
#include "nlohmann/json.hpp"
#include "worker/datasets/data_file.h"
#include "worker/datasets/rows_to_predict.h"
#include "worker/saved_model.h"

namespace parzen {
namespace {

struct Options {
  std::string file;
  std::string data;
  bool classes = false, features = false, decisions = false;
  Format format = Format::kTable;
};

absl::StatusOr<SavedModel> ReadModel(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadDataFile(path));
  absl::StatusOr<SavedModel> model = SavedModel::Parse(bytes);
  if (model.ok()) return model;
  return absl::Status(model.status().code(), absl::StrCat(path, ": ", model.status().message()));
}

std::vector<Column> Columns(const PreparedNotes& notes) {
  std::vector<Column> columns;
  for (const InputColumn& column : notes.column()) {
    columns.push_back({column.name(), {column.value().begin(), column.value().end()}});
  }
  return columns;
}

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

// One row of data: what is predicted, and of a classifier the probability of each class; of a support vector machine
// that has learned none its share of the votes.
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

// One row of data: what is predicted, and the decision values, each above 0 for its first class.
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

absl::Status PredictRows(const Options& options, const Stop&) {
  ASSIGN_OR_RETURN(const SavedModel model, ReadModel(options.file));
  const PreparedNotes& notes = model.header().notes();
  ASSIGN_OR_RETURN(FeatureMatrix rows, ReadRowsToPredict(options.data, Columns(notes)));
  if (options.decisions) {
    ASSIGN_OR_RETURN(const Model::Decisions decisions, model.Decide(rows));
    ASSIGN_OR_RETURN(const FeatureMatrix predictions, model.Predict(std::move(rows)));
    return PrintTable(DecisionTable(predictions, decisions, notes), options.format);
  }
  ASSIGN_OR_RETURN(const FeatureMatrix predictions, model.Predict(std::move(rows)));
  return PrintTable(PredictionTable(predictions, model.header()), options.format);
}

// How well each class of the rows that it was measured on is predicted.
absl::StatusOr<Table> ClassTable(const TrainMetrics& metrics) {
  const PartMetrics& part = metrics.has_test() ? metrics.test() : metrics.validation();
  if (part.of_class_size() == 0) return absl::NotFoundError("a regression has no classes");
  Table table({"class", "precision", "recall", "f1", "support"});
  for (const ClassMetrics& one : part.of_class()) {
    table.AddRow({one.name(), one.precision(), one.recall(), one.f1(), one.support()});
  }
  return table;
}

// Those of the data's columns; of principal components their numbers, and so of pixels.
std::vector<std::string> FeatureNames(const TrainSpec& spec, const PreparedNotes& notes, size_t features) {
  const bool mixed = std::any_of(spec.transform().begin(), spec.transform().end(),
                                 [](const TransformSpec& transform) { return transform.has_pca(); });
  std::vector<std::string> names;
  for (const InputColumn& column : notes.column()) {
    if (column.value_size() == 0) names.push_back(column.name());
    for (const std::string& value : column.value()) names.push_back(absl::StrCat(column.name(), "=", value));
  }
  if (names.size() == features && !mixed) return names;
  names.clear();
  for (size_t i = 0; i < features; ++i) names.push_back(mixed ? absl::StrCat("component ", i + 1) : absl::StrCat(i));
  return names;
}

// What features are worth to the model, the most worthy first. People are not shown those that are worth nothing.
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
  const std::vector<std::string> names =
      FeatureNames(header.spec(), header.notes(), static_cast<size_t>(ranking.size()));
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

absl::Status ShowInfo(const Options& options, const Stop&) {
  ASSIGN_OR_RETURN(const SavedModel model, ReadModel(options.file));
  const ModelHeader& header = model.header();
  if (options.classes || options.features) {
    ASSIGN_OR_RETURN(const Table table,
                     options.classes ? ClassTable(header.metrics()) : FeatureTable(header, options.format));
    return PrintTable(table, options.format);
  }
  std::vector<std::string> columns = {"study", "trial", "classes", "input_features", "spec"};
  std::vector<Cell> cells = {header.study(), header.trial_number(), header.notes().class_name_size(),
                             header.notes().input_features(), header.spec().ShortDebugString()};
  const NamedValues metrics = MetricValues(header.metrics());
  for (const NamedJson& metric : metrics) {
    columns.push_back(metric.name());
    cells.push_back(FindNamed(metrics, metric.name()));
  }
  Table table(columns);
  table.AddRow(std::move(cells));
  return PrintResult(table.RenderRecord(options.format));
}

}  // namespace

void AddModelCommands(CLI::App& model, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  const auto add = [&](const std::string& name, const std::string& what, const std::string& example) -> CLI::App& {
    CLI::App& command = AddCommand(model, name, what, example);
    AddArgument(command, "FILE", options->file, "A model that `parzen run --model FILE` wrote").Required();
    AddFormatOption(command, options->format);
    return command;
  };
  CLI::App& info = add("info", "Shows what a saved model is: where it comes from, its options, what was measured.",
                       "  parzen model info digits.model\n  parzen model info digits.model --classes");
  const Option classes = AddFlag(info, "--classes", options->classes, "Show how well it knows each class");
  AddFlag(info, "--features", options->features, "Show what each feature is worth to it").Excludes(classes);
  Choose(info, chosen, options, &ShowInfo);
  CLI::App& predict =
      add("predict",
          "Predicts with a saved model: a row of output for each row of data, with the class and the probability of "
          "each class (of a regression the value).",
          "  parzen model predict digits.model --data t10k-images-idx3-ubyte.gz -f csv > predictions.csv");
  AddOption(
      predict, "--data FILE", options->data,
      "Rows of the kind that it learned from: images (IDX), or a table with the same columns (CSV), plain or gzip")
      .Required();
  AddFlag(predict, "--decisions", options->decisions,
          "Print a support vector machine's decision values, above 0 for the first class of their names");
  Choose(predict, chosen, options, &PredictRows);
}

}  // namespace parzen
