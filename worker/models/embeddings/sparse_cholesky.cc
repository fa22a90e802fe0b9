#include "worker/models/embeddings/sparse_cholesky.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

#include "Eigen/Cholesky"
#include "Eigen/OrderingMethods"
#include "Eigen/SparseCore"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "worker/linear/fixed_caches.h"

namespace parzen {
namespace {

// A column with a seventh of the rows that are left is about as much work one number at a time as all of these rows are
// by tiles.
constexpr int64_t kFullWhenOneOf = 7;
constexpr int64_t kMostDenseRows = 16384;
constexpr size_t kMostSparseNumbers = size_t{1} << 27;
constexpr int64_t kTile = 192;
constexpr int64_t kStrip = 32;  // columns of the full matrix that are updated together

absl::Status Stopped() { return absl::CancelledError("training was asked to stop"); }
absl::Status NotPositive() { return absl::FailedPreconditionError("the matrix is not positive definite"); }

std::vector<int32_t> OrderOfSmallDegree(const SparseRows& matrix) {
  const std::vector<int> begins(matrix.begins.begin(), matrix.begins.end());
  const Eigen::Map<const Eigen::SparseMatrix<double>> all(matrix.rows(), matrix.rows(), begins.back(), begins.data(),
                                                          matrix.columns.data(), matrix.values.data());
  Eigen::AMDOrdering<int>::PermutationType order;
  Eigen::AMDOrdering<int>()(all.selfadjointView<Eigen::Lower>(), order);
  return {order.indices().begin(), order.indices().end()};
}

}  // namespace

absl::StatusOr<SparseCholesky> SparseCholesky::Plan(const SparseRows& matrix, const Stop& stop) {
  SparseCholesky planned;
  planned.rows_ = matrix.rows();
  planned.order_ = OrderOfSmallDegree(matrix);
  planned.Permute(matrix);
  RETURN_IF_ERROR(planned.LayOutColumns(stop));
  return planned;
}

void SparseCholesky::Permute(const SparseRows& matrix) {
  std::vector<int32_t> turn(order_.size());
  for (size_t i = 0; i < order_.size(); ++i) turn[static_cast<size_t>(order_[i])] = static_cast<int32_t>(i);
  std::vector<std::pair<int32_t, double>> row;
  for (size_t i = 0; i < order_.size(); ++i) {
    row.clear();
    const auto from = static_cast<size_t>(order_[i]);
    for (size_t k = matrix.begins[from]; k < matrix.begins[from + 1]; ++k) {
      const int32_t column = turn[static_cast<size_t>(matrix.columns[k])];
      if (column >= static_cast<int32_t>(i)) row.emplace_back(column, matrix.values[k]);
    }
    std::sort(row.begin(), row.end());
    for (const auto& [column, value] : row) {
      matrix_.columns.push_back(column);
      matrix_.values.push_back(value);
    }
    matrix_.begins.push_back(matrix_.columns.size());
  }
}

// A column has the rows of the matrix's and those of all columns whose first row it is.
absl::Status SparseCholesky::LayOutColumns(const Stop& stop) {
  std::vector<int32_t> first_child(order_.size(), -1), next_child(order_.size(), -1), seen(order_.size(), -1);
  std::vector<int32_t> column;
  for (sparse_ = 0; sparse_ < rows_; ++sparse_) {
    if (stop()) return Stopped();
    const auto j = static_cast<size_t>(sparse_);
    column.clear();
    const auto add = [&](int32_t row) {
      if (row <= sparse_ || seen[static_cast<size_t>(row)] == sparse_) return;
      seen[static_cast<size_t>(row)] = static_cast<int32_t>(sparse_);
      column.push_back(row);
    };
    for (size_t k = matrix_.begins[j]; k < matrix_.begins[j + 1]; ++k) add(matrix_.columns[k]);
    for (int32_t child = first_child[j]; child >= 0; child = next_child[static_cast<size_t>(child)]) {
      const auto c = static_cast<size_t>(child);
      for (size_t k = begins_[c]; k < begins_[c + 1]; ++k) add(below_[k]);
    }
    const int64_t left = rows_ - sparse_, length = static_cast<int64_t>(column.size());
    if (left <= kMostDenseRows && (length + 1) * kFullWhenOneOf >= left) return absl::OkStatus();
    if (below_.size() + column.size() > kMostSparseNumbers) {
      return absl::ResourceExhaustedError(
          absl::StrCat("a system of ", rows_, " equations needs more than ", kMostSparseNumbers, " numbers"));
    }
    std::sort(column.begin(), column.end());
    below_.insert(below_.end(), column.begin(), column.end());
    begins_.push_back(below_.size());
    if (column.empty()) continue;
    next_child[j] = std::exchange(first_child[static_cast<size_t>(column[0])], static_cast<int32_t>(sparse_));
  }
  return absl::OkStatus();
}

absl::Status SparseCholesky::Factor(double shift, const Stop& stop) {
  RETURN_IF_ERROR(FactorSparse(shift, stop));
  StartDense(shift);
  RETURN_IF_ERROR(SubtractSparse(stop));
  return FactorDense(stop);
}

// Each column waits, in a list, for the next of its rows to become a column.
absl::Status SparseCholesky::FactorSparse(double shift, const Stop& stop) {
  const auto columns = static_cast<size_t>(sparse_);
  values_.resize(below_.size());
  diagonal_.resize(columns);
  std::vector<double> work(order_.size());
  std::vector<int32_t> first_waiting(columns, -1), next_waiting(columns, -1);
  std::vector<size_t> at(columns);  // the row that a column waits for
  const auto wait = [&](size_t column) {
    if (at[column] == begins_[column + 1] || below_[at[column]] >= sparse_) return;
    int32_t& first = first_waiting[static_cast<size_t>(below_[at[column]])];
    next_waiting[column] = std::exchange(first, static_cast<int32_t>(column));
  };
  for (size_t j = 0; j < columns; ++j) {
    if (stop()) return Stopped();
    for (size_t k = matrix_.begins[j]; k < matrix_.begins[j + 1]; ++k) {
      work[static_cast<size_t>(matrix_.columns[k])] = matrix_.values[k];
    }
    for (int32_t next, waiting = first_waiting[j]; waiting >= 0; waiting = next) {
      const auto from = static_cast<size_t>(waiting);
      next = next_waiting[from];
      const double factor = values_[at[from]];
      for (size_t k = at[from]; k < begins_[from + 1]; ++k) {
        work[static_cast<size_t>(below_[k])] -= factor * values_[k];
      }
      ++at[from];
      wait(from);
    }
    const double pivot = std::exchange(work[j], 0) + shift;
    if (!(pivot > 0)) return NotPositive();
    diagonal_[j] = std::sqrt(pivot);
    at[j] = begins_[j];
    for (size_t k = at[j]; k < begins_[j + 1]; ++k) {
      values_[k] = std::exchange(work[static_cast<size_t>(below_[k])], 0) / diagonal_[j];
    }
    wait(j);
  }
  return absl::OkStatus();
}

void SparseCholesky::StartDense(double shift) {
  dense_.setZero(rows_ - sparse_, rows_ - sparse_);
  for (auto j = static_cast<size_t>(sparse_); j < order_.size(); ++j) {
    auto column = dense_.col(static_cast<int64_t>(j) - sparse_);
    for (size_t k = matrix_.begins[j]; k < matrix_.begins[j + 1]; ++k) {
      column(matrix_.columns[k] - sparse_) = matrix_.values[k];
    }
  }
  dense_.diagonal().array() += shift;
}

// What the sparse columns take from the others.
absl::Status SparseCholesky::SubtractSparse(const Stop& stop) {
  std::atomic<bool> stopped = false;
  tbb::parallel_for(int64_t{0}, (dense_.cols() + kStrip - 1) / kStrip, [&](int64_t strip) {
    const int64_t first = sparse_ + strip * kStrip, last = std::min(first + kStrip, rows_);
    for (size_t j = 0; j < static_cast<size_t>(sparse_); ++j) {
      if (j % 1024 == 0 && (stopped || stop())) {
        stopped = true;
        return;
      }
      const int32_t* const begin = below_.data() + begins_[j];
      const int32_t* const end = below_.data() + begins_[j + 1];
      for (const int32_t* row = std::lower_bound(begin, end, first); row != end && *row < last; ++row) {
        double* const column = dense_.col(*row - sparse_).data() - sparse_;
        const double* const values = values_.data() + (row - below_.data());
        for (int64_t k = 0; k < end - row; ++k) column[row[k]] -= values[0] * values[k];
      }
    }
  });
  return stopped ? Stopped() : absl::OkStatus();
}

absl::Status SparseCholesky::FactorDense(const Stop& stop) {
  const int64_t tiles = (dense_.rows() + kTile - 1) / kTile;
  const auto tile = [&](int64_t i, int64_t j) {
    return dense_.block(i * kTile, j * kTile, std::min(kTile, dense_.rows() - i * kTile),
                        std::min(kTile, dense_.cols() - j * kTile));
  };
  for (int64_t step = 0; step < tiles; ++step) {
    auto corner = tile(step, step);
    const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factor(corner);
    if (factor.info() != Eigen::Success) return NotPositive();
    tbb::parallel_for(step + 1, tiles, [&](int64_t i) {
      auto panel = tile(i, step);
      corner.triangularView<Eigen::Lower>().transpose().solveInPlace<Eigen::OnTheRight>(panel);
    });
    const int64_t left = tiles - step - 1;
    std::atomic<bool> stopped = false;
    tbb::parallel_for(int64_t{0}, left * left, [&](int64_t index) {
      const int64_t i = step + 1 + index / left, j = step + 1 + index % left;
      if (j > i || stopped) return;
      if (stop()) stopped = true;
      tile(i, j).noalias() -= tile(i, step) * tile(j, step).transpose();
    });
    if (stopped) return Stopped();
  }
  return absl::OkStatus();
}

void SparseCholesky::Solve(Eigen::VectorXd& x) const {
  Eigen::VectorXd ordered(rows_);
  for (int64_t i = 0; i < rows_; ++i) ordered(i) = x(order_[static_cast<size_t>(i)]);
  for (size_t j = 0; j < diagonal_.size(); ++j) {
    const double value = ordered(static_cast<int64_t>(j)) / diagonal_[j];
    ordered(static_cast<int64_t>(j)) = value;
    for (size_t k = begins_[j]; k < begins_[j + 1]; ++k) ordered(below_[k]) -= values_[k] * value;
  }
  auto rest = ordered.tail(rows_ - sparse_);
  dense_.triangularView<Eigen::Lower>().solveInPlace(rest);
  dense_.triangularView<Eigen::Lower>().transpose().solveInPlace(rest);
  for (size_t j = diagonal_.size(); j-- > 0;) {
    double value = ordered(static_cast<int64_t>(j));
    for (size_t k = begins_[j]; k < begins_[j + 1]; ++k) value -= values_[k] * ordered(below_[k]);
    ordered(static_cast<int64_t>(j)) = value / diagonal_[j];
  }
  for (int64_t i = 0; i < rows_; ++i) x(order_[static_cast<size_t>(i)]) = ordered(i);
}

}  // namespace parzen
