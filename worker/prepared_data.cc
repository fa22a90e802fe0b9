#include "worker/prepared_data.h"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/log.h"
#include "base/oneof.h"
#include "base/status_macros.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "tbb/task_arena.h"
#include "worker/archive.h"
#include "worker/datasets/dataset_format.h"
#include "worker/finite_check.h"
#include "worker/prepared_sections.h"
#include "worker/prepared_store.h"
#include "worker/split.h"
#include "worker/task_files.h"
#include "worker/transforms/transform.h"

namespace parzen {
namespace {

using Prepared = absl::StatusOr<std::shared_ptr<const PreparedData>>;

LabelledRows CopyOfRows(const LabelledRows& all, const std::vector<int64_t>& rows) {
  LabelledRows copy;
  copy.features.resize(static_cast<Eigen::Index>(rows.size()), all.features.cols());
  copy.labels.reserve(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    copy.features.row(static_cast<Eigen::Index>(i)) = all.features.row(rows[i]);
    copy.labels.push_back(all.labels[static_cast<size_t>(rows[i])]);
    if (!all.targets.empty()) copy.targets.push_back(all.targets[static_cast<size_t>(rows[i])]);
  }
  return copy;
}

PreparedNotes NotesOf(const Dataset& dataset, int64_t features) {
  PreparedNotes notes;
  for (const std::string& name : dataset.class_names) notes.add_class_name(name);
  for (const Column& column : dataset.columns) {
    InputColumn& note = *notes.add_column();
    note.set_name(column.name);
    for (const std::string& value : column.values) note.add_value(value);
  }
  notes.set_input_features(features);
  notes.set_image_height(dataset.image_height);
  notes.set_image_width(dataset.image_width);
  return notes;
}

// Before the split, rows still have the numbers that they have in their file.
absl::Status CheckBeforeSplit(const TrainSpec& spec, const Dataset& dataset) {
  if (spec.transform_size() > 0 && spec.transform(0).has_impute()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckFinite(dataset.train.features, "training rows"));
  return CheckFinite(dataset.test.features, "test rows");
}

absl::StatusOr<RowSplit> Split(const TrainTask& task, const Dataset& dataset) {
  const SplitSpec& spec = task.spec().split();
  if (spec.folds() == 0) return SplitRows(dataset.train.labels, dataset.classes(), spec);
  return SplitFold(dataset.train.labels, dataset.classes(), spec, task.fold());
}

// Equal keys mean equal results of the first `transforms` transforms.
std::string CacheKey(const TrainTask& task, const LocatedDataset& located, int transforms) {
  const TrainSpec& spec = task.spec();
  TrainTask wish;
  wish.set_final(task.final());
  if (spec.split().folds() > 0 && !task.final()) wish.set_fold(task.fold());
  *wish.mutable_spec()->mutable_dataset() = located.by_content;
  for (int i = 0; i < transforms; ++i) *wish.mutable_spec()->add_transform() = spec.transform(i);
  *wish.mutable_spec()->mutable_split() = spec.split();
  if (LearnsFromAllRows(spec)) wish.mutable_spec()->mutable_split()->set_validation(0);  // which no other split is
  std::string key;
  google::protobuf::io::StringOutputStream stream(&key);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  wish.SerializePartialToCodedStream(&coded);
  coded.Trim();
  return absl::StrCat(kPreparedVersion, "/", key);
}

// Fits each transform on the rows to learn from, and notes its state. What fits find out is kept with what it depends
// on: the task's data after the transforms before. No transform but impute, and no model, gets to see a number that is
// none: rows of the files are checked before they are split (CheckBeforeSplit), what a transform makes of them here.
absl::Status ApplyTransforms(const TrainTask& task, const LocatedDataset& located, DiskCache* disk, const Stop& stop,
                             FeatureMatrix& learn, FeatureMatrix& measure, PreparedNotes& notes) {
  const TrainSpec& spec = task.spec();
  for (int i = 0; i < spec.transform_size(); ++i) {
    const TransformSpec& step = spec.transform(i);
    ASSIGN_OR_RETURN(const std::unique_ptr<Transform> transform, MakeTransform(step));
    const KeptResults kept(disk, absl::StrCat(CacheKey(task, located, i), "/fit"));
    RETURN_IF_ERROR(transform->Fit(learn, {kept, stop}));
    ArchiveWriter state;
    transform->Save(state);
    notes.add_transform(state.Take());
    RETURN_IF_ERROR(transform->Apply(learn));
    if (measure.rows() > 0) RETURN_IF_ERROR(transform->Apply(measure));
    const std::string after = absl::StrCat("after transform.", ChosenMember(step, "kind"));
    RETURN_IF_ERROR(CheckFinite(learn, absl::StrCat("training rows ", after)));
    RETURN_IF_ERROR(CheckFinite(measure, absl::StrCat("held-out rows ", after)));
  }
  return absl::OkStatus();
}

absl::Status Prepare(const TrainTask& task, const LocatedDataset& located, DiskCache* disk, const Stop& stop,
                     const SectionSink& sink) {
  const TrainSpec& spec = task.spec();
  for (const DatasetFile& file : located.files) RETURN_IF_ERROR(CheckDigest(file));
  ASSIGN_OR_RETURN(Dataset dataset, LoadDataset(located.by_path));
  RETURN_IF_ERROR(CheckBeforeSplit(spec, dataset));
  LabelledRows learn, measure;
  if (task.final()) {
    learn = std::move(dataset.train);
    measure = std::move(dataset.test);
  } else {
    dataset.test = LabelledRows();
    RowSplit split;
    if (!LearnsFromAllRows(spec)) {
      ASSIGN_OR_RETURN(split, Split(task, dataset));
    }
    learn = std::move(dataset.train);
    measure = CopyOfRows(learn, split.validation);
    if (!split.validation.empty()) KeepRows(learn, split.train);
  }
  PreparedNotes notes = NotesOf(dataset, learn.features.cols());
  RETURN_IF_ERROR(ApplyTransforms(task, located, disk, stop, learn.features, measure.features, notes));
  return GivePrepared(learn, measure, notes, sink);
}

// The bins of those rows, kept under that key. Where they cannot be kept at all, they are this process's own. They may
// be made for later trials than the one that asks: its stop does not count.
std::shared_ptr<const BinnedFeatures> GetBins(DiskCache* disk, const std::string& key, const FeatureRef& features) {
  const Stop never;
  const absl::StatusOr<SectionFile> file = GetOrMakeSections(
      disk, key, [&](const SectionSink& sink) { return GiveBins(BinnedFeatures(features), sink); }, never);
  absl::Status failure = file.status();
  if (file.ok()) {
    absl::StatusOr<std::shared_ptr<const BinnedFeatures>> bins = OpenBins(*file, features.rows(), features.cols());
    if (bins.ok()) return *std::move(bins);
    failure = bins.status();
  }
  spdlog::warn("bins are not shared: {}", std::string(failure.message()));
  return std::make_shared<const BinnedFeatures>(features);
}

// What was made of files whose digests are known, or of none, is the same in every process.
bool MayBeKept(const LocatedDataset& located) {
  return std::none_of(located.files.begin(), located.files.end(),
                      [](const DatasetFile& file) { return file.sha256().empty(); });
}

Prepared GetPrepared(DiskCache* disk, const std::string& key, const TrainTask& task, const LocatedDataset& located,
                     const Stop& stop) {
  if (!MayBeKept(located)) disk = nullptr;
  const SectionMaker make = [&](const SectionSink& sink) { return Prepare(task, located, disk, stop, sink); };
  ASSIGN_OR_RETURN(const SectionFile file, GetOrMakeSections(disk, key, make, stop));
  return OpenPrepared(
      file, [disk, key](const FeatureRef& features) { return GetBins(disk, absl::StrCat(key, "/bins"), features); },
      std::make_shared<const KeptResults>(disk, key));
}

// While the calling thread waits for TBB inside, it must take no other task of its arena: that task might wait for this
// very result.
Prepared GetIsolated(DiskCache* disk, const std::string& key, const TrainTask& task, const LocatedDataset& located,
                     const Stop& stop) {
  try {
    return tbb::this_task_arena::isolate([&] { return GetPrepared(disk, key, task, located, stop); });
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("no memory to prepare the dataset");
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("preparing the dataset: ", error.what()));
  }
}

}  // namespace

