#include "worker/metrics/classification.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "absl/strings/numbers.h"
#include "worker/metrics/ranking.h"

namespace parzen {
namespace {

constexpr double kSmallestProbability = 1e-15;

double Ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

// Precision, recall and F1 of each class, and their means over the classes that are true or predicted somewhere.
void MeasureClasses(const ConfusionMatrix& confusion, PartMetrics& metrics) {
  const int classes = confusion.class_name_size();
  double macro[3] = {}, weighted[3] = {};
  double recall = 0;
  int seen = 0, with_rows = 0;
  int64_t rows = 0;
  for (int c = 0; c < classes; ++c) {
    int64_t truth = 0;
    int64_t predicted = 0;
    for (int other = 0; other < classes; ++other) {
      truth += confusion.count(c * classes + other);
      predicted += confusion.count(other * classes + c);
    }
    const double hits = static_cast<double>(confusion.count(c * classes + c));
    const double each[3] = {Ratio(hits, static_cast<double>(predicted)), Ratio(hits, static_cast<double>(truth)),
                            Ratio(2 * hits, static_cast<double>(truth + predicted))};
    ClassMetrics& of_class = *metrics.add_of_class();
    of_class.set_name(confusion.class_name(c));
    of_class.set_precision(each[0]);
    of_class.set_recall(each[1]);
    of_class.set_f1(each[2]);
    of_class.set_support(truth);
    for (int i = 0; i < 3; ++i) {
      macro[i] += each[i];
      weighted[i] += each[i] * static_cast<double>(truth);
    }
    recall += each[1];
    seen += truth + predicted > 0;
    with_rows += truth > 0;
    rows += truth;
  }
  metrics.set_macro_precision(macro[0] / seen);
  metrics.set_macro_recall(macro[1] / seen);
  metrics.set_macro_f1(macro[2] / seen);
  metrics.set_weighted_precision(weighted[0] / static_cast<double>(rows));
  metrics.set_weighted_recall(weighted[1] / static_cast<double>(rows));
  metrics.set_weighted_f1(weighted[2] / static_cast<double>(rows));
  metrics.set_balanced_accuracy(recall / with_rows);
}

// Of all pairs of rows those whose errors (predicted class less true class) cancel out.
void MeasurePairSums(const ConfusionMatrix& confusion, PartMetrics& metrics) {
  const int classes = confusion.class_name_size();
  std::vector<int32_t> numbers(static_cast<size_t>(classes));
  for (int c = 0; c < classes; ++c) {
    if (!absl::SimpleAtoi(confusion.class_name(c), &numbers[static_cast<size_t>(c)])) return;
  }
  std::map<int64_t, double> rows_with_error;
  double rows = 0;
  for (int truth = 0; truth < classes; ++truth) {
    for (int predicted = 0; predicted < classes; ++predicted) {
      const auto count = static_cast<double>(confusion.count(truth * classes + predicted));
      if (count == 0) continue;  // of many classes most pairs
      rows_with_error[int64_t{numbers[static_cast<size_t>(predicted)]} - numbers[static_cast<size_t>(truth)]] += count;
      rows += count;
    }
  }
  double pairs = 0;
  for (const auto& [error, count] : rows_with_error) {
    const auto opposite = rows_with_error.find(-error);
    if (opposite != rows_with_error.end()) pairs += count * opposite->second;
  }
  metrics.set_pair_sum_accuracy(pairs / (rows * rows));
}

void MeasureRanking(const FeatureMatrix& probabilities, absl::Span<const int32_t> labels, Ranking ranking,
                    PartMetrics& metrics) {
  if (ranking == Ranking::kLeftOut) return;
  if (const auto area = RocAuc(probabilities, labels)) metrics.set_roc_auc(*area);
  if (const auto share = TopAccuracy(probabilities, labels, 2)) metrics.set_top_2_accuracy(*share);
  if (const auto share = TopAccuracy(probabilities, labels, 3)) metrics.set_top_3_accuracy(*share);
  if (const auto share = TopAccuracy(probabilities, labels, 5)) metrics.set_top_5_accuracy(*share);
}

}  // namespace

PartMetrics MeasureClassification(const FeatureMatrix& probabilities, absl::Span<const int32_t> labels,
                                  const std::vector<std::string>& class_names, Ranking ranking) {
  const int classes = static_cast<int>(class_names.size());
  const int64_t rows = probabilities.rows();
  PartMetrics metrics;
  ConfusionMatrix& confusion = *metrics.mutable_confusion();
  for (const std::string& name : class_names) confusion.add_class_name(name);
  confusion.mutable_count()->Resize(classes * classes, 0);  // kMaxClasses keeps it in bounds

  int64_t hits = 0;
  double loss = 0;
  for (int64_t row = 0; row < rows; ++row) {
    const int32_t truth = labels[static_cast<size_t>(row)];
    Eigen::Index predicted = 0;
    probabilities.row(row).maxCoeff(&predicted);  // the first of equals
    hits += predicted == truth;
    loss -= std::log(std::clamp(static_cast<double>(probabilities(row, truth)), kSmallestProbability, 1.0));
    int64_t& count = *confusion.mutable_count()->Mutable(truth * classes + static_cast<int>(predicted));
    ++count;
  }
  metrics.set_accuracy(static_cast<double>(hits) / static_cast<double>(rows));
  metrics.set_log_loss(loss / static_cast<double>(rows));
  MeasureClasses(confusion, metrics);
  MeasurePairSums(confusion, metrics);
  MeasureRanking(probabilities, labels, ranking, metrics);
  return metrics;
}

}  // namespace parzen
