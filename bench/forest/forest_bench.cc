// Fits one tree model to MNIST and prints one line: fit seconds, predict seconds, test accuracy.
// The other side of the comparison is forest_sklearn.py; compare.sh runs both.
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "google/protobuf/text_format.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "worker/datasets/dataset_format.h"
#include "worker/models/model.h"

namespace parzen {
namespace {

struct Measured {
  double fit_seconds;
  double predict_seconds;
  double accuracy;
};

double Accuracy(const FeatureMatrix& probabilities, const std::vector<int32_t>& labels) {
  int right = 0;
  for (int64_t row = 0; row < probabilities.rows(); ++row) {
    Eigen::Index best = 0;
    probabilities.row(row).maxCoeff(&best);
    right += best == labels[static_cast<size_t>(row)];
  }
  return static_cast<double>(right) / static_cast<double>(probabilities.rows());
}

// The fit begins with rows of floats: binning them is part of it.
absl::StatusOr<Measured> Measure(const std::string& data, const std::string& model_text, uint64_t seed) {
  TrainSpec spec;
  if (!google::protobuf::TextFormat::ParseFromString(model_text, &spec)) {
    return absl::InvalidArgumentError("--model is not a model in text format, such as random_forest { trees: 100 }");
  }
  Idx& idx = *spec.mutable_dataset()->mutable_idx();
  idx.set_images(data + "/train-images-idx3-ubyte.gz");
  idx.set_labels(data + "/train-labels-idx1-ubyte.gz");
  idx.set_test_images(data + "/t10k-images-idx3-ubyte.gz");
  idx.set_test_labels(data + "/t10k-labels-idx1-ubyte.gz");
  ASSIGN_OR_RETURN(Dataset dataset, LoadDataset(spec.dataset()));
  const int classes = dataset.classes();
  const TrainingRows rows(std::move(dataset.train), classes);
  ASSIGN_OR_RETURN(const std::unique_ptr<Model> model, MakeModel(spec));
  FitContext context{RandomStream(seed, 0, "model")};

  const absl::Duration start = ReadClock().steady;
  RETURN_IF_ERROR(model->Fit(rows, context));
  const absl::Duration fitted = ReadClock().steady;
  const FeatureMatrix probabilities = model->Predict(dataset.test.features);
  const absl::Duration predicted = ReadClock().steady;
  return Measured{absl::ToDoubleSeconds(fitted - start), absl::ToDoubleSeconds(predicted - fitted),
                  Accuracy(probabilities, dataset.test.labels)};
}

}  // namespace
}  // namespace parzen

int main(int argc, char** argv) {
  CLI::App app("Fits a tree model to MNIST; prints fit seconds, predict seconds and test accuracy.");
  std::string data, model = "random_forest {}";
  int threads = 2;
  uint64_t seed = 1;
  app.add_option("--data", data, "Folder with the four IDX files of MNIST, gzip")->required();
  app.add_option("--model", model, "The model, as in a study file");
  app.add_option("--threads", threads, "Threads to fit and predict with")->check(CLI::Range(1, 1024));
  app.add_option("--seed", seed, "Which random numbers");
  CLI11_PARSE(app, argc, argv);

  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  absl::StatusOr<parzen::Measured> measured = absl::UnknownError("not run");
  tbb::task_arena(threads).execute([&] { measured = parzen::Measure(data, model, seed); });
  if (!measured.ok()) {
    std::fprintf(stderr, "%s\n", measured.status().ToString().c_str());
    return 1;
  }
  std::printf("%.3f %.3f %.4f\n", measured->fit_seconds, measured->predict_seconds, measured->accuracy);
  return 0;
}
