// Principal components, by the eigenvectors of the covariance of the columns or, where there are fewer rows, of the
// rows' scalar products (the same components: Jolliffe, Principal Component Analysis, 2002, section 3.5). All of them
// are found, once for all trials with the same rows, and the first ones taken: fewer components are the first of more.
//
// Memory grows with the square of the smaller number of rows and columns, time with its cube: there is a limit to it.
// Beyond, only as many components are found as are wanted (leading_directions.h), once for each number of them.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "Eigen/Eigenvalues"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "worker/linear/narrow_products.h"
#include "worker/linear/symmetric_eigen.h"
#include "worker/transforms/columns.h"
#include "worker/transforms/covariance.h"
#include "worker/transforms/leading_directions.h"
#include "worker/transforms/transform.h"

namespace parzen {
namespace {

constexpr int64_t kLargestSide = 8192;  // up to which all directions are found
constexpr int64_t kMostLeading = 1024;  // that are found beyond
// Rows that are projected at a time: few enough for the caches.
constexpr int64_t kRowsPerProduct = 32;
// A direction whose variance is that much smaller than the largest one is rounding, not data.
constexpr double kNoVariance = 1e-12;

// Directions in descending order of variance: as many as the smaller of rows and columns, or the first of them.
struct Directions {
  Eigen::VectorXd variances;  // n - 1 in the denominator
  Eigen::MatrixXd vectors;    // one a column, of length 1; 0 where fewer rows than columns leave no variance for it
};

// The same as they are kept. Borrowed.
struct KeptDirections {
  Eigen::Map<const Eigen::VectorXd> variances;
  Eigen::Map<const FeatureMatrix> vectors;  // one a row
};
enum Section { kVariances, kVectors, kSections };

// The power of two that brings the largest distance to the means near 1, so that squares neither overflow nor vanish.
double ScaleOf(const ColumnRanges& ranges, const Eigen::RowVectorXd& means) {
  const double largest =
      std::max((ranges.high.cast<double>() - means).maxCoeff(), (means - ranges.low.cast<double>()).maxCoeff());
  return largest > 0 ? std::exp2(-std::ilogb(largest)) : 1;
}

absl::StatusOr<Directions> DirectionsByColumns(const FeatureRef& rows, const Eigen::RowVectorXd& means, double scale) {
  ASSIGN_OR_RETURN(SymmetricEigen solved, SolveSymmetric(SumOfSquares(rows, means, scale)));
  return Directions{std::move(solved.values), std::move(solved.vectors)};
}

absl::StatusOr<Directions> DirectionsByRows(const FeatureRef& rows, const Eigen::RowVectorXd& means, double scale) {
  const FeatureMatrix transposed = (((rows.cast<double>().rowwise() - means) * scale).transpose()).cast<float>();
  ASSIGN_OR_RETURN(const SymmetricEigen solved,
                   SolveSymmetric(SumOfSquares(transposed, Eigen::RowVectorXd::Zero(rows.rows()), 1)));
  Directions directions{solved.values, transposed.cast<double>().eval() * solved.vectors};
  for (int64_t i = 0; i < rows.rows(); ++i) {
    // What is left of a direction that only rounding has found would be noise of length 1.
    directions.variances(i) = directions.vectors.col(i).squaredNorm();
    const bool varies = directions.variances(i) > kNoVariance * directions.variances(0);
    directions.vectors.col(i) *= varies ? 1 / std::sqrt(directions.variances(i)) : 0;
  }
  return directions;
}

absl::StatusOr<Directions> FirstDirections(const FeatureRef& rows, const Eigen::RowVectorXd& means, double scale,
                                           int64_t count) {
  ASSIGN_OR_RETURN(LeadingDirections leading, FindLeadingDirections(rows, means, scale, count));
  return Directions{std::move(leading.squares), std::move(leading.vectors)};
}

bool AllAreFound(const FeatureRef& rows) { return std::min(rows.rows(), rows.cols()) <= kLargestSide; }

// All, or the first `count`.
absl::StatusOr<Directions> FindDirections(const FeatureRef& rows, const Eigen::RowVectorXd& means, int64_t count) {
  const double scale = ScaleOf(RangesOfColumns(rows), means);
  ASSIGN_OR_RETURN(Directions directions, !AllAreFound(rows)          ? FirstDirections(rows, means, scale, count)
                                          : rows.rows() < rows.cols() ? DirectionsByRows(rows, means, scale)
                                                                      : DirectionsByColumns(rows, means, scale));
  const double samples = static_cast<double>(std::max<int64_t>(rows.rows() - 1, 1));
  directions.variances = directions.variances.cwiseMax(0) / (samples * scale * scale);
  for (auto vector : directions.vectors.colwise()) {
    Eigen::Index largest = 0;
    vector.cwiseAbs().maxCoeff(&largest);
    if (vector(largest) < 0) vector = -vector;
  }
  return directions;
}

absl::Status GiveDirections(const Directions& directions, const SectionSink& sink) {
  const FeatureMatrix vectors = directions.vectors.transpose().cast<float>();
  Bytes sections[kSections];
  sections[kVariances] = BytesOf(absl::MakeConstSpan(directions.variances.data(), directions.variances.size()));
  sections[kVectors] = BytesOf(absl::MakeConstSpan(vectors.data(), vectors.size()));
  return sink(sections);
}

// DataLoss: these are not so many directions.
absl::StatusOr<KeptDirections> OpenDirections(const SectionFile& file, int64_t count, int64_t columns) {
  if (file.size() != kSections || static_cast<int64_t>(file.array<double>(kVariances).size()) != count ||
      static_cast<int64_t>(file.array<float>(kVectors).size()) != count * columns) {
    return absl::DataLossError("principal components in the cache are not what their name says");
  }
  return KeptDirections{{file.array<double>(kVariances).data(), count},
                        {file.array<float>(kVectors).data(), count, columns}};
}

class PcaTransform : public Transform {
 public:
  explicit PcaTransform(const Pca& options) : options_(options) {}

