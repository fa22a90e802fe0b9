// k nearest neighbours: learns nothing but the training rows, and finds those near a row when it is asked about it.
#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tbb/task_arena.h"
#include "worker/finite_check.h"
#include "worker/linear/product_tiles.h"
#include "worker/models/model.h"
#include "worker/models/neighbors/neighbor_search.h"
#include "worker/models/neighbors/voting.h"

namespace parzen {
namespace {

constexpr int64_t kMostRows = int64_t{1} << 31;
constexpr int32_t kMostNeighbors = 1000000;
// Neighbours of a row that are kept at least; of all rows together, 12 bytes each.
constexpr int64_t kLeastKeptLength = 128;
constexpr int64_t kMostKept = int64_t{1} << 26;
// To look among the training rows for the neighbours of each of them would take several times as long as the trial.
constexpr int64_t kLearnedRows = 1000;

class NearestNeighborsModel : public Model {
 public:
  explicit NearestNeighborsModel(const NearestNeighbors& options) : options_(options) {}

  absl::Status Fit(const TrainingRows& rows, FitContext& context) override {
    if (rows.classes() == 0) {
      return absl::InvalidArgumentError("nearest_neighbors predicts classes, and the dataset has numbers to predict");
    }
    if (rows.rows() == 0 || rows.features().cols() == 0 || rows.rows() >= kMostRows) {
      return absl::InvalidArgumentError(
          absl::StrCat("nearest_neighbors needs at least one row and one feature, and "
                       "fewer than ",
                       kMostRows, " rows; got ", rows.rows(), " rows of ", rows.features().cols(), " features"));
    }
    // Both together take no longer than the time between two questions.
    if (context.stop_requested()) return absl::CancelledError("training was asked to stop");
    RETURN_IF_ERROR(CheckFinite(rows.features(), "training rows"));
    if (context.stop_requested()) return absl::CancelledError("training was asked to stop");
    storage_ = rows.storage();
    labels_.assign(rows.labels().begin(), rows.labels().end());
    train_.emplace(rows.features());
    classes_ = rows.classes();
    return absl::OkStatus();
  }

  FeatureMatrix Predict(const FeatureRef& rows) const override {
    return *Search(rows, [] { return false; });
  }

  absl::StatusOr<FeatureMatrix> PredictMeasured(const MeasuredRows& rows) const override {
    const int64_t length = KeptLength();
    if (rows.features.rows() * length > kMostKept) return Search(rows.features, rows.stop_requested);
    const std::string name =
        absl::StrCat("neighbors/", NearestNeighbors::Metric_Name(options_.metric()), "/", length, "/", rows.name);
    const SectionMaker make = [&](const SectionSink& sink) -> absl::Status {
      ASSIGN_OR_RETURN(const NeighborLists lists, search().Find(rows.features, length, rows.stop_requested));
      return GiveLists(lists.view(), sink);
    };
    ASSIGN_OR_RETURN(const SectionFile file, rows.kept.GetOrMake(name, make, rows.stop));
    const absl::StatusOr<NeighborListsView> lists = OpenLists(file, rows.features.rows(), train_->rows());
    if (!lists.ok()) return Search(rows.features, rows.stop_requested);
    return Shares(*lists);
  }

  int64_t LearnedRowsMeasured() const override { return kLearnedRows; }

  void Save(ArchiveWriter& state) const override {
    state.Matrix(*train_);
    state.Array(labels_);
  }

  absl::Status Load(ArchiveReader& state, int64_t features, int classes) override {
    const auto rows = std::make_shared<FeatureMatrix>();
    state.Matrix(*rows);
    state.Array(labels_);
    RETURN_IF_ERROR(state.Finish());
    const auto no_class = [classes](int32_t label) { return label < 0 || label >= classes; };
    if (rows->rows() == 0 || rows->cols() == 0 || rows->cols() != features || rows->rows() >= kMostRows ||
        static_cast<int64_t>(labels_.size()) != rows->rows() || !CheckFinite(*rows, "rows").ok() ||
        std::any_of(labels_.begin(), labels_.end(), no_class)) {
      return absl::DataLossError("these are not rows that neighbours could be found among");
    }
    storage_ = rows;
    train_.emplace(*rows);
    classes_ = classes;
    return absl::OkStatus();
  }

 private:
  // Made when it is first needed: where neighbours are kept, it is not.
  const NeighborSearch& search() const {
    std::call_once(search_once_,
                   [this] { tbb::this_task_arena::isolate([this] { search_.emplace(options_.metric(), *train_); }); });
    return *search_;
  }

  // So many neighbours are kept that other trials find theirs among them.
  int64_t KeptLength() const {
    int64_t length = kLeastKeptLength;
    while (length < options_.neighbors()) length *= 2;
    return std::min<int64_t>(length, train_->rows());
  }

  // Piece by piece, so that long lists need not all be there at once.
  absl::StatusOr<FeatureMatrix> Search(const FeatureRef& rows, const std::function<bool()>& stop) const {
    const int64_t length = std::min<int64_t>(options_.neighbors(), train_->rows());
    const int64_t at_a_time = std::max(kTileRowsOfA, kMostKept / length / kTileRowsOfA * kTileRowsOfA);
    FeatureMatrix shares(rows.rows(), classes_);
    for (int64_t first = 0; first < rows.rows(); first += at_a_time) {
      const int64_t count = std::min(at_a_time, rows.rows() - first);
      ASSIGN_OR_RETURN(const NeighborLists lists, search().Find(rows.middleRows(first, count), length, stop));
      shares.middleRows(first, count) = Shares(lists.view());
    }
    return shares;
  }

  FeatureMatrix Shares(const NeighborListsView& lists) const {
    return SharesOfVotes(lists, options_.neighbors(), options_.weights(), labels_, classes_);
  }

  const NearestNeighbors options_;
  std::shared_ptr<const void> storage_;  // of the training rows
  std::vector<int32_t> labels_;
  int classes_ = 0;
  std::optional<FeatureRef> train_;  // once fitted
  mutable std::once_flag search_once_;
  mutable std::optional<NeighborSearch> search_;
};

absl::StatusOr<std::unique_ptr<Model>> MakeNearestNeighbors(const TrainSpec& spec) {
  const NearestNeighbors& options = spec.nearest_neighbors();
  if (options.neighbors() < 1 || options.neighbors() > kMostNeighbors) {
    return absl::InvalidArgumentError(
        absl::StrCat("nearest_neighbors.neighbors: ", options.neighbors(), " is not between 1 and ", kMostNeighbors));
  }
  return std::make_unique<NearestNeighborsModel>(options);
}

const bool registered = Registry<ModelFactory>::Global().Add("nearest_neighbors", &MakeNearestNeighbors);

}  // namespace
}  // namespace parzen
