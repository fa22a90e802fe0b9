// Some rows as a mixture measures them: as numbers of 32 or 64 bits, whichever is asked for, made once.
// Threads: externally synchronised. What is borrowed must live as long.
#pragma once

#include <tuple>

#include "worker/dataset.h"
#include "worker/models/clusters/round_place.h"
#include "worker/models/clusters/whitening.h"

namespace parzen {

// Rows less a centre, which takes large common offsets out of them. Borrows both.
class CentredBlock {
 public:
  CentredBlock(const FeatureRef& rows, const Eigen::RowVectorXf& centre) : rows_(rows), centre_(centre) {}

  int64_t rows() const { return rows_.rows(); }

  template <typename Number>
  const PaddedRows<Number>& Get() {
    PaddedRows<Number>& centred = std::get<PaddedRows<Number>>(centred_);
    if (centred.size() > 0) return centred;
    centred.setZero(rows_.rows(), PaddedToPanels(rows_.cols()));
    for (int64_t row = 0; row < rows_.rows(); ++row) {
      centred.row(row).head(rows_.cols()) = rows_.row(row).template cast<Number>() - centre_.template cast<Number>();
    }
    return centred;
  }

 private:
  const FeatureRef& rows_;
  const Eigen::RowVectorXf& centre_;
  std::tuple<PaddedRows<float>, PaddedRows<double>> centred_;
};

// The same rows whitened. Borrows both.
class WhitenedBlock {
 public:
  WhitenedBlock(CentredBlock& rows, const Whitening& whitening) : rows_(rows), whitening_(whitening) {}

  template <typename Number>
  const PaddedRows<Number>& Get() {
    PaddedRows<Number>& whitened = std::get<PaddedRows<Number>>(whitened_);
    if (whitened.size() > 0) return whitened;
    const PaddedRows<Number>& rows = rows_.Get<Number>();
    whitened.resize(rows.rows(), rows.cols());
    whitening_.Apply(rows, whitened);
    return whitened;
  }

 private:
  CentredBlock& rows_;
  const Whitening& whitening_;
  std::tuple<PaddedRows<float>, PaddedRows<double>> whitened_;
};

}  // namespace parzen
