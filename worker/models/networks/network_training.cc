#include "worker/models/networks/network_training.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "worker/archive.h"
#include "worker/models/networks/augmentation.h"
#include "worker/models/networks/learning_rate.h"
#include "worker/models/networks/optimizer.h"

namespace parzen {
namespace {

// An epoch's loss that is so many times that of the weights it began with is no setback.
constexpr double kDivergedLoss = 1000;

// What the streams of an epoch are for.
enum Purpose : uint64_t { kOrder, kImages, kDropped };

RandomStream StreamOfEpoch(const RandomStream& training, int64_t epoch) {
  return training.Fork(static_cast<uint64_t>(epoch));
}

absl::Status Stopped() { return absl::CancelledError("training was asked to stop"); }

// Rows of the batch, one behind the other, and their targets.
class Gathered {
 public:
  Gathered(const Shape& shape, int64_t rows) : shape_(shape), features_(static_cast<size_t>(rows * shape.values())) {}

  // `change`: what the images of these rows become, or null.
  void Take(const NetworkRows& rows, absl::Span<const int64_t> which, const Augmentation* change,
            const RandomStream& stream) {
    labels_.resize(which.size());
    numbers_.resize(rows.targets.numbers.empty() ? 0 : which.size());
    tbb::parallel_for(size_t{0}, which.size(), [&](size_t i) {
      const int64_t row = which[i];
      const float* const from = rows.features.data() + row * rows.features.outerStride();
      float* const to = features_.data() + static_cast<int64_t>(i) * shape_.values();
      if (change != nullptr) {
        Augment(*change, shape_, stream.Fork(static_cast<uint64_t>(row)), from, to);
      } else {
        std::copy_n(from, shape_.values(), to);
      }
      if (!rows.targets.labels.empty()) labels_[i] = rows.targets.labels[static_cast<size_t>(row)];
      if (!numbers_.empty()) numbers_[i] = rows.targets.numbers[static_cast<size_t>(row)];
    });
  }
  const float* features() const { return features_.data(); }
  Targets targets() const { return {labels_, numbers_}; }

 private:
  const Shape shape_;
  std::vector<float> features_;
  std::vector<int32_t> labels_;
  std::vector<float> numbers_;
};

class NetworkTrainer {
 public:
  NetworkTrainer(const TrainingPlan& plan, const NetworkRows& rows, const TrainingWatch& watch, Network& network)
      : plan_(plan),
        options_(plan.options),
        rows_(rows),
        watch_(watch),
        network_(network),
        batch_rows_(std::min<int64_t>(options_.batch_size(), static_cast<int64_t>(rows.which.size()))),
        steps_per_epoch_((static_cast<int64_t>(rows.which.size()) + batch_rows_ - 1) / batch_rows_),
        optimizer_(options_, network.weights().size()),
        gathered_(network.input(), batch_rows_) {}

  absl::StatusOr<TrainingHistory> Run() {
    if (!watch_.checkpoint.empty()) RETURN_IF_ERROR(Load(watch_.checkpoint));
    for (int64_t epoch = Done() + 1; epoch <= options_.epochs() && !IsOver(epoch - 1); ++epoch) {
      RETURN_IF_ERROR(Learn(epoch));
      history_.epochs.push_back(now_);
      if (!options_.has_early_stopping() || watch_.held_out == nullptr) history_.best_epoch = epoch;
      if (watch_.held_out != nullptr) RETURN_IF_ERROR(Measure(epoch));
    }
    if (best_.has_value()) network_.SetState(*best_);
    return std::move(history_);
  }

