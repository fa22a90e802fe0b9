#include "worker/models/logistic/softmax_objective.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "tbb/parallel_for.h"
#include "worker/linear/narrow_products.h"

namespace parzen {
namespace {

// Numbers of features up to which 64-bit floats are used.
constexpr int64_t kSmallData = int64_t{1} << 22;
// Numbers of features in a block of rows: half of a second-level cache.
constexpr int64_t kNumbersPerBlock = 32768;
// Blocks whose sums are added up in the precision of the products.
constexpr int64_t kBlocksPerSum = 16;
// Coefficients of all parts together; each part has its own sums.
constexpr int64_t kCoefficientsOfParts = int64_t{1} << 24;

template <typename Number>
using Rows = Eigen::Matrix<Number, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <typename Number>
using Grid = Eigen::Array<Number, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// One class a row, one row of the data a column. Turns logits into probabilities and returns, for each column, the log
// of the sum that they were divided by.
template <typename Number>
Eigen::Array<Number, 1, Eigen::Dynamic> Softmax(Eigen::Ref<Grid<Number>, 0, Eigen::OuterStride<>> logits) {
  Eigen::Array<Number, 1, Eigen::Dynamic> largest = logits.row(0);
  for (int64_t k = 1; k < logits.rows(); ++k) largest = largest.max(logits.row(k));
  Eigen::Array<Number, 1, Eigen::Dynamic> sum = Eigen::Array<Number, 1, Eigen::Dynamic>::Zero(logits.cols());
  for (int64_t k = 0; k < logits.rows(); ++k) {
    logits.row(k) = (logits.row(k) - largest).exp();
    sum += logits.row(k);
  }
  for (int64_t k = 0; k < logits.rows(); ++k) logits.row(k) /= sum;
  return largest + sum.log();
}

template <typename Number>
class DenseObjective : public SoftmaxObjective {
 public:
  explicit DenseObjective(const SoftmaxProblem& problem)
      : problem_(problem),
        columns_(problem.features.cols()),
        block_rows_(std::clamp<int64_t>(kNumbersPerBlock / columns_ / 8 * 8, 8, 64)),
        parts_(std::clamp<int64_t>(kCoefficientsOfParts / problem.coefficients(), 2, 16)) {
    if constexpr (std::is_same_v<Number, double>) copy_ = problem.features.cast<double>();
  }

  double Evaluate(const Eigen::VectorXd& coefficients, Eigen::VectorXd& gradient) const override {
    const Linear linear(coefficients, *this);
    gradient.setZero(problem_.coefficients());
    const double loss = SumOverRows(gradient, [&](int64_t first, Block& logits) {
      linear.Multiply(first, logits);
      return LossAndResiduals(first, logits);
    });
    return loss + AddPenalty(coefficients, gradient);
  }

  Eigen::VectorXd HessianTimes(const Eigen::VectorXd& coefficients, const Eigen::VectorXd& direction) const override {
    const Linear linear(coefficients, *this), along(direction, *this);
    Eigen::VectorXd product = Eigen::VectorXd::Zero(problem_.coefficients());
    SumOverRows(product, [&](int64_t first, Block& shares) {
      Grid<Number> changes(shares.rows(), shares.cols());
      Block change_block(changes);
      linear.Multiply(first, shares);
      along.Multiply(first, change_block);
      Softmax<Number>(shares);
      const Eigen::Array<Number, 1, Eigen::Dynamic> mean = (shares * changes).colwise().sum();
      for (int64_t row = 0; row < shares.cols(); ++row) {
        shares.col(row) *= (changes.col(row) - mean(row)) * static_cast<Number>(WeightOf(first + row));
      }
      return 0.;
    });
    AddPenalty(direction, product);
    return product;
  }

  double resolution() const override { return std::numeric_limits<Number>::epsilon(); }

 private:
  // Of a block of rows: a row for each class.
  using Block = Eigen::Ref<Grid<Number>, 0, Eigen::OuterStride<>>;

  // A linear function of the features for each class.
  class Linear {
   public:
    Linear(const Eigen::VectorXd& coefficients, const DenseObjective& objective) : objective_(objective) {
      const ConstCoefficientRows rows(coefficients.data(), objective.problem_.classes(), objective.columns_ + 1);
      weights_ = rows.leftCols(objective.columns_).template cast<Number>();
      intercepts_ = rows.col(objective.columns_).template cast<Number>();
    }

    void Multiply(int64_t first, Block& values) const {
      const int64_t columns = objective_.columns_;
      MultiplyNarrow<Number>(objective_.RowsFrom(first, values.cols()), {weights_.data(), weights_.rows(), columns},
                             columns, values.data(), 1, values.outerStride());
      for (int64_t k = 0; k < values.rows(); ++k) values.row(k) += intercepts_(k);
    }

