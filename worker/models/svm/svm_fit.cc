#include "worker/models/svm/svm_fit.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "worker/models/svm/kernel_rows.h"
#include "worker/models/svm/pair_solver.h"

namespace parzen {
namespace {

constexpr int kFolds = 5;
// Sums of kernel values and their squares have to stay within 32-bit floats.
constexpr double kLargestKernel = 1e30;
// With any larger one, too, different rows have the kernel 0.
constexpr double kLargestGamma = 1e30;

struct Pair {
  int a, b;
};

// What is left of a pair once it is learned.
struct PairResult {
  absl::Status status;
  std::vector<std::pair<int32_t, float>> of_a, of_b;  // support vectors: row of the class, coefficient
  double bias = 0;
  Sigmoid sigmoid;
  int64_t steps = 0;
  bool converged = true;
};

Kernel MakeKernel(const Svm& options, int64_t columns, double variance) {
  double gamma = options.gamma();
  if (!options.has_gamma()) {
    gamma = 1 / static_cast<double>(columns);
    if (options.gamma_rule() == Svm::SCALE) gamma = variance == 0 ? 1 : gamma / variance;
  }
  gamma = std::min(gamma, kLargestGamma);
  return {options.kernel(), static_cast<float>(gamma), static_cast<float>(options.coef0()), options.degree()};
}

// The largest number that the kernel of two rows goes through, when no row is longer than the root of `norm`.
double LargestValue(const Kernel& kernel, double norm) {
  if (kernel.kind != Svm::POLY) return norm;
  return std::max(norm, std::pow(std::abs(kernel.gamma) * norm + std::abs(kernel.coef0), kernel.degree));
}

absl::Status CheckSize(const FeatureRef& features, const std::vector<float>& centre, const Kernel& kernel) {
  const Eigen::Map<const Eigen::RowVectorXf> middle(centre.data(), features.cols());
  for (int64_t row = 0; row < features.rows(); ++row) {
    const double norm = (features.row(row) - middle).squaredNorm();
    if (LargestValue(kernel, norm) <= kLargestKernel) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("svm: the features of row ", row + 1, " are too large for the kernel; scale them"));
  }
  return absl::OkStatus();
}

void AddSupport(const Eigen::Ref<const Eigen::ArrayXd>& values, std::vector<std::pair<int32_t, float>>& support) {
  for (int64_t i = 0; i < values.size(); ++i) {
    if (values[i] != 0) support.emplace_back(static_cast<int32_t>(i), static_cast<float>(values[i]));
  }
}

// Decision values of the rows of a pair, each by a machine that learned from four of five parts of the others.
class HeldOutDecisions {
 public:
  HeldOutDecisions(const KernelRows& rows, const Pair& pair, RandomStream stream)
      : padded_a_(rows.padded_rows(pair.a)) {
    for (int64_t i = 0; i < rows.rows(pair.a); ++i) places_.push_back(i);
    for (int64_t i = 0; i < rows.rows(pair.b); ++i) places_.push_back(padded_a_ + i);
    all_places_ = static_cast<size_t>(padded_a_ + rows.padded_rows(pair.b));
    stream.Shuffle(places_);
  }

  absl::StatusOr<Sigmoid> Fit(PairSolver& solver) {
    std::vector<double> decisions(places_.size());
    const std::unique_ptr<bool[]> is_a(new bool[places_.size()]);
    for (size_t i = 0; i < places_.size(); ++i) is_a[i] = places_[i] < padded_a_;
    for (size_t fold = 0; fold < kFolds; ++fold) {
      const size_t begin = fold * places_.size() / kFolds, end = (fold + 1) * places_.size() / kFolds;
      if (begin == end) continue;
      std::vector<bool> held_out(all_places_, false);
      for (size_t i = begin; i < end; ++i) held_out[static_cast<size_t>(places_[i])] = true;
      int left_a = 0, left_b = 0;
      for (size_t i = 0; i < places_.size(); ++i) {
        if (i < begin || i >= end) ++(is_a[i] ? left_a : left_b);
      }
      if (left_a == 0 || left_b == 0) {
        // Who knows one class only says that class.
        std::fill(decisions.begin() + begin, decisions.begin() + end, (left_a > 0) - (left_b > 0));
        continue;
      }
      ASSIGN_OR_RETURN(const PairSolution solution, solver.Solve(held_out));
      for (size_t i = begin; i < end; ++i) decisions[i] = solution.decision[places_[i]];
    }
    return FitSigmoid(decisions, absl::MakeConstSpan(is_a.get(), places_.size()));
  }

