// What a model learns from: the right rows, transformed the right way, made once.
#include "worker/prepared_data.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tbb/parallel_for.h"
#include "tests/worker/data_folder.h"

namespace parzen {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

using Prepared = std::shared_ptr<const PreparedData>;

class PreparedDataTest : public testing::Test {
 protected:
  // Ten rows whose only feature is ten times their number, the first five of class a; and two test rows.
  PreparedDataTest() {
    folder_.Write("train.csv", kTrain);
    folder_.Write("test.csv", "label,x\nb,100\na,110\n");
  }

  // Learns from the table, by paths.
  TrainTask TableTask(double validation = .2) {
    TrainTask task;
    task.mutable_spec()->mutable_dataset()->mutable_csv()->set_file(folder_.Path("train.csv"));
    task.mutable_spec()->mutable_dataset()->mutable_csv()->set_test_file(folder_.Path("test.csv"));
    task.mutable_spec()->mutable_split()->set_validation(validation);
    return task;
  }
  // Learns from the table, by names and digests.
  TrainTask NamedTask(absl::string_view train_digest) {
    TrainTask task = TableTask();
    task.mutable_spec()->mutable_dataset()->mutable_csv()->set_file("training rows");
    task.mutable_spec()->mutable_dataset()->mutable_csv()->clear_test_file();
    DatasetFile& file = *task.add_files();
    file.set_name("training rows");
    file.set_path(folder_.Path("train.csv"));
    file.set_sha256(std::string(train_digest));
    return task;
  }
  Prepared Get(const TrainTask& task) {
    auto prepared = cache_.Get(task);
    EXPECT_TRUE(prepared.ok()) << prepared.status();
    return prepared.ok() ? *prepared : nullptr;
  }
  std::string Error(const TrainTask& task) { return cache_.Get(task).status().ToString(); }

  // A cache on disk, in a folder of its own.
  std::unique_ptr<DiskCache> Disk() { return *DiskCache::Open(folder_.Path("cache"), int64_t{1} << 30); }

