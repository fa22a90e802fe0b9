#include "worker/metrics/kept_rows.h"

#include <algorithm>
#include <vector>

namespace parzen {
namespace {

// Places of the rows of each class.
std::vector<std::vector<int64_t>> RowsByClass(absl::Span<const int32_t> labels, size_t classes) {
  std::vector<std::vector<int64_t>> rows(classes);
  for (size_t row = 0; row < labels.size(); ++row) {
    rows[static_cast<size_t>(labels[row])].push_back(static_cast<int64_t>(row));
  }
  return rows;
}

}  // namespace

std::vector<int64_t> EvenlyChosen(int64_t things, int64_t count) {
  std::vector<int64_t> places;
  const int64_t chosen = std::min(things, count);
  for (int64_t i = 0; i < chosen; ++i) places.push_back(i * things / chosen);
  return places;
}

PredictedRows PickPredictedRows(const FeatureMatrix& predictions, const LabelledView& rows,
                                absl::Span<const std::string> class_names, const Pictures& pictures, int64_t count) {
  std::vector<int64_t> wrong, right;
  std::vector<Eigen::Index> predicted(static_cast<size_t>(rows.rows()));
  for (int64_t row = 0; row < rows.rows(); ++row) {
    Eigen::Index& best = predicted[static_cast<size_t>(row)];
    predictions.row(row).maxCoeff(&best);
    (best == rows.labels[static_cast<size_t>(row)] ? right : wrong).push_back(row);
  }
  const auto probability = [&](int64_t row) { return predictions(row, predicted[static_cast<size_t>(row)]); };
  std::stable_sort(wrong.begin(), wrong.end(), [&](int64_t a, int64_t b) { return probability(a) > probability(b); });
  if (static_cast<int64_t>(wrong.size()) > count) wrong.resize(static_cast<size_t>(count));
  std::vector<int64_t> picked = wrong;
  for (const int64_t place : EvenlyChosen(static_cast<int64_t>(right.size()), count)) {
    picked.push_back(right[static_cast<size_t>(place)]);
  }

  PredictedRows kept;
  for (const std::string& name : class_names) kept.add_class_name(name);
  if (pictures.any()) {
    kept.set_height(pictures.height());
    kept.set_width(pictures.width());
  }
  for (const int64_t row : picked) {
    PredictedRow& added = *kept.add_row();
    added.set_row(row);
    added.set_label(rows.labels[static_cast<size_t>(row)]);
    added.set_predicted(static_cast<int32_t>(predicted[static_cast<size_t>(row)]));
    added.set_probability(probability(row));
    if (pictures.any()) added.set_image(pictures.OfRow(row));
  }
  return kept;
}

DatasetSheet MakeDatasetSheet(const LabelledView& learned, const LabelledView& measured,
                              absl::Span<const std::string> class_names, const Pictures& pictures, int64_t count) {
  DatasetSheet sheet;
  const std::vector<std::vector<int64_t>> learned_rows = RowsByClass(learned.labels, class_names.size());
  const std::vector<std::vector<int64_t>> measured_rows = RowsByClass(measured.labels, class_names.size());
  for (size_t label = 0; label < class_names.size(); ++label) {
    sheet.add_class_name(class_names[label]);
    sheet.add_learned(static_cast<int64_t>(learned_rows[label].size()));
    sheet.add_measured(static_cast<int64_t>(measured_rows[label].size()));
  }
  if (!pictures.any()) return sheet;
  sheet.set_height(pictures.height());
  sheet.set_width(pictures.width());
  std::vector<int64_t> picked;
  for (size_t label = 0; label < class_names.size(); ++label) {
    for (const int64_t place : EvenlyChosen(static_cast<int64_t>(learned_rows[label].size()), count)) {
      picked.push_back(learned_rows[label][static_cast<size_t>(place)]);
    }
  }
  for (const int64_t row : picked) {
    SheetRow& added = *sheet.add_row();
    added.set_row(row);
    added.set_label(learned.labels[static_cast<size_t>(row)]);
    added.set_image(pictures.OfRow(row));
  }
  return sheet;
}

}  // namespace parzen
