#include "worker/linear/narrow_products.h"

#include <Eigen/Core>
#include <algorithm>

namespace parzen {
namespace {

// A tile of 2 x 5 packets of sums fills ten of sixteen registers, and takes seven loads for ten multiply-adds: less
// than a core can do, so that its arithmetic is the limit.
constexpr int kTileOfMany = 2;
constexpr int kTileOfFew = 5;
constexpr int kPacketsOfColumns = 2;

template <typename Number>
using Packet = typename Eigen::internal::packet_traits<Number>::type;
template <typename Number>
constexpr int kLanes = Eigen::internal::unpacket_traits<Packet<Number>>::size;

// Rows further on that are fetched while one is multiplied: they may come from memory, and the processor's own guesses
// end with a page.
constexpr int64_t kRowsAhead = 4;

template <bool kFetch, int kMany, int kFew, typename Number>
void MultiplyTile(const Number* many, int64_t many_stride, const Number* few, int64_t few_stride, int64_t columns,
                  Number* products, int64_t row_step, int64_t few_step) {
  namespace packets = Eigen::internal;
  Packet<Number> sums[kMany][kFew];
#pragma GCC unroll 2
  for (int i = 0; i < kMany; ++i) {
#pragma GCC unroll 5
    for (int j = 0; j < kFew; ++j) sums[i][j] = packets::pset1<Packet<Number>>(0);
  }
  int64_t column = 0;
  for (; column + kLanes<Number> <= columns; column += kLanes<Number>) {
    Packet<Number> left[kMany];
#pragma GCC unroll 2
    for (int i = 0; i < kMany; ++i) {
      left[i] = packets::ploadu<Packet<Number>>(many + i * many_stride + column);
      if (kFetch) __builtin_prefetch(many + (i + kRowsAhead) * many_stride + column);
    }
#pragma GCC unroll 5
    for (int j = 0; j < kFew; ++j) {
      const Packet<Number> right = packets::ploadu<Packet<Number>>(few + j * few_stride + column);
#pragma GCC unroll 2
      for (int i = 0; i < kMany; ++i) sums[i][j] = packets::pmadd(left[i], right, sums[i][j]);
    }
  }
#pragma GCC unroll 2
  for (int i = 0; i < kMany; ++i) {
#pragma GCC unroll 5
    for (int j = 0; j < kFew; ++j) {
      Number sum = packets::predux(sums[i][j]);
      for (int64_t rest = column; rest < columns; ++rest) {
        sum += many[i * many_stride + rest] * few[j * few_stride + rest];
      }
      products[i * row_step + j * few_step] = sum;
    }
  }
}

// All of `many` with kFew rows of `few`, which stay in the first-level cache meanwhile.
template <bool kFetch, int kFew, typename Number>
void MultiplyPanel(RowsOf<const Number> many, RowsOf<const Number> few, int64_t columns, Number* products,
                   int64_t row_step, int64_t few_step) {
  int64_t i = 0;
  for (; i + kTileOfMany <= many.rows; i += kTileOfMany) {
    MultiplyTile<kFetch, kTileOfMany, kFew>(many.row(i), many.stride, few.data, few.stride, columns,
                                            products + i * row_step, row_step, few_step);
  }
  for (; i < many.rows; ++i) {
    MultiplyTile<false, 1, kFew>(many.row(i), many.stride, few.data, few.stride, columns, products + i * row_step,
                                 row_step, few_step);
  }
}

template <int kFew, int kPackets, typename Number>
void AddTile(RowsOf<const Number> share, const Number* many, int64_t many_stride, int64_t rows, Number* sums,
             int64_t sums_stride) {
  namespace packets = Eigen::internal;
  Packet<Number> tile[kFew][kPackets];
#pragma GCC unroll 5
  for (int j = 0; j < kFew; ++j) {
#pragma GCC unroll 2
    for (int p = 0; p < kPackets; ++p) {
      tile[j][p] = packets::ploadu<Packet<Number>>(sums + j * sums_stride + p * kLanes<Number>);
    }
  }
  for (int64_t row = 0; row < rows; ++row) {
    Packet<Number> values[kPackets];
#pragma GCC unroll 2
    for (int p = 0; p < kPackets; ++p) {
      values[p] = packets::ploadu<Packet<Number>>(many + row * many_stride + p * kLanes<Number>);
    }
#pragma GCC unroll 5
    for (int j = 0; j < kFew; ++j) {
      const Packet<Number> weight = packets::pset1<Packet<Number>>(share.data[j * share.stride + row]);
#pragma GCC unroll 2
      for (int p = 0; p < kPackets; ++p) tile[j][p] = packets::pmadd(weight, values[p], tile[j][p]);
    }
  }
#pragma GCC unroll 5
  for (int j = 0; j < kFew; ++j) {
#pragma GCC unroll 2
    for (int p = 0; p < kPackets; ++p) {
      packets::pstoreu(sums + j * sums_stride + p * kLanes<Number>, tile[j][p]);
    }
  }
}

// Calls `use(std::integral_constant<int, n>, first)` for groups of kTileOfFew rows, and for the few that are left.
template <typename Use>
void ForEachGroup(int64_t rows, const Use& use) {
  int64_t first = 0;
  for (; first + kTileOfFew <= rows; first += kTileOfFew) use(std::integral_constant<int, kTileOfFew>(), first);
  switch (rows - first) {
    case 4:
      return use(std::integral_constant<int, 4>(), first);
    case 3:
      return use(std::integral_constant<int, 3>(), first);
    case 2:
      return use(std::integral_constant<int, 2>(), first);
    case 1:
      return use(std::integral_constant<int, 1>(), first);
  }
}

}  // namespace

template <typename Number>
void MultiplyNarrow(RowsOf<const Number> many, RowsOf<const Number> few, int64_t columns, Number* products,
                    int64_t row_step, int64_t few_step) {
  ForEachGroup(few.rows, [&](auto group, int64_t first) {
    const auto multiply = first == 0 ? &MultiplyPanel<true, group(), Number> : &MultiplyPanel<false, group(), Number>;
    multiply(many, few.middle(first, group()), columns, products + first * few_step, row_step, few_step);
  });
}

template <typename Number>
void AddWeightedRows(RowsOf<const Number> share, RowsOf<const Number> many, int64_t columns, RowsOf<Number> sums) {
  constexpr int64_t kWide = kPacketsOfColumns * kLanes<Number>;
  int64_t column = 0;
  const auto add = [&](auto width, int64_t lanes) {
    for (; column + lanes <= columns; column += lanes) {
      ForEachGroup(sums.rows, [&](auto group, int64_t first) {
        AddTile<group(), width()>(share.middle(first, group()), many.data + column, many.stride, many.rows,
                                  sums.row(first) + column, sums.stride);
      });
    }
  };
  add(std::integral_constant<int, kPacketsOfColumns>(), kWide);
  add(std::integral_constant<int, 1>(), int64_t{kLanes<Number>});
  for (; column < columns; ++column) {
    for (int64_t j = 0; j < sums.rows; ++j) {
      Number sum = sums.row(j)[column];
      for (int64_t row = 0; row < many.rows; ++row) sum += share.row(j)[row] * many.row(row)[column];
      sums.row(j)[column] = sum;
    }
  }
}

template void MultiplyNarrow(RowsOf<const float>, RowsOf<const float>, int64_t, float*, int64_t, int64_t);
template void MultiplyNarrow(RowsOf<const double>, RowsOf<const double>, int64_t, double*, int64_t, int64_t);
template void AddWeightedRows(RowsOf<const float>, RowsOf<const float>, int64_t, RowsOf<float>);
template void AddWeightedRows(RowsOf<const double>, RowsOf<const double>, int64_t, RowsOf<double>);

}  // namespace parzen
