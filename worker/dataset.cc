#include "worker/dataset.h"

namespace parzen {

void KeepRows(LabelledRows& all, const std::vector<int64_t>& rows) {
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] == static_cast<int64_t>(i)) continue;
    all.features.row(static_cast<Eigen::Index>(i)) = all.features.row(rows[i]);
    all.labels[i] = all.labels[static_cast<size_t>(rows[i])];
    if (!all.targets.empty()) all.targets[i] = all.targets[static_cast<size_t>(rows[i])];
  }
  all.features.conservativeResize(static_cast<Eigen::Index>(rows.size()), Eigen::NoChange);
  all.labels.resize(rows.size());
  if (!all.targets.empty()) all.targets.resize(rows.size());
}

}  // namespace parzen
