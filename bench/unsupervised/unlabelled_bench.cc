// Finds clusters or places of rows; prints one line of JSON with what it took. The other side of the comparison is
// unlabelled_sklearn.py; compare.py runs both, on rows that `prepare` has written for both.
#include <sys/resource.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/oneof.h"
#include "base/status_macros.h"
#include "google/protobuf/text_format.h"
#include "nlohmann/json.hpp"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "worker/datasets/dataset_format.h"
#include "worker/metrics/part.h"
#include "worker/metrics/silhouette.h"
#include "worker/models/clusters/clusterer.h"
#include "worker/models/clusters/expectation.h"
#include "worker/models/clusters/mixture_fit.h"
#include "worker/models/embeddings/embedder.h"
#include "worker/transforms/transform.h"

namespace parzen {
namespace {

struct Wish {
  std::string data;
  std::string spec;
  std::string features;
  std::string labels;
  std::string out;
  std::string start;
  int64_t rows = 0;
  int64_t columns = 0;
  int threads = 2;
  uint64_t seed = 1;
};

using Line = nlohmann::ordered_json;

absl::StatusOr<TrainSpec> ParseSpec(const Wish& wish) {
  TrainSpec spec;
  if (google::protobuf::TextFormat::ParseFromString(wish.spec, &spec)) return spec;
  return absl::InvalidArgumentError("--spec is nothing that stands in train { }, such as k_means { clusters: 10 }");
}

template <typename Number>
absl::Status WriteNumbers(const std::string& path, const Number* numbers, int64_t count) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(numbers), count * static_cast<int64_t>(sizeof(Number)));
  file.flush();
  return file ? absl::OkStatus() : absl::UnavailableError(absl::StrCat("cannot write ", path));
}

// The first `count`.
template <typename Number>
absl::StatusOr<std::vector<Number>> ReadNumbers(const std::string& path, int64_t count) {
  std::vector<Number> numbers(static_cast<size_t>(count));
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(numbers.data()), count * static_cast<int64_t>(sizeof(Number)));
  if (file) return numbers;
  return absl::NotFoundError(absl::StrCat(path, " does not hold ", count, " numbers of ", sizeof(Number), " bytes"));
}

// MNIST's training rows after the transforms of the spec, as 32-bit floats, and their labels, a byte each.
absl::StatusOr<Line> Prepare(const Wish& wish) {
  ASSIGN_OR_RETURN(const TrainSpec spec, ParseSpec(wish));
  DatasetSpec mnist;
  mnist.mutable_idx()->set_images(wish.data + "/train-images-idx3-ubyte.gz");
  mnist.mutable_idx()->set_labels(wish.data + "/train-labels-idx1-ubyte.gz");
  ASSIGN_OR_RETURN(Dataset dataset, LoadDataset(mnist));
  FeatureMatrix& features = dataset.train.features;
  for (const TransformSpec& step : spec.transform()) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Transform> transform, MakeTransform(step));
    RETURN_IF_ERROR(transform->Fit(features));
    RETURN_IF_ERROR(transform->Apply(features));
  }
  const std::vector<uint8_t> labels(dataset.train.labels.begin(), dataset.train.labels.end());
  RETURN_IF_ERROR(WriteNumbers(wish.features, features.data(), features.size()));
  RETURN_IF_ERROR(WriteNumbers(wish.labels, labels.data(), features.rows()));
  return Line{{"rows", features.rows()}, {"columns", features.cols()}};
}

absl::StatusOr<absl::Duration> Cluster(const ClustererFactory& make, const TrainSpec& spec, const FeatureRef& rows,
                                       const Wish& wish, TrainMetrics& metrics) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Clusterer> clusterer, make(spec));
  UnlabelledContext context{RandomStream(wish.seed, 0, "model")};
  const absl::Duration begun = ReadClock().steady;
  RETURN_IF_ERROR(clusterer->Fit(rows, context));
  const absl::Duration took = ReadClock().steady - begun;
  clusterer->MeasureFit(rows, *metrics.mutable_train());
  clusterer->Describe(metrics);
  const std::vector<int32_t> clusters = clusterer->Assign(rows);
  RETURN_IF_ERROR(WriteNumbers(wish.out, clusters.data(), rows.rows()));
  return took;
}

