#include "worker/models/networks/network_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "worker/finite_check.h"
#include "worker/models/networks/augmentation.h"
#include "worker/models/networks/initialize.h"
#include "worker/models/networks/network_training.h"

namespace parzen {
namespace {

// Rows of a pass that does not learn, at least.
constexpr int64_t kRowsPerPass = 128;
constexpr int64_t kMostEpochsTold = 10000;

std::vector<int64_t> AllRows(int64_t count) {
  std::vector<int64_t> rows(static_cast<size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

// Numbers to predict, brought to mean 0 and variance 1.
struct TargetScale {
  double mean = 0;
  double deviation = 1;

  static TargetScale Of(absl::Span<const float> numbers) {
    TargetScale scale;
    const auto count = static_cast<double>(std::max<size_t>(numbers.size(), 1));
    scale.mean = std::accumulate(numbers.begin(), numbers.end(), 0.) / count;
    double squares = 0;
    for (const float number : numbers) squares += (number - scale.mean) * (number - scale.mean);
    if (squares > 0) scale.deviation = std::sqrt(squares / count);
    return scale;
  }
  std::vector<float> Scaled(absl::Span<const float> numbers) const {
    std::vector<float> scaled;
    for (const float number : numbers) scaled.push_back(static_cast<float>((number - mean) / deviation));
    return scaled;
  }
  FeatureMatrix Back(const FeatureMatrix& predictions) const {
    return (predictions.cast<double>().array() * deviation + mean).cast<float>();
  }
};

class NetworkModel : public Model {
 public:
  explicit NetworkModel(NetworkDesign design) : design_(std::move(design)) {}

  absl::Status Fit(const TrainingRows& rows, FitContext& context) override {
    RETURN_IF_ERROR(CheckRows(rows));
    classes_ = rows.classes();
    scale_ = TargetScale::Of(rows.targets());
    ASSIGN_OR_RETURN(shape_, design_.shape(rows.features().cols(), context.image));
    if (shape_.pixels() == 1 && Augments(design_.training.augmentation())) {
      return absl::InvalidArgumentError(
          absl::StrCat(design_.name, ".training.augmentation: it changes images, and rows are none"));
    }
    ASSIGN_OR_RETURN(Loss loss, MakeLoss());
    if (!design_.weights.AreEqual()) {
      if (classes_ == 0) {
        return absl::InvalidArgumentError(
            absl::StrCat(design_.name, ".class_weight, weight_of: a regression has no classes; leave them out"));
      }
      ASSIGN_OR_RETURN(std::vector<double> weights, WeightsOfClasses(design_.weights, rows, context.class_names));
      loss.SetClassWeights(std::move(weights));
    }
    const int64_t batch_rows = std::min<int64_t>(design_.training.batch_size(), rows.rows());
    ASSIGN_OR_RETURN(Network network, MakeNetwork(loss, std::max(kRowsPerPass, batch_rows)));
    InitializeWeights(design_.training, StreamFor(NetworkStream::kWeights, context.stream), network);
    ASSIGN_OR_RETURN(history_, Train(rows, loss, context, network));
    CountParameters(network);
    state_ = network.State();
    return absl::OkStatus();
  }

  FeatureMatrix Predict(const FeatureRef& rows) const override {
    const Loss loss = *MakeLoss();
    Network network = *MakeNetwork(loss, kRowsPerPass);
    network.SetState(state_);
    const FeatureMatrix predictions =
        MeasureNetwork(loss, {rows, {}, AllRows(rows.rows())}, false, classes_, network).predictions;
    return classes_ == 0 ? scale_.Back(predictions) : predictions;
  }

  std::optional<FeatureMatrix> Represent(const FeatureRef& rows) const override {
    const Loss loss = *MakeLoss();
    Network network = *MakeNetwork(loss, kRowsPerPass);
    network.SetState(state_);
    const RandomStream unused(0, 0, "");
    FeatureMatrix represented;
    const FeatureMatrix packed = rows;  // rows one behind the other
    for (int64_t first = 0; first < rows.rows(); first += kRowsPerPass) {
      const int64_t count = std::min<int64_t>(kRowsPerPass, rows.rows() - first);
      network.Forward(packed.row(first).data(), count, {false, unused});
      const Batch inputs = network.last_input();
      const Shape& shape = inputs.shape;
      if (first == 0) represented.resize(rows.rows(), shape.values());
      for (int64_t row = 0; row < count; ++row) {
        float* to = represented.row(first + row).data();
        for (int64_t pixel = 0; pixel < shape.pixels(); ++pixel, to += shape.channels) {
          std::copy_n(inputs.row(row) + pixel * shape.pixel_stride, shape.channels, to);
        }
      }
    }
    return represented;
  }

  void Save(ArchiveWriter& state) const override {
    for (const int64_t size : {shape_.height, shape_.width, shape_.channels}) state.Number(size);
    state.Number(scale_.mean);
    state.Number(scale_.deviation);
    state.Array(state_.weights);
    state.Array(state_.memory);
  }

  absl::Status Load(ArchiveReader& state, int64_t features, int classes) override {
    constexpr int64_t kMostPixels = 4096, kMostFeatures = int64_t{1} << 29;
    int64_t height = 0, width = 0, channels = 0;
    state.Number(height);
    state.Number(width);
    state.Number(channels);
    state.Number(scale_.mean);
    state.Number(scale_.deviation);
    state.Array(state_.weights);
    state.Array(state_.memory);
    RETURN_IF_ERROR(state.Finish());
    const auto is_size = [](int64_t size, int64_t most) { return size >= 1 && size <= most; };
    const absl::Status other = absl::DataLossError("these are not the weights of such a network");
    if (!is_size(height, kMostPixels) || !is_size(width, kMostPixels) || !is_size(channels, kMostFeatures))
      return other;
    if (height * width * channels != features) return other;
    shape_ = PackedShape(height, width, channels);
    classes_ = classes;
    const absl::StatusOr<Loss> loss = MakeLoss();
    if (!loss.ok()) return other;
    const absl::StatusOr<Layers> layers = design_.plan({shape_, loss->outputs(), kRowsPerPass});
    if (!layers.ok()) return other;
    int64_t memory = 0, weights = 0;
    for (const std::unique_ptr<Layer>& layer : *layers) {
      memory += static_cast<int64_t>(layer->memory().size());
      weights += layer->weights();
    }
    const bool fits =
        weights == static_cast<int64_t>(state_.weights.size()) && memory == static_cast<int64_t>(state_.memory.size());
    return fits ? absl::OkStatus() : other;
  }

  void Describe(TrainMetrics& metrics) const override {
    metrics.set_parameters(static_cast<double>(parameters_));
    metrics.set_bias_parameters(static_cast<double>(biases_));
    metrics.set_epochs(static_cast<double>(history_.epochs.size()));
    metrics.set_best_epoch(static_cast<double>(history_.best_epoch));
    // A message of thousands of epochs would be too large: of more, evenly chosen ones.
    const auto all = static_cast<int64_t>(history_.epochs.size()), told = std::min(all, kMostEpochsTold);
    for (int64_t i = 1; i <= told; ++i) {
      EpochMetrics epoch = history_.epochs[static_cast<size_t>(all * i / told - 1)];
      // Losses of a regression are those of scaled targets.
      const double unit = classes_ == 0 ? scale_.deviation * scale_.deviation : 1;
      epoch.set_loss(epoch.loss() * unit);
      if (epoch.has_validation_loss()) epoch.set_validation_loss(epoch.validation_loss() * unit);
      *metrics.add_epoch() = epoch;
    }
  }

 private:
  absl::Status CheckRows(const TrainingRows& rows) const {
    if (rows.rows() > 0 && rows.features().cols() > 0) return CheckFinite(rows.features(), "training rows");
    return absl::InvalidArgumentError(absl::StrCat(design_.name, " needs at least one row and one feature; got ",
                                                   rows.rows(), " rows of ", rows.features().cols(), " features"));
  }

  absl::StatusOr<Loss> MakeLoss() const {
    absl::StatusOr<Loss> loss = Loss::Make(design_.training.loss(), classes_);
    if (loss.ok()) return loss;
    return absl::InvalidArgumentError(absl::StrCat(design_.name, ".training.", loss.status().message()));
  }

  absl::StatusOr<Network> MakeNetwork(const Loss& loss, int64_t rows) const {
    ASSIGN_OR_RETURN(Layers layers, design_.plan({shape_, loss.outputs(), rows}));
    return absl::StatusOr<Network>(absl::in_place, std::move(layers), rows);
  }

  absl::StatusOr<TrainingHistory> Train(const TrainingRows& rows, const Loss& loss, FitContext& context,
                                        Network& network) const {
    const std::vector<float> numbers = scale_.Scaled(rows.targets());
    NetworkRows learned{rows.features(), {rows.labels(), numbers}, AllRows(rows.rows())};
    StopCheck stop(context.stop_requested);
    TrainingWatch watch{stop, nullptr, {}, context.pause, context.checkpoint};
    std::optional<NetworkRows> held_out;
    std::vector<float> held_out_numbers;
    if (context.held_out != nullptr && context.held_out->rows() > 0) {
      held_out_numbers = scale_.Scaled(context.held_out->targets);
      held_out.emplace(NetworkRows{
          context.held_out->features, {context.held_out->labels, held_out_numbers}, AllRows(context.held_out->rows())});
    } else if (design_.training.has_early_stopping()) {
      held_out.emplace(HoldOut(StreamFor(NetworkStream::kHeldOut, context.stream), learned));
    }
    if (held_out.has_value()) watch.held_out = &*held_out;
    if (context.watch != nullptr) {
      watch.report = [&](int64_t epoch, const FeatureMatrix& predictions) {
        return context.watch->report(epoch, classes_ == 0 ? scale_.Back(predictions) : predictions);
      };
    }
    Training options = design_.training;
    if (classes_ == 0 && options.has_early_stopping()) {
      EarlyStopping& early = *options.mutable_early_stopping();
      early.set_min_delta(early.min_delta() / (scale_.deviation * scale_.deviation));
    }
    return TrainNetwork({options, loss, classes_, StreamFor(NetworkStream::kTraining, context.stream)}, learned, watch,
                        network);
  }

  // Takes some rows away from those that are learned from, by chance; at least one stays on either side, if there are
  // two.
  NetworkRows HoldOut(RandomStream stream, NetworkRows& learned) const {
    const auto all = static_cast<int64_t>(learned.which.size());
    const auto wanted = std::llround(static_cast<double>(all) * design_.training.early_stopping().final_share());
    stream.Shuffle(learned.which);
    const auto first =
        learned.which.begin() + std::min(std::max<int64_t>(all - wanted, 1), std::max<int64_t>(all - 1, 1));
    NetworkRows held_out{learned.features, learned.targets, {first, learned.which.end()}};
    learned.which.erase(first, learned.which.end());
    std::sort(learned.which.begin(), learned.which.end());
    return held_out;
  }

  void CountParameters(const Network& network) {
    network.ForEachWeight([&](const Weight& weight) {
      ++parameters_;
      biases_ += weight.is_bias ? 1 : 0;
    });
  }

  const NetworkDesign design_;
  int classes_ = 0;
  Shape shape_;
  TargetScale scale_;
  NetworkState state_;
  TrainingHistory history_;
  int64_t parameters_ = 0;
  int64_t biases_ = 0;
};

}  // namespace

std::unique_ptr<Model> MakeNetworkModel(NetworkDesign design) {
  return std::make_unique<NetworkModel>(std::move(design));
}

}  // namespace parzen