  static constexpr char kTrain[] = "label,x\na,0\na,10\na,20\na,30\na,40\nb,50\nb,60\nb,70\nb,80\nb,90\n";
  static constexpr char kTrainDigest[] = "921d6a3321d52a8996b7d01c577fdff8fb6aa2e6446e8ea6b370efdbdabb7478";
  DataFolder folder_;
  DataCache cache_{2};
};

std::vector<float> Values(const FeatureRef& features) {
  return std::vector<float>(features.data(), features.data() + features.size());
}

TEST_F(PreparedDataTest, MissingValuesGoToImputeAlone) {
  folder_.Write("train.csv", "label,x,y\na,1,2\na,2,\na,3,4\nb,4,5\nb,5,6\nb,6,7\n");
  TrainTask task = TableTask(.5);
  task.mutable_spec()->mutable_dataset()->mutable_csv()->clear_test_file();
  task.mutable_spec()->mutable_dataset()->mutable_csv()->set_missing(Csv::KEEP_MISSING);
  constexpr char kRefused[] = "INVALID_ARGUMENT: training rows: row 2, column 2 of the features is missing (NaN)";
  EXPECT_THAT(Error(task), StartsWith(kRefused));
  task.mutable_spec()->add_transform()->mutable_standard();
  task.mutable_spec()->add_transform()->mutable_impute();
  EXPECT_THAT(Error(task), StartsWith(kRefused));  // too late
  task.mutable_spec()->mutable_transform()->SwapElements(0, 1);
  const Prepared data = Get(task);
  ASSERT_NE(data, nullptr);
  EXPECT_TRUE(data->learn.features().allFinite());
  EXPECT_TRUE(data->measure.features.allFinite());
}

TEST_F(PreparedDataTest, TransformThatMakesInfinitiesIsNamed) {
  folder_.Write("train.csv", "label,x,y\na,1,2\na,1e-30,-1e30\na,3,4\nb,1e-30,-1e30\nb,5,6\nb,6,7\n");
  TrainTask task = TableTask(.4);
  task.mutable_spec()->mutable_dataset()->mutable_csv()->clear_test_file();
  task.mutable_spec()->add_transform()->mutable_row_maximum();
  EXPECT_THAT(Error(task), AllOf(HasSubstr("rows after transform.row_maximum: row "),
                                 HasSubstr("column 2 of the features is infinite")));
}

TEST_F(PreparedDataTest, RowsKeepTheirLabelsThroughTheSplit) {
  const Prepared data = Get(TableTask());
  EXPECT_EQ(data->learn.rows(), 8);
  EXPECT_EQ(data->measure.rows(), 2);
  std::set<float> seen;
  for (const LabelledView* part : {&data->learn.labelled(), &data->measure}) {
    for (int64_t row = 0; row < part->rows(); ++row) {
      const float x = part->features(row, 0);
      EXPECT_EQ(part->labels[row], x < 50 ? 0 : 1);
      seen.insert(x);
    }
  }
  EXPECT_THAT(seen, ElementsAre(0, 10, 20, 30, 40, 50, 60, 70, 80, 90));
}

TEST_F(PreparedDataTest, FinalTrainingLearnsAllRowsAndMeasuresTheTestRows) {
  TrainTask task = TableTask();
  task.set_final(true);
  const Prepared data = Get(task);
  EXPECT_THAT(Values(data->learn.features()), ElementsAre(0, 10, 20, 30, 40, 50, 60, 70, 80, 90));
  EXPECT_THAT(Values(data->measure.features), ElementsAre(100, 110));
  EXPECT_THAT(data->measure.labels, ElementsAre(1, 0));
  EXPECT_THAT(data->class_names, ElementsAre("a", "b"));
}

TEST_F(PreparedDataTest, FinalTrainingWithoutTestRowsMeasuresNone) {
  TrainTask task = TableTask();
  task.mutable_spec()->mutable_dataset()->mutable_csv()->clear_test_file();
  task.set_final(true);
  EXPECT_EQ(Get(task)->measure.rows(), 0);
}

TEST_F(PreparedDataTest, TransformsApplyInOrderToBothParts) {
  TrainTask task = TableTask();
  task.set_final(true);
  task.mutable_spec()->add_transform()->mutable_scale()->set_divide_by(10);
  task.mutable_spec()->add_transform()->mutable_scale()->set_subtract(1);
  const Prepared data = Get(task);
  EXPECT_THAT(Values(data->learn.features()), ElementsAre(-1, 0, 1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(Values(data->measure.features), ElementsAre(9, 10));
}

TEST_F(PreparedDataTest, BinsAreMadeOnce) {
  const Prepared data = Get(TableTask());
  EXPECT_EQ(&data->learn.binned(), &data->learn.binned());
  EXPECT_EQ(data->learn.binned().bins(0), 8);
}

TEST_F(PreparedDataTest, TasksThatDifferOnlyInTheirModelShareTheirData) {
  TrainTask task = TableTask();
  const Prepared first = Get(task);
  task.mutable_spec()->mutable_random_forest()->set_trees(7);
  task.set_trial_number(3);
  task.set_study_seed(9);
  EXPECT_EQ(Get(task), first);
}

TEST_F(PreparedDataTest, TasksThatDifferInDatasetSplitTransformOrFinalDoNot) {
  DataCache cache(10);
  std::vector<TrainTask> tasks(5, TableTask());
  tasks[1].mutable_spec()->mutable_dataset()->mutable_csv()->clear_test_file();
  tasks[2].mutable_spec()->mutable_split()->set_seed(43);
  tasks[3].mutable_spec()->add_transform()->mutable_scale()->set_divide_by(2);
  tasks[4].set_final(true);
  std::set<Prepared> different;
  for (const TrainTask& task : tasks) different.insert(*cache.Get(task));
  EXPECT_EQ(different.size(), 5u);
}

TEST_F(PreparedDataTest, SameBytesUnderAnotherNameAreSharedByTheirDigest) {
  const Prepared first = Get(NamedTask(kTrainDigest));
  TrainTask renamed = NamedTask(kTrainDigest);
  renamed.mutable_spec()->mutable_dataset()->mutable_csv()->set_file("copy");
  renamed.mutable_files(0)->set_name("copy");
  renamed.mutable_files(0)->set_path(folder_.Write("copy.csv", kTrain));
  EXPECT_EQ(Get(renamed), first);
}

TEST_F(PreparedDataTest, LeastRecentlyUsedGoesFirst) {
  const Prepared a = Get(TableTask(.2)), b = Get(TableTask(.3));
  EXPECT_EQ(Get(TableTask(.2)), a);
  Get(TableTask(.4));  // the cache holds two: b goes
  EXPECT_EQ(Get(TableTask(.2)), a);
  EXPECT_NE(Get(TableTask(.3)), b);
}

TEST_F(PreparedDataTest, CallersAtOnceGetTheSameData) {
  const TrainTask task = TableTask();
  std::vector<Prepared> got(8);
  std::vector<std::thread> callers;
  for (Prepared& data : got) callers.emplace_back([&] { data = Get(task); });
  for (std::thread& caller : callers) caller.join();
  EXPECT_THAT(got, Each(got[0]));
}

TEST_F(PreparedDataTest, TasksOfOneArenaThatWantTheSameDataDoNotWaitForThemselves) {
  TrainTask task;
  task.mutable_spec()->mutable_dataset()->mutable_digits()->set_train(200);
  std::vector<Prepared> got(64);
  tbb::parallel_for(0, 64, [&](int i) { got[static_cast<size_t>(i)] = Get(task); });
  EXPECT_THAT(got, Each(got[0]));
}

TEST_F(PreparedDataTest, ErrorsAreNotKept) {
  folder_.Write("train.csv", "label,x\na,one\n");
  EXPECT_THAT(Error(TableTask()),
              AllOf(StartsWith("INVALID_ARGUMENT"), HasSubstr("train.csv:2: column \"x\": \"one\"")));
  folder_.Write("train.csv", kTrain);
  EXPECT_EQ(Get(TableTask())->learn.rows(), 8);
}

TEST_F(PreparedDataTest, FileWithOtherBytesThanTheStudyMeantIsNamed) {
  folder_.Write("train.csv", absl::StrCat(kTrain, "a,100\n"));
  EXPECT_THAT(Error(NamedTask(kTrainDigest)), AllOf(StartsWith("INVALID_ARGUMENT"),
                                                    HasSubstr("train.csv: not the bytes that the study was made with "
                                                              "(\"training rows\")"),
                                                    HasSubstr(kTrainDigest)));
}

TEST_F(PreparedDataTest, DigestInCapitalLettersIsTheSame) {
  EXPECT_EQ(Get(NamedTask(absl::AsciiStrToUpper(kTrainDigest)))->learn.rows(), 8);
}

TEST_F(PreparedDataTest, NameThatIsNotAmongTheFilesOfTheTaskIsAnError) {
  TrainTask task = NamedTask(kTrainDigest);
  task.mutable_spec()->mutable_dataset()->mutable_csv()->set_test_file("trainin rows");
  EXPECT_THAT(Error(task),
              HasSubstr("dataset.csv.test_file: \"trainin rows\" is not among the files of the task; did you "
                        "mean \"training rows\"?"));
}

TEST_F(PreparedDataTest, MissingFileIsNotFoundWithOrWithoutADigest) {
  TrainTask task = NamedTask(kTrainDigest);
  task.mutable_files(0)->set_path(folder_.Path("absent.csv"));
  EXPECT_THAT(Error(task), AllOf(StartsWith("NOT_FOUND"), HasSubstr("absent.csv: there is no such file")));
  task.mutable_files(0)->clear_sha256();
  EXPECT_THAT(Error(task), StartsWith("NOT_FOUND"));
}

TEST_F(PreparedDataTest, SplitThatLeavesNoRowsIsAnError) {
  EXPECT_THAT(Error(TableTask(.01)), HasSubstr("split.validation: 0.01 of 10 training rows leaves none"));
}

TEST_F(PreparedDataTest, TransformThatDoesNotFitTheDataIsAnError) {
  TrainTask task = TableTask();
  task.mutable_spec()->add_transform()->mutable_scale()->set_divide_by(1e-37);
  EXPECT_THAT(Error(task), HasSubstr("INVALID_ARGUMENT: transform.scale: "));
}

TEST_F(PreparedDataTest, TaskWithoutADatasetIsAnError) {
  EXPECT_THAT(Error(TrainTask()), HasSubstr("dataset: no format is chosen; choose one of csv, digits, idx"));
}

// The mappings of files whose path contains `part`: for each its inode, and its Rss and Pss in KiB.
struct Mapping {
  std::string inode;
  int64_t rss = 0, pss = 0;
};
std::vector<Mapping> MappingsOf(const std::string& part) {
  std::vector<Mapping> mappings;
  std::ifstream smaps("/proc/self/smaps");
  bool wanted = false;
  for (std::string line; std::getline(smaps, line);) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.size() >= 5 && !absl::EndsWith(words[0], ":")) {
      wanted = absl::StrContains(line, part);
      if (wanted) mappings.push_back({words[4]});
    } else if (wanted && words[0] == "Rss:") {
      mappings.back().rss = std::stoll(words[1]);
    } else if (wanted && words[0] == "Pss:") {
      mappings.back().pss = std::stoll(words[1]);
    }
  }
  return mappings;
}

TEST_F(PreparedDataTest, WhatIsOnDiskIsNotPreparedAgain) {
  const auto disk = Disk();
  DataCache first(4, disk.get()), second(4, disk.get());
  const auto made = first.Get(NamedTask(kTrainDigest));
  ASSERT_TRUE(made.ok()) << made.status();
  const BinnedFeatures& bins = (*made)->learn.binned();
  folder_.Write("train.csv", "gone");
  const auto found = second.Get(NamedTask(kTrainDigest));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(Values((*found)->learn.features()), Values((*made)->learn.features()));
  EXPECT_EQ((*found)->learn.labels(), (*made)->learn.labels());
  EXPECT_EQ((*found)->class_names, (*made)->class_names);
  const BinnedFeatures& same = (*found)->learn.binned();
  EXPECT_EQ(same.codes(), bins.codes());
  EXPECT_EQ(same.thresholds(), bins.thresholds());
  EXPECT_EQ(same.rows(), bins.rows());
  EXPECT_EQ(same.bins(0), bins.bins(0));
}

TEST_F(PreparedDataTest, WhatIsOnDiskIsInMemoryOnce) {
  const auto disk = Disk();
  TrainTask task = NamedTask(kTrainDigest);
  task.mutable_spec()->mutable_dataset()->mutable_digits()->set_train(2000);
  DataCache first(4, disk.get()), second(4, disk.get());
  const auto one = first.Get(task), two = second.Get(task);
  ASSERT_TRUE(one.ok() && two.ok());
  (*one)->learn.binned();
  (*two)->learn.binned();
  std::map<std::string, std::vector<Mapping>> by_inode;
  for (const Mapping& mapping : MappingsOf("/cache/prepared/")) by_inode[mapping.inode].push_back(mapping);
  EXPECT_EQ(by_inode.size(), 2u) << "rows and bins";
  for (const auto& [inode, mappings] : by_inode) {
    ASSERT_EQ(mappings.size(), 2u);
    for (const Mapping& mapping : mappings) {
      EXPECT_GT(mapping.rss, 1000);
      EXPECT_LT(std::abs(2 * mapping.pss - mapping.rss), mapping.rss / 10) << mapping.pss << " of " << mapping.rss;
    }
  }
}

TEST_F(PreparedDataTest, DamagedFilesOnDiskAreMadeAgain) {
  const auto disk = Disk();
  ASSERT_TRUE(DataCache(4, disk.get()).Get(NamedTask(kTrainDigest)).ok());
  for (const auto& file : std::filesystem::directory_iterator(folder_.Path("cache/prepared"))) {
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    std::fstream(file.path(), std::ios::in | std::ios::out).seekp(100) << "damage";
  }
  const auto again = DataCache(4, disk.get()).Get(NamedTask(kTrainDigest));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(Values((*again)->learn.features()), Values(Get(NamedTask(kTrainDigest))->learn.features()));
}

TEST_F(PreparedDataTest, StopEndsTheWaitForAnotherProcessThatPreparesTheSame) {
  const auto disk = Disk();
  ASSERT_TRUE(DataCache(4, disk.get()).Get(NamedTask(kTrainDigest)).ok());
  const std::filesystem::path made = *std::filesystem::directory_iterator(folder_.Path("cache/prepared"));
  std::filesystem::remove(made);
  const auto making = disk->FindOrMake(absl::StrCat("prepared/", made.filename().string()), Stop());
  ASSERT_TRUE(making.ok() && making->making.has_value());
  Stop stop;
  stop.Request();
  EXPECT_TRUE(absl::IsCancelled(DataCache(4, disk.get()).Get(NamedTask(kTrainDigest), stop).status()));
}

TEST_F(PreparedDataTest, PartsOfACrossValidationAreDifferentDataThatNoFinalTrainingKnows) {
  DataCache cache(10);
  TrainTask task = TableTask();
  task.mutable_spec()->mutable_split()->clear_validation();
  task.mutable_spec()->mutable_split()->set_folds(5);
  std::set<float> measured;
  for (int fold = 0; fold < 5; ++fold) {
    task.set_fold(fold);
    const Prepared data = *cache.Get(task);
    EXPECT_EQ(data->learn.rows(), 8);
    for (const float x : Values(data->measure.features)) measured.insert(x);
  }
  EXPECT_EQ(measured.size(), 10u);
  task.set_final(true);
  EXPECT_EQ((*cache.Get(task))->learn.rows(), 10);
}

// The number that `kept` has of that name, or else `number`, and how often that was needed.
int64_t KeptNumber(const KeptResults& kept, const std::string& name, int64_t number, int& made) {
  const auto file = kept.GetOrMake(
      name,
      [&](const SectionSink& sink) {
        ++made;
        const Bytes bytes[] = {BytesOf(absl::MakeConstSpan(&number, 1))};
        return sink(bytes);
      },
      Stop());
  EXPECT_TRUE(file.ok()) << file.status();
  return file->array<int64_t>(0)[0];
}

TEST_F(PreparedDataTest, ResultsAreKeptByTheirNameForTrialsWithTheSameData) {
  int made = 0;
  EXPECT_EQ(KeptNumber(*Get(TableTask())->kept, "answer", 42, made), 42);
  EXPECT_EQ(KeptNumber(*Get(TableTask())->kept, "answer", 43, made), 42);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(KeptNumber(*Get(TableTask())->kept, "question", 7, made), 7);
  EXPECT_EQ(KeptNumber(*Get(TableTask(.3))->kept, "answer", 44, made), 44);
  EXPECT_EQ(made, 3);
}

TEST_F(PreparedDataTest, ResultsOfDataOnDiskAreKeptThere) {
  const auto disk = Disk();
  DataCache first(4, disk.get()), second(4, disk.get());
  int made = 0;
  EXPECT_EQ(KeptNumber(*(*first.Get(NamedTask(kTrainDigest)))->kept, "answer", 42, made), 42);
  EXPECT_EQ(KeptNumber(*(*second.Get(NamedTask(kTrainDigest)))->kept, "answer", 43, made), 42);
  EXPECT_EQ(made, 1);
}

TEST_F(PreparedDataTest, ResultsThatCannotBeMadeAreNotKept) {
  const Prepared data = Get(TableTask());
  EXPECT_TRUE(absl::IsCancelled(data->kept
                                    ->GetOrMake(
                                        "answer", [](const SectionSink&) { return absl::CancelledError(""); }, Stop())
                                    .status()));
  int made = 0;
  EXPECT_EQ(KeptNumber(*data->kept, "answer", 42, made), 42);
}

TEST_F(PreparedDataTest, PrincipalComponentsAreFoundOnceForAllNumbersOfThem) {
  const auto disk = Disk();
  const auto files = [&] {
    const std::filesystem::directory_iterator all(folder_.Path("cache/prepared")), end;
    return std::distance(all, end);
  };
  const std::string table = "label,x,y,z\na,1,2,9\na,2,-1,3\na,3,4,1\nb,4,5,7\nb,5,6,0\n";
  folder_.Write("train.csv", table);
  TrainTask task = NamedTask(absl::BytesToHexString(Sha256Of(table)));
  const auto prepared = [&](int components) {
    task.mutable_spec()->clear_transform();
    task.mutable_spec()->add_transform()->mutable_scale()->set_divide_by(2);
    task.mutable_spec()->add_transform()->mutable_pca()->set_components(components);
    const auto data = DataCache(4, disk.get()).Get(task);
    EXPECT_TRUE(data.ok()) << data.status();
    return *data;
  };
  const Prepared one = prepared(1);
  EXPECT_EQ(files(), 2) << "the rows, and all components";
  const Prepared three = prepared(3);
  EXPECT_EQ(files(), 3) << "other rows, the same components";
  EXPECT_EQ(FeatureMatrix(one->learn.features()), FeatureMatrix(three->learn.features().leftCols(1)));
  const Prepared alone = *DataCache().Get(task);
  EXPECT_EQ(FeatureMatrix(three->learn.features()), FeatureMatrix(alone->learn.features()));
  task.mutable_spec()->mutable_transform(0)->mutable_scale()->set_divide_by(4);
  EXPECT_TRUE(DataCache(4, disk.get()).Get(task).ok());
  EXPECT_EQ(files(), 5) << "of other rows they are others";
}

TEST_F(PreparedDataTest, FilesWithoutADigestAreNotKeptOnDisk) {
  const auto disk = Disk();
  ASSERT_TRUE(DataCache(4, disk.get()).Get(TableTask()).ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder_.Path("cache/prepared")));
}

TEST_F(PreparedDataTest, WhatCannotBePreparedLeavesNothingOnDisk) {
  const auto disk = Disk();
  TrainTask task = NamedTask(kTrainDigest);
  task.mutable_spec()->mutable_split()->set_validation(.001);
  EXPECT_FALSE(DataCache(4, disk.get()).Get(task).ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder_.Path("cache/prepared")));
}

}  // namespace
}  // namespace parzen