  absl::Status Fit(const FeatureMatrix& train, const FitSharing& sharing) override {
    RETURN_IF_ERROR(CheckSize(train));
    const bool all = AllAreFound(train);
    const int64_t count = all ? std::min(train.rows(), train.cols()) : options_.components();
    means_ = MeansOfColumns(train);
    const SectionMaker make = [&](const SectionSink& sink) -> absl::Status {
      ASSIGN_OR_RETURN(const Directions found, FindDirections(train, means_, count));
      return GiveDirections(found, sink);
    };
    const std::string name = all ? "principal components" : absl::StrCat("first ", count, " principal components");
    ASSIGN_OR_RETURN(const SectionFile file, sharing.kept.GetOrMake(name, make, sharing.stop));
    ASSIGN_OR_RETURN(const KeptDirections directions, OpenDirections(file, count, train.cols()));
    components_ = directions.vectors.topRows(ComponentCount(directions.variances));
    if (options_.whiten()) Whiten(directions.variances);
    return absl::OkStatus();
  }

  absl::Status Apply(FeatureMatrix& features) const override {
    const int64_t columns = features.cols(), count = components_.rows();
    FeatureMatrix projected(features.rows(), count);
    ForEachRowBlock(features.rows(), [&](int64_t, int64_t first, int64_t block_rows) {
      FeatureMatrix centred(kRowsPerProduct, columns);
      for (int64_t row = first; row < first + block_rows; row += kRowsPerProduct) {
        const int64_t rows = std::min(kRowsPerProduct, first + block_rows - row);
        for (int64_t i = 0; i < rows; ++i) {
          centred.row(i) = (features.row(row + i).cast<double>() - means_).cast<float>();
        }
        MultiplyNarrow<float>({centred.data(), rows, columns}, {components_.data(), count, columns}, columns,
                              projected.row(row).data(), count, 1);
      }
    });
    features.swap(projected);
    return absl::OkStatus();
  }

