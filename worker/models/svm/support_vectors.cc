#include "worker/models/svm/support_vectors.h"

#include <algorithm>
#include <numeric>

#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"

namespace parzen {
namespace {

using Packet = Eigen::internal::packet_traits<float>::type;
constexpr int64_t kWidth = Eigen::internal::packet_traits<float>::size;
constexpr int64_t kColumnGroup = 8;
static_assert(kColumnGroup % kWidth == 0);

// Kernel values made at a time: rows that pass all support vectors together, and support vectors.
constexpr int64_t kRows = 16 * kStripRows;
constexpr int64_t kPanels = 24;
// Decision values that a block of rows holds at most, where a single strip does not need more.
constexpr int64_t kMostDecisions = 1 << 20;
constexpr int64_t kMostWeights = 1 << 22;

struct Scratch {
  FeatureMatrix kernel;           // rows x support vectors
  std::vector<double> decisions;  // rows x pairs
};

// sums[i] = values[i][0] coefficients[0] + values[i][1] coefficients[1] + ... of a packet of columns, for a strip of
// rows.
void SumColumns(const float* values, int64_t stride, const float* coefficients, int64_t coefficient_stride,
                int64_t count, float (*sums)[kWidth]) {
  Packet sum[kStripRows];
  for (Packet& s : sum) s = Eigen::internal::pset1<Packet>(0);
  for (int64_t v = 0; v < count; ++v) {
    const Packet right = Eigen::internal::ploadu<Packet>(coefficients + v * coefficient_stride);
#pragma GCC unroll 6
    for (int64_t i = 0; i < kStripRows; ++i) {
      sum[i] = Eigen::internal::pmadd(Eigen::internal::pset1<Packet>(values[i * stride + v]), right, sum[i]);
    }
  }
  for (int64_t i = 0; i < kStripRows; ++i) Eigen::internal::pstoreu(sums[i], sum[i]);
}

// The pair of class `a` and that of column c of its coefficients.
int64_t PairOfColumn(int64_t a, int64_t c, int64_t classes) {
  return c < a ? PairNumber(c, a, classes) : PairNumber(a, c + 1, classes);
}

// Adds to the decisions of a strip's rows what the support vectors [begin, end) of class `a` contribute; values(i, 0)
// is of `first`.
void AddClass(const SupportVectors& vectors, int64_t a, int64_t first, int64_t begin, int64_t end, const float* values,
              int64_t stride, double* decisions) {
  const int64_t classes = vectors.classes(), pairs = PairCount(classes);
  const int64_t columns = vectors.coefficients.cols();
  for (int64_t column = 0; column < classes - 1; column += kWidth) {
    float sums[kStripRows][kWidth];
    SumColumns(values + begin - first, stride, vectors.coefficients.data() + begin * columns + column, columns,
               end - begin, sums);
    for (int64_t c = column; c < std::min(column + kWidth, classes - 1); ++c) {
      const int64_t pair = PairOfColumn(a, c, classes);
      for (int64_t i = 0; i < kStripRows; ++i) decisions[i * pairs + pair] += static_cast<double>(sums[i][c - column]);
    }
  }
}

// The decisions of all rows of `strips`, from the kernel values made a few panels at a time.
void Decide(const SupportVectors& vectors, const PackedRows& strips, Scratch& scratch) {
  const int64_t pairs = PairCount(vectors.classes());
  scratch.kernel.resize(strips.padded_rows(), kPanels * kPanelRows);
  scratch.decisions.resize(static_cast<size_t>(strips.padded_rows() * pairs));
  for (int64_t row = 0; row < strips.padded_rows(); ++row) {
    std::copy(vectors.bias.begin(), vectors.bias.end(), scratch.decisions.begin() + row * pairs);
  }
  const int64_t stride = scratch.kernel.cols();
  std::vector<float*> out;
  for (int64_t row = 0; row < strips.rows(); ++row) out.push_back(scratch.kernel.data() + row * stride);
  for (int64_t panel = 0; panel < vectors.rows.groups(); panel += kPanels) {
    const int64_t last = std::min(panel + kPanels, vectors.rows.groups());
    const int64_t first_vector = panel * kPanelRows, last_vector = last * kPanelRows;
    MultiplyRows(strips, vectors.rows, panel, last, out);
    for (int64_t row = 0; row < strips.rows(); ++row) {
      vectors.kernel.Apply(strips.norms()[row], vectors.rows.norms() + first_vector, last_vector - first_vector,
                           out[static_cast<size_t>(row)]);
    }
    for (int64_t a = 0; a < vectors.classes(); ++a) {
      const int64_t begin = std::max(first_vector, vectors.first[a]);
      const int64_t end = std::min(last_vector, vectors.first[a + 1]);
      if (begin >= end) continue;
      for (int64_t row = 0; row < strips.rows(); row += kStripRows) {
        AddClass(vectors, a, first_vector, begin, end, scratch.kernel.data() + row * stride, stride,
                 scratch.decisions.data() + row * pairs);
      }
    }
  }
}

// The decisions of one row by the pairs' weights.
void DecideByWeights(const SupportVectors& vectors, const FeatureRef& rows, int64_t row,
                     std::vector<double>& decisions) {
  const int64_t columns = rows.cols();
  Eigen::VectorXd centred(columns);
  for (int64_t c = 0; c < columns; ++c) {
    centred(c) = static_cast<double>(rows(row, c)) - static_cast<double>(vectors.centre[static_cast<size_t>(c)]);
  }
  decisions = vectors.bias;
  for (size_t pair = 0; pair < decisions.size(); ++pair) {
    decisions[pair] += centred.dot(vectors.weights.col(static_cast<int64_t>(pair)));
  }
}

}  // namespace

int64_t CoefficientColumns(int64_t classes) { return (classes - 1 + kColumnGroup - 1) / kColumnGroup * kColumnGroup; }

void SupportVectors::FindWeights() {
  const int64_t pairs = PairCount(classes());
  if (kernel.kind != Svm::LINEAR || pairs * rows.columns() > kMostWeights) return;
  const FeatureMatrix unpacked = rows.Unpacked();
  weights.setZero(rows.columns(), pairs);
  for (int64_t a = 0; a < classes(); ++a) {
    for (int64_t c = 0; c < classes() - 1; ++c) {
      auto weight = weights.col(PairOfColumn(a, c, classes()));
      for (int64_t i = first[static_cast<size_t>(a)]; i < first[static_cast<size_t>(a) + 1]; ++i) {
        if (coefficients(i, c) == 0) continue;
        weight += static_cast<double>(coefficients(i, c)) * unpacked.row(i).cast<double>().transpose();
      }
    }
  }
}

void SupportVectors::Save(ArchiveWriter& state) const {
  state.Number(kernel.gamma);
  state.Array(centre);
  state.Matrix(rows.Unpacked());
  state.Array(first);
  state.Matrix(coefficients);
  state.Array(bias);
}

void SupportVectors::Load(ArchiveReader& state, int64_t features, int64_t classes) {
  FeatureMatrix unpacked;
  state.Number(kernel.gamma);
  state.Array(centre);
  state.Matrix(unpacked);
  state.Array(first);
  state.Matrix(coefficients);
  state.Array(bias);
  const bool fits = static_cast<int64_t>(centre.size()) == features && unpacked.cols() == features &&
                    static_cast<int64_t>(first.size()) == classes + 1 && first.front() == 0 &&
                    first.back() == unpacked.rows() && std::is_sorted(first.begin(), first.end()) &&
                    static_cast<int64_t>(bias.size()) == PairCount(classes);
  if (!fits) return state.Fail();
  std::vector<int64_t> order(static_cast<size_t>(unpacked.rows()));
  std::iota(order.begin(), order.end(), 0);
  rows = PackedRows(kPanelRows, unpacked, order, std::vector<float>(centre.size(), 0));
  if (coefficients.rows() != rows.padded_rows() || coefficients.cols() != CoefficientColumns(classes)) {
    return state.Fail();
  }
  FindWeights();
}

void ForEachDecision(const SupportVectors& vectors, const FeatureRef& rows,
                     const std::function<void(int64_t row, absl::Span<const double> decisions)>& use) {
  const int64_t pairs = PairCount(vectors.classes());
  if (vectors.weights.size() > 0) {
    tbb::enumerable_thread_specific<std::vector<double>> decisions;
    tbb::parallel_for(int64_t{0}, rows.rows(), [&](int64_t row) {
      DecideByWeights(vectors, rows, row, decisions.local());
      use(row, decisions.local());
    });
    return;
  }
  const int64_t block = kRows * pairs <= kMostDecisions ? kRows : kStripRows;
  tbb::enumerable_thread_specific<Scratch> scratches;
  tbb::parallel_for(int64_t{0}, (rows.rows() + block - 1) / block, [&](int64_t b) {
    Scratch& scratch = scratches.local();
    std::vector<int64_t> order(static_cast<size_t>(std::min(block, rows.rows() - b * block)));
    std::iota(order.begin(), order.end(), b * block);
    Decide(vectors, PackedRows(kStripRows, rows, order, vectors.centre), scratch);
    for (size_t i = 0; i < order.size(); ++i) {
      use(order[i],
          absl::MakeConstSpan(scratch.decisions).subspan(i * static_cast<size_t>(pairs), static_cast<size_t>(pairs)));
    }
  });
}

}  // namespace parzen
