#include <limits>

#include "base/random_stream.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "worker/linear/symmetric_eigen.h"

namespace parzen {
namespace {

Eigen::MatrixXd Symmetric(int64_t size, uint64_t seed = 1) {
  RandomStream stream(seed, 0, "matrix");
  Eigen::MatrixXd matrix(size, size);
  for (double& value : matrix.reshaped()) value = stream.Normal();
  return matrix + matrix.transpose().eval();
}

void ExpectSolved(const Eigen::MatrixXd& matrix) {
  const auto solved = SolveSymmetric(matrix);
  ASSERT_TRUE(solved.ok()) << solved.status();
  const int64_t size = matrix.rows();
  const double near = 1e-13 * static_cast<double>(size) * std::max(1e-300, matrix.cwiseAbs().maxCoeff());
  EXPECT_LT(
      (solved->vectors.transpose() * solved->vectors - Eigen::MatrixXd::Identity(size, size)).cwiseAbs().maxCoeff(),
      1e-12);
  EXPECT_LE((matrix * solved->vectors - solved->vectors * solved->values.asDiagonal()).cwiseAbs().maxCoeff(), near);
  for (int64_t i = 1; i < size; ++i) EXPECT_GE(solved->values(i - 1), solved->values(i));
}

TEST(SymmetricEigenTest, VectorsAreStretchedByTheirValues) {
  for (const int64_t size : {1, 2, 3, 16, 17, 70}) ExpectSolved(Symmetric(size, static_cast<uint64_t>(size)));
}

TEST(SymmetricEigenTest, EqualValuesAndZerosAreFound) {
  ExpectSolved(Eigen::MatrixXd::Zero(5, 5));
  ExpectSolved(Eigen::MatrixXd::Identity(20, 20));
  ExpectSolved(Eigen::MatrixXd::Ones(33, 33));
  ExpectSolved(Symmetric(4).replicate(5, 5));
}

TEST(SymmetricEigenTest, HugeAndTinyNumbersAreNoTrap) {
  ExpectSolved(Symmetric(10) * 1e100);
  ExpectSolved(Symmetric(10) * 1e-100);
}

TEST(SymmetricEigenTest, NumbersThatAreNoneAreAnError) {
  Eigen::MatrixXd matrix = Symmetric(10);
  matrix(3, 3) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(absl::IsInternal(SolveSymmetric(matrix).status()));
}

TEST(SymmetricEigenTest, ResultIsTheSameForAnyNumberOfThreads) {
  const tbb::global_control four(tbb::global_control::max_allowed_parallelism, 4);
  const Eigen::MatrixXd matrix = Symmetric(300);  // with more rotations than are applied at a time
  Eigen::MatrixXd by_one;
  tbb::task_arena(1).execute([&] { by_one = SolveSymmetric(matrix)->vectors; });
  tbb::task_arena(4).execute([&] { EXPECT_EQ(SolveSymmetric(matrix)->vectors, by_one); });
}

}  // namespace
}  // namespace parzen
