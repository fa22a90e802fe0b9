#include "worker/models/clusters/round_place.h"

#include <algorithm>
#include <cmath>

namespace parzen {
namespace {

// Rows of a tile: as many chains of multiply-adds as keep a core busy.
constexpr int kTileRows = 4;

template <typename Number>
using Packet = typename Eigen::internal::packet_traits<Number>::type;
template <typename Number>
constexpr int kLanes = Eigen::internal::unpacket_traits<Packet<Number>>::size;

template <int kRows, typename Number>
void MeasureTile(const Number* rows, int64_t stride, const PaddedRow<Number>& scale, const PaddedRow<Number>& offset,
                 double* distances) {
  namespace packets = Eigen::internal;
  Packet<Number> sums[kRows];
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) sums[r] = packets::pset1<Packet<Number>>(0);
  for (int64_t column = 0; column < scale.size(); column += kLanes<Number>) {
    const Packet<Number> factors = packets::ploadu<Packet<Number>>(scale.data() + column);
    const Packet<Number> terms = packets::ploadu<Packet<Number>>(offset.data() + column);
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      const Packet<Number> place =
          packets::pmadd(packets::ploadu<Packet<Number>>(rows + r * stride + column), factors, terms);
      sums[r] = packets::pmadd(place, place, sums[r]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) distances[r] = static_cast<double>(packets::predux(sums[r]));
}

template <typename Number>
bool MeasureAll(const PaddedRows<Number>& rows, const PaddedRow<Number>& scale, const PaddedRow<Number>& offset,
                double* distances) {
  int64_t row = 0;
  for (; row + kTileRows <= rows.rows(); row += kTileRows) {
    MeasureTile<kTileRows>(rows.data() + row * rows.cols(), rows.cols(), scale, offset, distances + row);
  }
  for (; row < rows.rows(); ++row) {
    MeasureTile<1>(rows.data() + row * rows.cols(), rows.cols(), scale, offset, distances + row);
  }
  return std::all_of(distances, distances + rows.rows(), [](double distance) { return std::isfinite(distance); });
}

PaddedRow<double> Padded(const Eigen::RowVectorXd& row) {
  PaddedRow<double> padded = PaddedRow<double>::Zero(PaddedToPanels(row.size()));
  padded.head(row.size()) = row;
  return padded;
}

}  // namespace

RoundPlace::RoundPlace(const Eigen::RowVectorXd& scale, const Eigen::RowVectorXd& offset, bool exact)
    : exact_(exact),
      scale_(Padded(scale)),
      offset_(Padded(offset)),
      float_scale_(scale_.cast<float>()),
      float_offset_(offset_.cast<float>()) {}

bool RoundPlace::MeasureRows(const PaddedRows<float>& rows, double* distances) const {
  return MeasureAll(rows, float_scale_, float_offset_, distances);
}

bool RoundPlace::MeasureRows(const PaddedRows<double>& rows, double* distances) const {
  return MeasureAll(rows, scale_, offset_, distances);
}

}  // namespace parzen
