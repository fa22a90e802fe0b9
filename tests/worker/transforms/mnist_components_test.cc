// How many principal components all of MNIST needs. Skipped where MNIST is not.
#include "gtest/gtest.h"
#include "tests/worker/data_folder.h"
#include "tests/worker/transforms/transformed.h"
#include "worker/datasets/dataset_format.h"

namespace parzen {
namespace {

TEST(MnistComponentsTest, NinetyFivePercentOfTheVarianceOfPixelsFromZeroToOneAreIn154Components) {
  DatasetSpec spec;
  spec.mutable_idx()->set_images(MnistFile("train-images-idx3-ubyte.gz"));
  spec.mutable_idx()->set_labels(MnistFile("train-labels-idx1-ubyte.gz"));
  if (spec.idx().images().empty()) GTEST_SKIP() << "PARZEN_DATA names no folder with MNIST";
  absl::StatusOr<Dataset> mnist = LoadDataset(spec);
  ASSERT_TRUE(mnist.ok()) << mnist.status();
  mnist->train.features /= 255;
  // As scikit-learn's PCA(.95) has it.
  EXPECT_EQ(Transformed("pca { variance: .95 }", mnist->train.features, mnist->train.features.topRows(1)).cols(), 154);
}

}  // namespace
}  // namespace parzen
