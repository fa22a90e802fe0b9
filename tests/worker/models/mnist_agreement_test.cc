// On the first rows of MNIST our models learn what scikit-learn's do. Skipped where MNIST is not.
#include <algorithm>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/worker/data_folder.h"
#include "tests/worker/models/fitted.h"
#include "worker/datasets/dataset_format.h"

namespace parzen {
namespace {

constexpr int64_t kTrainRows = 2000, kTestRows = 1000;

// Pixels from 0 to 1.
absl::StatusOr<Dataset> Mnist() {
  DatasetSpec spec;
  spec.set_first_rows(kTrainRows);
  Idx& idx = *spec.mutable_idx();
  idx.set_images(MnistFile("train-images-idx3-ubyte.gz"));
  idx.set_labels(MnistFile("train-labels-idx1-ubyte.gz"));
  idx.set_test_images(MnistFile("t10k-images-idx3-ubyte.gz"));
  idx.set_test_labels(MnistFile("t10k-labels-idx1-ubyte.gz"));
  absl::StatusOr<Dataset> mnist = LoadDataset(spec);
  if (!mnist.ok()) return mnist;
  mnist->train.features /= 255;
  mnist->test.features /= 255;
  return mnist;
}

TEST(MnistAgreementTest, SupportVectorsAndPredictionsAreThoseOfScikitLearn) {
  if (MnistFile("train-images-idx3-ubyte.gz").empty()) GTEST_SKIP() << "PARZEN_DATA names no folder with MNIST";
  const absl::StatusOr<Dataset> mnist = Mnist();
  ASSERT_TRUE(mnist.ok()) << mnist.status();
  std::ifstream file("tests/testdata/mnist_reference.json");  // made by mnist_reference.py
  ASSERT_TRUE(file.good());
  const FeatureMatrix others = mnist->test.features.topRows(kTestRows);
  int properties = 0;
  for (const nlohmann::json& entry : nlohmann::json::parse(file)) {
    const std::string spec = entry["model"];
    const Fitted model(spec, mnist->train, mnist->classes());
    if (entry.contains("support_vectors")) {
      const int theirs = entry["support_vectors"];
      EXPECT_NEAR(model.Description().support_vectors(), theirs, theirs * .01) << spec;
      EXPECT_EQ(model.Description().converged(), 1) << spec;
    }
    const int same = Same(model.Predicted(others), entry["predicted"]);
    RecordProperty(spec.substr(0, spec.find('{')) + std::to_string(properties++), spec + ": " + std::to_string(same));
    EXPECT_GE(same, .995 * kTestRows) << spec;
  }
}

}  // namespace
}  // namespace parzen