   private:
    const DenseObjective& objective_;
    Rows<Number> weights_;
    Eigen::Matrix<Number, Eigen::Dynamic, 1> intercepts_;
  };

  struct Part {
    double loss = 0;
    Eigen::VectorXd sums;
  };

  RowsOf<const Number> RowsFrom(int64_t first, int64_t count) const {
    if constexpr (std::is_same_v<Number, double>) {
      return {copy_.data() + first * columns_, count, columns_};
    } else {
      return {problem_.features.data() + first * problem_.features.outerStride(), count,
              problem_.features.outerStride()};
    }
  }
  int32_t LabelOf(int64_t row) const { return problem_.labels[static_cast<size_t>(row)]; }
  double WeightOf(int64_t row) const { return problem_.class_weights[static_cast<size_t>(LabelOf(row))]; }

  // Turns logits into what each adds to the gradient, per unit of its features.
  double LossAndResiduals(int64_t first, Block& logits) const {
    Eigen::Array<Number, 1, Eigen::Dynamic> of_label(logits.cols());
    for (int64_t row = 0; row < logits.cols(); ++row) of_label(row) = logits(LabelOf(first + row), row);
    const Eigen::Array<Number, 1, Eigen::Dynamic> losses = Softmax<Number>(logits) - of_label;
    double loss = 0;
    for (int64_t row = 0; row < logits.cols(); ++row) {
      const double weight = WeightOf(first + row);
      logits(LabelOf(first + row), row) -= 1;
      if (weight != 1) logits.col(row) *= static_cast<Number>(weight);
      loss += weight * static_cast<double>(losses(row));
    }
    return loss;
  }

  // Adds to `sums`, for each class, the sum over all rows of share * (features, 1), where `shares_of(first, block)`
  // fills in the shares of a block of rows; returns the sum of what it returns.
  template <typename SharesOf>
  double SumOverRows(Eigen::VectorXd& sums, const SharesOf& shares_of) const {
    const int64_t rows = problem_.features.rows();
    std::vector<Part> parts(static_cast<size_t>(parts_));
    tbb::parallel_for(int64_t{0}, parts_, [&](int64_t p) {
      SumPart(rows * p / parts_, rows * (p + 1) / parts_, shares_of, parts[static_cast<size_t>(p)]);
    });
    double loss = 0;
    for (const Part& part : parts) {
      loss += part.loss;
      sums += part.sums;
    }
    return loss;
  }

  template <typename SharesOf>
  void SumPart(int64_t begin, int64_t end, const SharesOf& shares_of, Part& part) const {
    const int64_t classes = problem_.classes();
    part.sums.setZero(problem_.coefficients());
    CoefficientRows sums(part.sums.data(), classes, columns_ + 1);
    Grid<Number> shares(classes, block_rows_);
    Rows<Number> strip(classes, columns_);
    for (int64_t strip_begin = begin; strip_begin < end; strip_begin += kBlocksPerSum * block_rows_) {
      const int64_t strip_end = std::min(end, strip_begin + kBlocksPerSum * block_rows_);
      strip.setZero();
      for (int64_t first = strip_begin; first < strip_end; first += block_rows_) {
        if (problem_.stop.Stopped()) return;
        const int64_t count = std::min(block_rows_, strip_end - first);
        Block block(shares.leftCols(count));
        part.loss += shares_of(first, block);
        AddWeightedRows<Number>({block.data(), classes, block.outerStride()}, RowsFrom(first, count), columns_,
                                {strip.data(), classes, columns_});
        for (int64_t k = 0; k < classes; ++k) sums(k, columns_) += static_cast<double>(block.row(k).sum());
      }
      sums.leftCols(columns_) += strip.template cast<double>();
    }
  }

  // Adds the penalty's gradient and takes away that of intercepts that there are not; returns the penalty.
  double AddPenalty(const Eigen::VectorXd& coefficients, Eigen::VectorXd& gradient) const {
    const ConstCoefficientRows at(coefficients.data(), problem_.classes(), columns_ + 1);
    CoefficientRows sums(gradient.data(), problem_.classes(), columns_ + 1);
    sums.leftCols(columns_) += problem_.l2 * at.leftCols(columns_);
    if (!problem_.fit_intercept) sums.col(columns_).setZero();
    return problem_.l2 / 2 * at.leftCols(columns_).squaredNorm();
  }

  const SoftmaxProblem& problem_;
  const int64_t columns_;
  const int64_t block_rows_;
  const int64_t parts_;
  Rows<double> copy_;  // of the features, when Number is double
};

}  // namespace

std::unique_ptr<SoftmaxObjective> MakeSoftmaxObjective(const SoftmaxProblem& problem) {
  if (problem.features.size() <= kSmallData) return std::make_unique<DenseObjective<double>>(problem);
  return std::make_unique<DenseObjective<float>>(problem);
}

}  // namespace parzen