 private:
  absl::Status Learn(int64_t epoch) {
    const absl::Duration start = ReadClock().steady;
    const RandomStream stream = StreamOfEpoch(plan_.stream, epoch);
    const std::vector<int64_t> order = OrderOfEpoch(plan_.stream, epoch, rows_.which);
    const Floats before(network_.weights().begin(), network_.weights().end());
    double loss = 0;
    int64_t right = 0;
    for (int64_t step = 0; step < steps_per_epoch_; ++step) {
      if (watch_.stop.Stopped()) return Stopped();
      const absl::Span<const int64_t> batch = absl::MakeConstSpan(order).subspan(step * batch_rows_, batch_rows_);
      RETURN_IF_ERROR(Step(batch, stream, (epoch - 1) * steps_per_epoch_ + step, loss, right));
    }
    const auto rows = static_cast<double>(order.size());
    now_ = EpochMetrics();
    now_.set_loss(loss / rows);
    if (plan_.classes > 0) now_.set_accuracy(static_cast<double>(right) / rows);
    now_.set_weight_change(Change(before));
    if (!std::isfinite(now_.weight_change())) {
      return Diverged(absl::StrCat("in epoch ", epoch, " weights became no numbers"));
    }
    // A network that has not learned anything yet is better by far.
    if (now_.loss() > kDivergedLoss * std::max(first_loss_, 1.0)) {
      return Diverged(absl::StrCat("in epoch ", epoch, " the loss is ", now_.loss(), ", and was ", first_loss_,
                                   " before the first step"));
    }
    now_.set_seconds(absl::ToDoubleSeconds(ReadClock().steady - start));
    return absl::OkStatus();
  }

  // One batch: forwards, backwards, and a step. Adds to the sums of the epoch.
  absl::Status Step(absl::Span<const int64_t> batch, const RandomStream& stream, int64_t step, double& loss,
                    int64_t& right) {
    const auto count = static_cast<int64_t>(batch.size());
    const Augmentation* const change = Augments(options_.augmentation()) ? &options_.augmentation() : nullptr;
    gathered_.Take(rows_, batch, change, stream.Fork(kImages));
    const RandomStream dropped = stream.Fork(kDropped).Fork(static_cast<uint64_t>(step));
    const Batch outputs = network_.Forward(gathered_.features(), count, {true, dropped});
    const float factor = options_.sum_over_batch() ? 1 : 1 / static_cast<float>(count);
    const double value = plan_.loss.Gradient(outputs, gathered_.targets(), factor, network_.output_gradient());
    if (!std::isfinite(value)) return Diverged(absl::StrCat("in step ", step + 1, " the loss is ", value));
    if (step == 0) first_loss_ = value / static_cast<double>(count);
    loss += value;
    right += plan_.loss.CountRight(outputs, gathered_.targets());
    network_.Backward();
    optimizer_.Step(LearningRate(options_, step, steps_per_epoch_), network_.weights(), network_.gradients());
    return absl::OkStatus();
  }

  absl::Status Diverged(const std::string& how) const {
    return absl::InvalidArgumentError(absl::StrCat("training diverged: ", how, "; a learning_rate below ",
                                                   options_.learning_rate(), ", or clip_norm, may help"));
  }

  absl::Status Measure(int64_t epoch) {
    const NetworkMeasure measure = MeasureNetwork(plan_.loss, *watch_.held_out, true, plan_.classes, network_);
    if (!std::isfinite(measure.loss)) {
      return absl::InvalidArgumentError(
          absl::StrCat("training diverged: after epoch ", epoch, " the validation loss is ", measure.loss));
    }
    EpochMetrics& metrics = history_.epochs.back();
    metrics.set_validation_loss(measure.loss);
    if (plan_.classes > 0) metrics.set_validation_accuracy(measure.accuracy);
    Compare(epoch, measure.loss);
    if (!watch_.report || watch_.report(epoch, measure.predictions)) return absl::OkStatus();
    if (watch_.pause.asked()) {
      if (epoch == options_.epochs() || IsOver(epoch)) return absl::OkStatus();  // there is nothing to go on with
      watch_.pause.save(Checkpoint());
    }
    return absl::CancelledError(absl::StrCat("training was ended after epoch ", epoch));
  }

  int64_t Done() const { return static_cast<int64_t>(history_.epochs.size()); }

  // All that later epochs depend on: their streams are named by their numbers.
  std::string Checkpoint() const {
    ArchiveWriter state;
    Save(network_.State(), state);
    optimizer_.Save(state);
    TrainMetrics told;
    for (const EpochMetrics& epoch : history_.epochs) *told.add_epoch() = epoch;
    const std::string epochs = told.SerializeAsString();
    state.Array(std::vector<char>(epochs.begin(), epochs.end()));
    state.Number(history_.best_epoch);
    state.Number(best_loss_);
    state.Number(first_loss_);
    state.Number(best_.has_value());
    if (best_.has_value()) Save(*best_, state);
    return state.Take();
  }