TrainingRows::TrainingRows(LabelledRows rows, int classes)
    : TrainingRows(std::make_shared<const LabelledRows>(std::move(rows)), classes) {}

TrainingRows::TrainingRows(std::shared_ptr<const LabelledRows> rows, int classes)
    : TrainingRows(LabelledView(*rows), classes, rows,
                   [](const FeatureRef& features) { return std::make_shared<const BinnedFeatures>(features); }) {}

TrainingRows::TrainingRows(const LabelledView& rows, int classes, std::shared_ptr<const void> storage,
                           MakeBins make_bins)
    : storage_(std::move(storage)), rows_(rows), classes_(classes), make_bins_(std::move(make_bins)) {}

const BinnedFeatures& TrainingRows::binned() const {
  std::call_once(binned_once_,
                 [this] { tbb::this_task_arena::isolate([this] { binned_ = make_bins_(rows_.features); }); });
  return *binned_;
}

struct DataCache::Entry {
  absl::Notification done;
  Prepared result = absl::InternalError("not prepared yet");  // read-only once `done`
  int64_t last_use = 0;                                       // guarded by the cache's mutex_
};

absl::StatusOr<std::shared_ptr<const PreparedData>> DataCache::GetUntransformed(const TrainTask& task,
                                                                                const Stop& stop) {
  TrainTask raw = task;
  raw.mutable_spec()->clear_transform();
  return Get(raw, stop);
}

absl::StatusOr<std::shared_ptr<const PreparedData>> DataCache::Get(const TrainTask& task, const Stop& stop) {
  ASSIGN_OR_RETURN(const LocatedDataset located, LocateDataset(task));
  const std::string key = CacheKey(task, located, task.spec().transform_size());
  std::shared_ptr<Entry> entry;
  bool is_mine = false;
  {
    absl::MutexLock lock(&mutex_);
    std::shared_ptr<Entry>& found = entries_[key];
    is_mine = found == nullptr;
    if (is_mine) found = std::make_shared<Entry>();
    entry = found;
    entry->last_use = ++uses_;
    if (is_mine) EvictOldest();  // before the new data needs room
  }
  if (!is_mine) {
    entry->done.WaitForNotification();
    return entry->result;
  }
  entry->result = GetIsolated(disk_, key, task, located, stop);
  absl::MutexLock lock(&mutex_);
  if (!entry->result.ok()) entries_.erase(key);
  entry->done.Notify();
  EvictOldest();
  return entry->result;
}

void DataCache::EvictOldest() {
  while (entries_.size() > capacity_) {
    auto oldest = entries_.end();
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      if (!it->second->done.HasBeenNotified()) continue;
      if (oldest == entries_.end() || it->second->last_use < oldest->second->last_use) oldest = it;
    }
    if (oldest == entries_.end()) return;
    entries_.erase(oldest);
  }
}

}  // namespace parzen