 private:
  const int64_t padded_a_;
  size_t all_places_;
  std::vector<int64_t> places_;  // shuffled
};

absl::Status FitPair(KernelRows& rows, const Pair& pair, const PairOptions& options, bool probability,
                     const RandomStream& stream, StopCheck& stop, PairResult& result) {
  PairSolver solver(rows, pair.a, pair.b, options, stop);
  ASSIGN_OR_RETURN(const PairSolution solution, solver.Solve());
  AddSupport(solution.value.head(rows.padded_rows(pair.a)), result.of_a);
  AddSupport(solution.value.tail(rows.padded_rows(pair.b)), result.of_b);
  result.bias = solution.bias;
  result.steps = solution.steps;
  result.converged = solution.converged;
  if (probability) {
    ASSIGN_OR_RETURN(result.sigmoid, HeldOutDecisions(rows, pair, stream).Fit(solver));
  }
  rows.ForgetPair(pair.a, pair.b);
  return absl::OkStatus();
}

// Rows that support any pair, by class, with their coefficients in all of them.
SupportVectors Gather(const FeatureRef& features, const KernelRows& rows, const std::vector<Pair>& pairs,
                      const std::vector<PairResult>& results) {
  SupportVectors vectors;
  std::vector<std::vector<int64_t>> place(static_cast<size_t>(rows.classes()));  // by class and row; -1: none
  for (int c = 0; c < rows.classes(); ++c) place[c].assign(static_cast<size_t>(rows.rows(c)), -1);
  for (size_t p = 0; p < pairs.size(); ++p) {
    for (const auto& [row, coefficient] : results[p].of_a) place[pairs[p].a][row] = 0;
    for (const auto& [row, coefficient] : results[p].of_b) place[pairs[p].b][row] = 0;
    vectors.bias.push_back(results[p].bias);
  }
  std::vector<int64_t> order;
  for (int c = 0; c < rows.classes(); ++c) {
    vectors.first.push_back(static_cast<int64_t>(order.size()));
    for (int64_t i = 0; i < rows.rows(c); ++i) {
      if (place[c][i] < 0) continue;
      place[c][i] = static_cast<int64_t>(order.size());
      order.push_back(rows.rows_of_class(c)[i]);
    }
  }
  vectors.first.push_back(static_cast<int64_t>(order.size()));
  vectors.kernel = rows.kernel();
  vectors.centre = rows.centre();
  vectors.rows = PackedRows(kPanelRows, features, order, vectors.centre);
  vectors.coefficients.setZero(vectors.rows.padded_rows(), CoefficientColumns(rows.classes()));
  for (size_t p = 0; p < pairs.size(); ++p) {
    const auto [a, b] = pairs[p];
    for (const auto& [row, coefficient] : results[p].of_a) vectors.coefficients(place[a][row], b - 1) = coefficient;
    for (const auto& [row, coefficient] : results[p].of_b) vectors.coefficients(place[b][row], a) = coefficient;
  }
  vectors.FindWeights();
  return vectors;
}

}  // namespace

absl::StatusOr<SvmFit> FitSvm(const FeatureRef& features, RowsByClass by_class, const std::vector<double>& weights,
                              const Svm& options, const RandomStream& stream, StopCheck& stop) {
  const int classes = static_cast<int>(by_class.classes.size());
  if (classes > kMostSvmClasses) {
    return absl::InvalidArgumentError(absl::StrCat("svm learns each pair of classes and takes at most ",
                                                   kMostSvmClasses, " classes; got ", classes,
                                                   "; linear_svm takes more"));
  }
  const Moments moments = MeasureMoments(features);
  std::vector<float> centre(static_cast<size_t>(features.cols()), 0);
  // Distances do not care where the origin is, but rounding does.
  if (options.kernel() == Svm::RBF) centre.assign(moments.column_means.begin(), moments.column_means.end());
  const Kernel kernel = MakeKernel(options, features.cols(), moments.variance);
  RETURN_IF_ERROR(CheckSize(features, centre, kernel));
  KernelRows rows(features, std::move(by_class.rows), std::move(centre), kernel, int64_t{options.cache_mib()} << 20);

  std::vector<Pair> pairs;
  for (int a = 0; a < classes; ++a) {
    for (int b = a + 1; b < classes; ++b) pairs.push_back({a, b});
  }
  std::vector<PairResult> results(pairs.size());
  tbb::parallel_for(size_t{0}, pairs.size(), [&](size_t p) {
    const PairOptions pair_options{options.c() * weights[pairs[p].a], options.c() * weights[pairs[p].b],
                                   options.tolerance(), options.max_iterations()};
    results[p].status = FitPair(rows, pairs[p], pair_options, options.probability(), stream.Fork(p), stop, results[p]);
  });
  SvmFit fit;
  for (const PairResult& result : results) {
    RETURN_IF_ERROR(result.status);
    fit.steps += result.steps;
    fit.converged = fit.converged && result.converged;
    if (options.probability()) fit.sigmoids.push_back(result.sigmoid);
  }
  fit.vectors = Gather(features, rows, pairs, results);
  return fit;
}

}  // namespace parzen