// From clusters that somebody else has found.
absl::StatusOr<absl::Duration> FitMixtureFromStart(const TrainSpec& spec, const FeatureRef& rows, const Wish& wish,
                                                   TrainMetrics& metrics) {
  const GaussianMixture& options = spec.gaussian_mixture();
  ASSIGN_OR_RETURN(const std::vector<int32_t> start, ReadNumbers<int32_t>(wish.start, rows.rows()));
  const std::function<bool()> never = [] { return false; };
  const absl::Duration begun = ReadClock().steady;
  ASSIGN_OR_RETURN(const MixtureFit fit, FitMixture(rows, SharesOfLabels(start, options.components()), options, never));
  const absl::Duration took = ReadClock().steady - begun;
  StopCheck no_stop(never);
  metrics.mutable_train()->set_log_likelihood(Expect(*fit.gaussians, rows, nullptr, no_stop));
  metrics.set_iterations(static_cast<double>(fit.iterations));
  const std::vector<int32_t> clusters = MostProbable(*fit.gaussians, rows);
  RETURN_IF_ERROR(WriteNumbers(wish.out, clusters.data(), rows.rows()));
  return took;
}

absl::StatusOr<absl::Duration> Embed(const EmbedderFactory& make, const TrainSpec& spec, const FeatureRef& rows,
                                     const Wish& wish, TrainMetrics& metrics) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Embedder> embedder, make(spec));
  UnlabelledContext context{RandomStream(wish.seed, 0, "model")};
  const absl::Duration begun = ReadClock().steady;
  ASSIGN_OR_RETURN(const FeatureMatrix places, embedder->Embed(rows, context, metrics));
  const absl::Duration took = ReadClock().steady - begun;
  RETURN_IF_ERROR(WriteNumbers(wish.out, places.data(), places.size()));
  return took;
}

// The fit begins with rows of floats: whatever a model makes of them first is part of it. Where it puts them is
// written: clusters as 32-bit integers, places as 32-bit floats, row by row.
absl::StatusOr<Line> Fit(const Wish& wish) {
  ASSIGN_OR_RETURN(const TrainSpec spec, ParseSpec(wish));
  ASSIGN_OR_RETURN(const std::vector<float> numbers, ReadNumbers<float>(wish.features, wish.rows * wish.columns));
  const Eigen::Map<const FeatureMatrix> rows(numbers.data(), wish.rows, wish.columns);
  const std::string model = ChosenMember(spec, "model");
  TrainMetrics metrics;
  absl::StatusOr<absl::Duration> took = absl::UnknownError("not run");
  if (!wish.start.empty() && !spec.has_gaussian_mixture()) {
    return absl::InvalidArgumentError("--start is for a gaussian_mixture");
  }
  if (!wish.start.empty()) {
    took = FitMixtureFromStart(spec, rows, wish, metrics);
  } else if (const auto clusterer = Registry<ClustererFactory>::Global().Find(model); clusterer.ok()) {
    took = Cluster(*clusterer, spec, rows, wish, metrics);
  } else {
    ASSIGN_OR_RETURN(const EmbedderFactory embedder, Registry<EmbedderFactory>::Global().Find(model));
    took = Embed(embedder, spec, rows, wish, metrics);
  }
  RETURN_IF_ERROR(took.status());
  Line line{{"seconds", absl::ToDoubleSeconds(*took)}};
  if (metrics.has_iterations()) line["iterations"] = metrics.iterations();
  for (const char* name : {"inertia", "log_likelihood", "kl_divergence", "stress"}) {
    if (const std::optional<double> value = FindScalar(metrics.train(), name)) line[name] = *value;
  }
  return line;
}