  absl::Status Load(absl::string_view checkpoint) {
    ArchiveReader state(checkpoint);
    const NetworkState fresh = network_.State();
    NetworkState last = fresh;
    Load(fresh, state, last);
    optimizer_.Load(state);
    std::vector<char> epochs;
    state.Array(epochs);
    TrainMetrics told;
    if (!told.ParseFromArray(epochs.data(), static_cast<int>(epochs.size()))) state.Fail();
    history_.epochs.assign(told.epoch().begin(), told.epoch().end());
    state.Number(history_.best_epoch);
    state.Number(best_loss_);
    state.Number(first_loss_);
    bool has_best = false;
    state.Number(has_best);
    if (has_best) Load(fresh, state, best_.emplace());
    if (const absl::Status status = state.Finish(); !status.ok()) {
      return absl::DataLossError("cannot go on from the trial's checkpoint: it is not of such a network");
    }
    network_.SetState(last);
    return absl::OkStatus();
  }

  static void Save(const NetworkState& from, ArchiveWriter& state) {
    state.Array(from.weights);
    state.Array(from.memory);
  }
  // `like`: one of the size that it has to have.
  static void Load(const NetworkState& like, ArchiveReader& state, NetworkState& to) {
    state.Array(to.weights);
    state.Array(to.memory);
    if (to.weights.size() != like.weights.size() || to.memory.size() != like.memory.size()) state.Fail();
  }

  void Compare(int64_t epoch, double loss) {
    if (!options_.has_early_stopping() || loss >= best_loss_ - options_.early_stopping().min_delta()) return;
    best_loss_ = loss;
    history_.best_epoch = epoch;
    best_ = network_.State();
  }
  bool IsOver(int64_t epoch) const {
    return options_.has_early_stopping() && epoch - history_.best_epoch >= options_.early_stopping().patience();
  }

  double Change(const Floats& before) const {
    Floats change(before.size());
    for (size_t i = 0; i < before.size(); ++i) change[i] = network_.weights()[i] - before[i];
    return Norm(change);
  }

  const TrainingPlan& plan_;
  const Training& options_;
  const NetworkRows& rows_;
  const TrainingWatch& watch_;
  Network& network_;
  const int64_t batch_rows_;
  const int64_t steps_per_epoch_;
  Optimizer optimizer_;
  Gathered gathered_;
  EpochMetrics now_;
  TrainingHistory history_;
  double best_loss_ = std::numeric_limits<double>::infinity();
  double first_loss_ = 0;  // of a row of the first batch, before the first step
  std::optional<NetworkState> best_;
};

}  // namespace

std::vector<int64_t> OrderOfEpoch(const RandomStream& training, int64_t epoch, std::vector<int64_t> rows) {
  StreamOfEpoch(training, epoch).Fork(kOrder).Shuffle(rows);
  return rows;
}

NetworkMeasure MeasureNetwork(const Loss& loss, const NetworkRows& rows, bool has_targets, int classes,
                              Network& network) {
  const auto all = static_cast<int64_t>(rows.which.size());
  NetworkMeasure measure;
  measure.predictions.resize(all, std::max(classes, 1));
  Gathered gathered(network.input(), std::min(network.rows(), all));
  const RandomStream unused(0, 0, "");
  double sum = 0;
  int64_t right = 0;
  for (int64_t first = 0; first < all; first += network.rows()) {
    const int64_t count = std::min(network.rows(), all - first);
    gathered.Take(rows, absl::MakeConstSpan(rows.which).subspan(first, count), nullptr, unused);
    const Batch outputs = network.Forward(gathered.features(), count, {false, unused});
    loss.Predict(outputs, measure.predictions.middleRows(first, count));
    if (!has_targets) continue;
    sum += loss.Value(outputs, gathered.targets());
    right += loss.CountRight(outputs, gathered.targets());
  }
  measure.loss = all == 0 ? 0 : sum / static_cast<double>(all);
  measure.accuracy = all == 0 ? 0 : static_cast<double>(right) / static_cast<double>(all);
  return measure;
}

absl::StatusOr<TrainingHistory> TrainNetwork(const TrainingPlan& plan, const NetworkRows& rows,
                                             const TrainingWatch& watch, Network& network) {
  return NetworkTrainer(plan, rows, watch, network).Run();
}

}  // namespace parzen
