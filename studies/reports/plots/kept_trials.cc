#include "studies/reports/plots/kept_trials.h"

namespace parzen {

void KeepEvenly(ImportanceData& data, size_t most) {
  const size_t all = data.target.size();
  if (all <= most) return;
  const auto keep = [&](auto& values) {
    for (size_t i = 0; i < most; ++i) values[i] = values[i * all / most];
    values.resize(most);
  };
  for (ImportanceColumn& column : data.columns) {
    keep(column.domain);
    keep(column.value);
  }
  keep(data.target);
}

}  // namespace parzen