// How well the digits themselves would be clusters.
absl::StatusOr<Line> MeasureDigits(const Wish& wish) {
  ASSIGN_OR_RETURN(const std::vector<float> numbers, ReadNumbers<float>(wish.features, wish.rows * wish.columns));
  const Eigen::Map<const FeatureMatrix> rows(numbers.data(), wish.rows, wish.columns);
  ASSIGN_OR_RETURN(const std::vector<uint8_t> labels, ReadNumbers<uint8_t>(wish.labels, wish.rows));
  const std::vector<int32_t> clusters(labels.begin(), labels.end());
  const absl::Duration begun = ReadClock().steady;
  ASSIGN_OR_RETURN(const std::optional<double> silhouette, Silhouette(rows, clusters));
  const absl::Duration took = ReadClock().steady - begun;
  return Line{{"seconds", absl::ToDoubleSeconds(took)}, {"silhouette", silhouette.value_or(0)}};
}

absl::StatusOr<Line> RunCommand(const std::string& command, const Wish& wish) {
  ASSIGN_OR_RETURN(Line line, command == "prepare" ? Prepare(wish)
                              : command == "fit"   ? Fit(wish)
                                                   : MeasureDigits(wish));
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  line["peak_mib"] = usage.ru_maxrss / 1024;
  return line;
}

void AddOptions(CLI::App& app, Wish& wish) {
  CLI::App* const prepare = app.add_subcommand("prepare", "Writes MNIST's training rows after transforms");
  prepare->add_option("--data", wish.data, "Folder with MNIST's IDX files, gzip")->required();
  CLI::App* const fit = app.add_subcommand("fit", "Finds clusters or places of such rows");
  fit->add_option("--out", wish.out, "Clusters (int32) or places (float32) are written here")->required();
  fit->add_option("--seed", wish.seed, "Which random numbers");
  fit->add_option("--start", wish.start, "Clusters (int32) that a mixture begins with");
  CLI::App* const silhouette = app.add_subcommand("silhouette", "Measures the digits of such rows as clusters");
  for (CLI::App* const command : {prepare, fit}) {
    command->add_option("--spec", wish.spec, "Transforms or model, as in a study file's train { }")->required();
  }
  for (CLI::App* const command : {fit, silhouette}) {
    command->add_option("--rows", wish.rows, "How many rows, from the first")->required()->check(CLI::PositiveNumber);
    command->add_option("--columns", wish.columns, "Their features")->required()->check(CLI::PositiveNumber);
  }
  for (CLI::App* const command : {prepare, silhouette}) {
    command->add_option("--labels", wish.labels, "The rows' digits, a byte each")->required();
  }
  for (CLI::App* const command : {prepare, fit, silhouette}) {
    command->add_option("--features", wish.features, "The rows, as 32-bit floats")->required();
    command->add_option("--threads", wish.threads, "Threads to work with")->check(CLI::Range(1, 1024));
  }
  app.require_subcommand(1);
}

}  // namespace
}  // namespace parzen

int main(int argc, char** argv) {
  CLI::App app("Clusters and embeddings of MNIST; prints seconds, what they tell of themselves, and memory as JSON.");
  parzen::Wish wish;
  parzen::AddOptions(app, wish);
  CLI11_PARSE(app, argc, argv);

  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, wish.threads);
  absl::StatusOr<parzen::Line> line = absl::UnknownError("not run");
  tbb::task_arena(wish.threads).execute([&] { line = parzen::RunCommand(app.get_subcommands()[0]->get_name(), wish); });
  if (!line.ok()) {
    std::fprintf(stderr, "%s\n", line.status().ToString().c_str());
    return 1;
  }
  std::printf("%s\n", line->dump().c_str());
  return 0;
}
