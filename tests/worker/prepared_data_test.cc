// What a model learns from: the right rows, transformed the right way, made once.
#include "worker/prepared_data.h"

#include <set>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
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

  static constexpr char kTrain[] = "label,x\na,0\na,10\na,20\na,30\na,40\nb,50\nb,60\nb,70\nb,80\nb,90\n";
  static constexpr char kTrainDigest[] = "921d6a3321d52a8996b7d01c577fdff8fb6aa2e6446e8ea6b370efdbdabb7478";
  DataFolder folder_;
  DataCache cache_{2};
};

std::vector<float> Values(const FeatureMatrix& features) {
  return std::vector<float>(features.data(), features.data() + features.size());
}

TEST_F(PreparedDataTest, RowsKeepTheirLabelsThroughTheSplit) {
  const Prepared data = Get(TableTask());
  EXPECT_EQ(data->learn.rows(), 8);
  EXPECT_EQ(data->measure.rows(), 2);
  std::set<float> seen;
  for (const LabelledRows* part : {&data->learn.labelled(), &data->measure}) {
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

}  // namespace
}  // namespace parzen
