#include "worker/models/svm/svm_data.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "worker/finite_check.h"

namespace parzen {
namespace {

// Rows of one partial sum: always the same ones, so that sums are.
constexpr int64_t kRowsPerSum = 1024;

}  // namespace

absl::Status CheckSvmData(absl::string_view model, const TrainingRows& rows) {
  if (rows.classes() == 0) {
    return absl::InvalidArgumentError(absl::StrCat(model, " learns classes, not numbers; this is a regression"));
  }
  if (rows.rows() == 0 || rows.features().cols() == 0) {
    return absl::InvalidArgumentError(absl::StrCat(model, " needs at least one row and one feature; got ", rows.rows(),
                                                   " rows of ", rows.features().cols(), " features"));
  }
  return CheckFinite(rows.features(), model);
}

RowsByClass GroupByClass(absl::Span<const int32_t> labels, int classes) {
  std::vector<std::vector<int64_t>> rows(static_cast<size_t>(classes));
  for (size_t row = 0; row < labels.size(); ++row) rows[labels[row]].push_back(static_cast<int64_t>(row));
  RowsByClass by_class;
  for (int32_t c = 0; c < classes; ++c) {
    if (rows[c].empty()) continue;
    by_class.classes.push_back(c);
    by_class.rows.push_back(std::move(rows[c]));
  }
  return by_class;
}

bool AreClasses(const std::vector<int32_t>& present, int classes) {
  for (size_t i = 1; i < present.size(); ++i) {
    if (present[i - 1] >= present[i]) return false;
  }
  return !present.empty() && present.front() >= 0 && present.back() < classes;
}

absl::StatusOr<std::vector<double>> WeightsOf(const RowsByClass& by_class, const ClassWeights& weights,
                                              const TrainingRows& rows, absl::Span<const std::string> class_names) {
  ASSIGN_OR_RETURN(const std::vector<double> all, WeightsOfClasses(weights, rows, class_names));
  std::vector<double> present;
  for (const int32_t c : by_class.classes) present.push_back(all[static_cast<size_t>(c)]);
  return present;
}

Moments MeasureMoments(const FeatureRef& rows) {
  const int64_t columns = rows.cols(), sums = (rows.rows() + kRowsPerSum - 1) / kRowsPerSum;
  const auto block = [&](int64_t b) {
    return rows.middleRows(b * kRowsPerSum, std::min(kRowsPerSum, rows.rows() - b * kRowsPerSum));
  };
  std::vector<std::vector<double>> column_sums(static_cast<size_t>(sums));
  tbb::parallel_for(int64_t{0}, sums, [&](int64_t b) {
    std::vector<double> sum(static_cast<size_t>(columns), 0);
    for (int64_t i = 0; i < block(b).rows(); ++i) {
      const float* const row = block(b).row(i).data();
      for (int64_t k = 0; k < columns; ++k) sum[k] += static_cast<double>(row[k]);
    }
    column_sums[b] = std::move(sum);
  });
  Moments moments;
  moments.column_means.assign(static_cast<size_t>(columns), 0);
  double mean = 0;
  for (int64_t k = 0; k < columns; ++k) {
    for (const auto& sum : column_sums) moments.column_means[k] += sum[k];
    moments.column_means[k] /= static_cast<double>(rows.rows());
    mean += moments.column_means[k] / static_cast<double>(columns);
  }
  std::vector<double> squares(static_cast<size_t>(sums), 0);
  tbb::parallel_for(int64_t{0}, sums, [&](int64_t b) {
    for (int64_t i = 0; i < block(b).rows(); ++i) {
      const float* const row = block(b).row(i).data();
      double sum = 0;
      for (int64_t k = 0; k < columns; ++k) {
        const double from_mean = static_cast<double>(row[k]) - mean;
        sum += from_mean * from_mean;
      }
      squares[b] += sum;
    }
  });
  for (const double sum : squares) moments.variance += sum;
  moments.variance /= static_cast<double>(rows.rows()) * static_cast<double>(columns);
  return moments;
}

}  // namespace parzen
