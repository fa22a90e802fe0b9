#include "worker/models/embeddings/sparse_rows.h"

#include <algorithm>
#include <atomic>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"

namespace parzen {
namespace {

constexpr size_t kMostNumbers = size_t{1} << 27;
constexpr int64_t kRowsPerPiece = 128;

// Some rows of a product, one after another.
struct Piece {
  std::vector<size_t> lengths;
  std::vector<int32_t> columns;
  std::vector<double> values;
};

// A row of the product, while it is added up.
struct Sums {
  explicit Sums(int64_t columns) : values(static_cast<size_t>(columns)), is_there(static_cast<size_t>(columns)) {}
  std::vector<double> values;
  std::vector<char> is_there;
  std::vector<int32_t> columns;
};

// Appends row `row` of matrix' * matrix; `transposed` is matrix'.
void AppendSquareRow(const SparseRows& matrix, const SparseRows& transposed, size_t row, Sums& sums, Piece& piece) {
  sums.columns.clear();
  for (size_t i = transposed.begins[row]; i < transposed.begins[row + 1]; ++i) {
    const auto from = static_cast<size_t>(transposed.columns[i]);
    for (size_t j = matrix.begins[from]; j < matrix.begins[from + 1]; ++j) {
      const auto column = static_cast<size_t>(matrix.columns[j]);
      if (!sums.is_there[column]) {
        sums.is_there[column] = 1;
        sums.columns.push_back(matrix.columns[j]);
      }
      sums.values[column] += transposed.values[i] * matrix.values[j];
    }
  }
  std::sort(sums.columns.begin(), sums.columns.end());
  for (const int32_t column : sums.columns) {
    piece.columns.push_back(column);
    piece.values.push_back(sums.values[static_cast<size_t>(column)]);
    sums.values[static_cast<size_t>(column)] = 0;
    sums.is_there[static_cast<size_t>(column)] = 0;
  }
  piece.lengths.push_back(sums.columns.size());
}

SparseRows Joined(std::vector<Piece>& pieces, size_t numbers) {
  SparseRows joined;
  joined.columns.reserve(numbers);
  joined.values.reserve(numbers);
  for (Piece& piece : pieces) {
    for (const size_t length : piece.lengths) joined.begins.push_back(joined.begins.back() + length);
    joined.columns.insert(joined.columns.end(), piece.columns.begin(), piece.columns.end());
    joined.values.insert(joined.values.end(), piece.values.begin(), piece.values.end());
    piece = {};
  }
  return joined;
}

}  // namespace

SparseRows Transposed(const SparseRows& matrix) {
  SparseRows transposed;
  transposed.begins.assign(matrix.begins.size(), 0);
  for (const int32_t column : matrix.columns) ++transposed.begins[static_cast<size_t>(column) + 1];
  std::partial_sum(transposed.begins.begin(), transposed.begins.end(), transposed.begins.begin());
  transposed.columns.resize(matrix.columns.size());
  transposed.values.resize(matrix.values.size());
  std::vector<size_t> ends = transposed.begins;
  for (size_t row = 0; row + 1 < matrix.begins.size(); ++row) {
    for (size_t i = matrix.begins[row]; i < matrix.begins[row + 1]; ++i) {
      const size_t place = ends[static_cast<size_t>(matrix.columns[i])]++;
      transposed.columns[place] = static_cast<int32_t>(row);
      transposed.values[place] = matrix.values[i];
    }
  }
  return transposed;
}

int64_t CountGroups(const SparseRows& matrix) {
  std::vector<int32_t> parents(static_cast<size_t>(matrix.rows()));
  std::iota(parents.begin(), parents.end(), 0);
  const auto root = [&](int32_t row) {
    while (parents[static_cast<size_t>(row)] != row) {
      int32_t& parent = parents[static_cast<size_t>(row)];
      parent = parents[static_cast<size_t>(parent)];
      row = parent;
    }
    return row;
  };
  int64_t groups = matrix.rows();
  for (size_t row = 0; row < parents.size(); ++row) {
    for (size_t i = matrix.begins[row]; i < matrix.begins[row + 1]; ++i) {
      const int32_t one = root(static_cast<int32_t>(row)), other = root(matrix.columns[i]);
      if (one == other) continue;
      parents[static_cast<size_t>(std::max(one, other))] = std::min(one, other);
      --groups;
    }
  }
  return groups;
}

absl::StatusOr<SparseRows> SquareOf(const SparseRows& matrix, const std::function<bool()>& stop) {
  const SparseRows transposed = Transposed(matrix);
  std::vector<Piece> pieces(static_cast<size_t>((matrix.rows() + kRowsPerPiece - 1) / kRowsPerPiece));
  std::atomic<size_t> numbers = 0;
  tbb::enumerable_thread_specific<Sums> sums(matrix.rows());
  tbb::parallel_for(size_t{0}, pieces.size(), [&](size_t i) {
    const int64_t first = static_cast<int64_t>(i) * kRowsPerPiece;
    for (int64_t row = first; row < std::min(first + kRowsPerPiece, matrix.rows()); ++row) {
      if (numbers > kMostNumbers || stop()) return;
      AppendSquareRow(matrix, transposed, static_cast<size_t>(row), sums.local(), pieces[i]);
      numbers += pieces[i].lengths.back();
    }
  });
  if (numbers > kMostNumbers) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a matrix of ", matrix.rows(), " rows needs more than ", kMostNumbers, " numbers that are not 0"));
  }
  if (stop()) return absl::CancelledError("training was asked to stop");
  return Joined(pieces, numbers);
}

}  // namespace parzen
