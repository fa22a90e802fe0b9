// parzen model info, predict, reconstruct: fitted models in files, as `parzen run --model FILE` writes them.
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/model_tables.h"
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

absl::Status ReconstructRows(const Options& options, const Stop&) {
  ASSIGN_OR_RETURN(const SavedModel model, ReadModel(options.file));
  const PreparedNotes& notes = model.header().notes();
  ASSIGN_OR_RETURN(const FeatureMatrix rows, ReadRowsToPredict(options.data, Columns(notes)));
  ASSIGN_OR_RETURN(const FeatureMatrix reconstructed, model.Reconstruct(rows));
  return PrintTable(ReconstructionTable(rows, reconstructed, notes), options.format);
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
  const auto add_data = [&](CLI::App& command) {
    AddOption(
        command, "--data FILE", options->data,
        "Rows of the kind that it learned from: images (IDX), or a table with the same columns (CSV), plain or gzip")
        .Required();
  };
  add_data(predict);
  AddFlag(predict, "--decisions", options->decisions,
          "Print a support vector machine's decision values, above 0 for the first class of their names");
  Choose(predict, chosen, options, &PredictRows);
  CLI::App& reconstruct =
      add("reconstruct",
          "Takes rows through the transforms of a saved model and back: a row of output for each row of data, with how "
          "far it comes back from where it was (the root of the mean squared difference), and its features.",
          "  parzen model reconstruct digits.model --data t10k-images-idx3-ubyte.gz -f csv > rows.csv");
  add_data(reconstruct);
  Choose(reconstruct, chosen, options, &ReconstructRows);
}

}  // namespace parzen