  // The nearest rows that have these components: what lies in other directions is as the mean.
  absl::Status Invert(FeatureMatrix& features) const override {
    const int64_t columns = components_.cols(), count = components_.rows();
    const FeatureMatrix back = ComponentsBack();
    FeatureMatrix rows(features.rows(), columns);
    ForEachRowBlock(features.rows(), [&](int64_t, int64_t first, int64_t block_rows) {
      for (int64_t row = first; row < first + block_rows; row += kRowsPerProduct) {
        const int64_t some = std::min(kRowsPerProduct, first + block_rows - row);
        MultiplyNarrow<float>({features.row(row).data(), some, count}, {back.data(), columns, count}, count,
                              rows.row(row).data(), columns, 1);
        for (int64_t i = row; i < row + some; ++i) rows.row(i) = (rows.row(i).cast<double>() + means_).cast<float>();
      }
    });
    features.swap(rows);
    return absl::OkStatus();
  }

  void Save(ArchiveWriter& state) const override {
    SaveColumns(means_, state);
    state.Matrix(components_);
  }
  absl::StatusOr<int64_t> Load(ArchiveReader& state, int64_t features) override {
    means_ = LoadColumns(state, features);
    state.Matrix(components_);
    if (components_.rows() < 1 || components_.cols() != features) state.Fail();
    RETURN_IF_ERROR(state.Finish());
    return components_.rows();
  }

 private:
  absl::Status CheckSize(const FeatureMatrix& train) const {
    const int64_t available = std::min(train.rows(), train.cols());
    if (options_.has_components() && options_.components() > available) {
      return absl::InvalidArgumentError(absl::StrCat("transform.pca.components: ", options_.components(),
                                                     " are more than ", train.rows(), " rows of ", train.cols(),
                                                     " features have, which is ", available));
    }
    if (available == 0) return absl::InvalidArgumentError("transform.pca: there is nothing to learn from");
    if (AllAreFound(train) || (options_.has_components() && options_.components() <= kMostLeading)) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(
        absl::StrCat("transform.pca: of ", train.rows(), " rows of ", train.cols(),
                     " features, which are both more than ", kLargestSide, ", at most the first ", kMostLeading,
                     " components are found; say how many with components, instead of variance"));
  }

  int64_t ComponentCount(const Eigen::Ref<const Eigen::VectorXd>& variances) const {
    if (options_.has_components()) return options_.components();
    if (!options_.has_variance() || options_.variance() >= 1) return variances.size();
    const double wanted = options_.variance() * variances.sum();
    double explained = variances(0);
    int64_t count = 1;
    while (explained < wanted && count < variances.size()) explained += variances(count++);
    return count;
  }

  // What has no variance cannot be brought to variance 1; it becomes 0.
  void Whiten(const Eigen::Ref<const Eigen::VectorXd>& variances) {
    for (int64_t i = 0; i < components_.rows(); ++i) {
      const bool varies = variances(i) > kNoVariance * variances(0);
      components_.row(i) *= varies ? static_cast<float>(1 / std::sqrt(variances(i))) : 0;
    }
  }

  // features x components: what undoes the components, which are orthogonal but, whitened, not of length 1.
  FeatureMatrix ComponentsBack() const {
    FeatureMatrix back(components_.cols(), components_.rows());
    for (int64_t i = 0; i < components_.rows(); ++i) {
      const Eigen::RowVectorXd component = components_.row(i).cast<double>();
      const double square = component.squaredNorm();
      back.col(i) = (square > 0 ? component / square : component).transpose().cast<float>();
    }
    return back;
  }

  const Pca options_;
  Eigen::RowVectorXd means_;
  FeatureMatrix components_;  // components x features
};

absl::StatusOr<std::unique_ptr<Transform>> MakePca(const TransformSpec& spec) {
  const Pca& pca = spec.pca();
  if (pca.has_components() && pca.has_variance()) {
    return absl::InvalidArgumentError("transform.pca: either components or variance says how many; both are given");
  }
  if (pca.has_components() && pca.components() < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("transform.pca.components: ", pca.components(), " is not at least 1"));
  }
  if (pca.has_variance() && !(pca.variance() > 0 && pca.variance() <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("transform.pca.variance: ", pca.variance(), " is not a share above 0 and up to 1"));
  }
  return std::make_unique<PcaTransform>(pca);
}

const bool registered = Registry<TransformFactory>::Global().Add("pca", &MakePca);

}  // namespace
}  // namespace parzen
