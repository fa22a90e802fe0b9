// Transforms MNIST and fits one model to it; prints one line of JSON with what each step took. The other side of the
// comparison is model_sklearn.py; compare.py runs both.
#include <sys/resource.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "google/protobuf/text_format.h"
#include "nlohmann/json.hpp"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "worker/archive.h"
#include "worker/datasets/dataset_format.h"
#include "worker/metrics/part.h"
#include "worker/models/model.h"
#include "worker/models/networks/network_model.h"
#include "worker/models/networks/network_training.h"
#include "worker/transforms/transform.h"

namespace parzen {
namespace {

struct Wish {
  std::string data;
  std::string spec = "random_forest {}";
  int64_t rows = 0;  // 0: all
  int threads = 2;
  uint64_t seed = 1;
  std::string weights;
  std::string order;
};

RandomStream FitStream(const Wish& wish) { return {wish.seed, 0, "model"}; }

absl::Status Write(const std::string& path, absl::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes << std::flush;
  return file ? absl::OkStatus() : absl::UnavailableError(absl::StrCat("cannot write ", path));
}

// The rows in the order in which a network's first epoch takes them, 64-bit numbers.
absl::Status WriteOrder(const Wish& wish, int64_t count) {
  std::vector<int64_t> rows(static_cast<size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  const std::vector<int64_t> order =
      OrderOfEpoch(StreamFor(NetworkStream::kTraining, FitStream(wish)), 1, std::move(rows));
  return Write(wish.order, {reinterpret_cast<const char*>(order.data()), order.size() * sizeof(int64_t)});
}

absl::StatusOr<Dataset> LoadMnist(const Wish& wish) {
  DatasetSpec spec;
  Idx& idx = *spec.mutable_idx();
  idx.set_images(wish.data + "/train-images-idx3-ubyte.gz");
  idx.set_labels(wish.data + "/train-labels-idx1-ubyte.gz");
  idx.set_test_images(wish.data + "/t10k-images-idx3-ubyte.gz");
  idx.set_test_labels(wish.data + "/t10k-labels-idx1-ubyte.gz");
  spec.set_first_rows(wish.rows);
  return LoadDataset(spec);
}

// The fit begins with rows of floats: whatever a model makes of them first is part of it.
absl::StatusOr<nlohmann::ordered_json> Measure(const Wish& wish) {
  TrainSpec spec;
  if (!google::protobuf::TextFormat::ParseFromString(wish.spec, &spec)) {
    return absl::InvalidArgumentError("--spec is no model in text format, such as random_forest { trees: 100 }");
  }
  ASSIGN_OR_RETURN(Dataset dataset, LoadMnist(wish));
  const absl::Duration start = ReadClock().steady;
  for (const TransformSpec& step : spec.transform()) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Transform> transform, MakeTransform(step));
    RETURN_IF_ERROR(transform->Fit(dataset.train.features));
    RETURN_IF_ERROR(transform->Apply(dataset.train.features));
    RETURN_IF_ERROR(transform->Apply(dataset.test.features));
  }
  const absl::Duration transformed = ReadClock().steady;
  nlohmann::ordered_json line;
  line["transform"] = absl::ToDoubleSeconds(transformed - start);
  line["features"] = dataset.train.features.cols();
  if (spec.model_case() != TrainSpec::MODEL_NOT_SET) {
    const TrainingRows rows(std::move(dataset.train), dataset.classes());
    ASSIGN_OR_RETURN(const std::unique_ptr<Model> model, MakeModel(spec));
    FitContext context{FitStream(wish)};
    context.image = {dataset.image_height, dataset.image_width};
    const absl::Duration begun = ReadClock().steady;
    RETURN_IF_ERROR(model->Fit(rows, context));
    const absl::Duration fitted = ReadClock().steady;
    const FeatureMatrix predictions = model->Predict(dataset.test.features);
    const absl::Duration predicted = ReadClock().steady;
    TrainMetrics metrics;
    model->Describe(metrics);
    line["fit"] = absl::ToDoubleSeconds(fitted - begun);
    line["predict"] = absl::ToDoubleSeconds(predicted - fitted);
    line["accuracy"] = MeasurePart(predictions, LabelledView(dataset.test), dataset.class_names).accuracy();
    if (metrics.has_support_vectors()) line["support_vectors"] = metrics.support_vectors();
    if (metrics.has_iterations()) line["iterations"] = metrics.iterations();
    for (const EpochMetrics& epoch : metrics.epoch()) line["epoch_seconds"].push_back(epoch.seconds());
    if (!wish.weights.empty()) {
      ArchiveWriter state;
      model->Save(state);
      RETURN_IF_ERROR(Write(wish.weights, state.Take()));
    }
    if (!wish.order.empty()) RETURN_IF_ERROR(WriteOrder(wish, rows.rows()));
  }
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  line["peak_mib"] = usage.ru_maxrss / 1024;
  return line;
}

}  // namespace
}  // namespace parzen

int main(int argc, char** argv) {
  CLI::App app("Transforms MNIST and fits a model to it; prints seconds, test accuracy and memory as JSON.");
  parzen::Wish wish;
  app.add_option("--data", wish.data, "Folder with the four IDX files of MNIST, gzip")->required();
  app.add_option("--spec", wish.spec, "Transforms and model, as in a study file's train { }");
  app.add_option("--rows", wish.rows, "Training rows, from the first; 0: all");
  app.add_option("--threads", wish.threads, "Threads to work with")->check(CLI::Range(1, 1024));
  app.add_option("--seed", wish.seed, "Which random numbers");
  app.add_option("--weights", wish.weights, "Write what the model has learned to this file, as saved models hold it");
  app.add_option("--order", wish.order, "Write the order in which an mlp or cnn takes the rows first to this file");
  CLI11_PARSE(app, argc, argv);

  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, wish.threads);
  absl::StatusOr<nlohmann::ordered_json> measured = absl::UnknownError("not run");
  tbb::task_arena(wish.threads).execute([&] { measured = parzen::Measure(wish); });
  if (!measured.ok()) {
    std::fprintf(stderr, "%s\n", measured.status().ToString().c_str());
    return 1;
  }
  std::printf("%s\n", measured->dump().c_str());
  return 0;
}
