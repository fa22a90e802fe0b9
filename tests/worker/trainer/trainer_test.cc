// One training from files to metrics.
#include "worker/trainer.h"

#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "tests/worker/data_folder.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

class TrainerTest : public testing::Test {
 protected:
  // 60 rows in which class b lies above 30 but for every tenth row; test rows without exceptions.
  TrainerTest() {
    std::string train = "label,x,y\n", test = train;
    for (int row = 0; row < 60; ++row) {
      const bool above = row >= 30, exception = row % 10 == 5;
      absl::StrAppend(&train, above != exception ? "b," : "a,", row, ",", row * 7 % 11, "\n");
      absl::StrAppend(&test, above ? "b," : "a,", row, ",", row % 3, "\n");
    }
    train_ = folder_.Write("train.csv", train);
    test_ = folder_.Write("test.csv", test);
  }

  TrainTask Task(const std::string& model = "random_forest { trees: 20 }") {
    TrainTask task;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        absl::StrCat("split { validation: .5 } ", model, " dataset { csv { file: '", train_, "' test_file: '", test_,
                     "' } }"),
        task.mutable_spec()));
    task.set_study_seed(7);
    task.set_trial_number(3);
    return task;
  }
  TrainTask FinalTask() {
    TrainTask task = Task();
    task.set_final(true);
    return task;
  }
  TrainTask FoldsTask(int folds) {
    TrainTask task = Task();
    task.mutable_spec()->mutable_split()->clear_validation();
    task.mutable_spec()->mutable_split()->set_folds(folds);
    task.set_watched_metric("validation_accuracy");
    return task;
  }
  TrainMetrics Trained(const TrainTask& task) {
    const auto metrics = Train(task, cache_, hooks_);
    EXPECT_TRUE(metrics.ok()) << metrics.status();
    return metrics.ok() ? *metrics : TrainMetrics();
  }
  // All but the times.
  std::string Values(const TrainTask& task) {
    TrainMetrics metrics = Trained(task);
    metrics.clear_fit_seconds();
    metrics.clear_predict_seconds();
    return metrics.ShortDebugString();
  }
  absl::Status Error(const TrainTask& task) { return Train(task, cache_, hooks_).status(); }

  DataFolder folder_;
  std::string train_, test_;
  DataCache cache_;
  TrainHooks hooks_;
};

int64_t Rows(const PartMetrics& metrics) {
  int64_t rows = 0;
  for (const int64_t count : metrics.confusion().count()) rows += count;
  return rows;
}

TEST_F(TrainerTest, TrialIsMeasuredOnTrainingAndValidationRows) {
  const TrainMetrics metrics = Trained(Task());
  EXPECT_EQ(Rows(metrics.train()), 30);
  EXPECT_EQ(Rows(metrics.validation()), 30);
  EXPECT_FALSE(metrics.has_test());
  EXPECT_GT(metrics.train().accuracy(), metrics.validation().accuracy());
}

TEST_F(TrainerTest, FinalTrainingLearnsFromAllRowsAndIsMeasuredOnTheTestRows) {
  const TrainMetrics metrics = Trained(FinalTask());
  EXPECT_EQ(Rows(metrics.train()), 60);
  EXPECT_EQ(Rows(metrics.test()), 60);
  EXPECT_FALSE(metrics.has_validation());
}

TEST_F(TrainerTest, TimesAreMeasured) {
  const TrainMetrics metrics = Trained(Task());
  EXPECT_GT(metrics.fit_seconds(), 0);
  EXPECT_GT(metrics.predict_seconds(), 0);
}

TEST_F(TrainerTest, SameTaskGivesTheSameValuesOnAnyNumberOfThreads) {
  const tbb::global_control three(tbb::global_control::max_allowed_parallelism, 3);
  std::string on_one, on_three;
  tbb::task_arena(1).execute([&] { on_one = Values(Task()); });
  tbb::task_arena(3).execute([&] { on_three = Values(Task()); });
  EXPECT_EQ(on_one, on_three);
  EXPECT_EQ(on_one, Values(Task()));
}

TEST_F(TrainerTest, AnotherTrialOrStudySeedDrawsOtherTrees) {
  TrainTask other_trial = Task(), other_study = Task();
  other_trial.set_trial_number(4);
  other_study.set_study_seed(8);
  EXPECT_NE(Values(Task()), Values(other_trial));
  EXPECT_NE(Values(Task()), Values(other_study));
}

TEST_F(TrainerTest, FinalTrainingWithoutTestRowsLearnsAllRowsAndMeasuresNone) {
  TrainTask task = FinalTask();
  task.mutable_spec()->mutable_dataset()->mutable_csv()->clear_test_file();
  task.mutable_spec()->mutable_permutation_importance();
  int64_t learned = 0;
  hooks_.keep = [&](const Model&, const PreparedData& data, const TrainMetrics&) {
    learned = data.learn.rows();
    return absl::OkStatus();
  };
  const TrainMetrics metrics = Trained(task);
  EXPECT_EQ(learned, 60);
  EXPECT_FALSE(metrics.has_test());
  EXPECT_FALSE(metrics.has_predict_seconds());
  EXPECT_GT(metrics.train().accuracy(), .9);
}

TEST_F(TrainerTest, WaitingForAnswersToReportsIsNoPartOfTheFit) {
  TrainTask task = Task("logistic_regression { max_iterations: 2000 tolerance: 1e-12 solver: SAG }");
  task.set_watched_metric("validation_accuracy");
  std::vector<int64_t> steps;
  absl::Duration waited;
  hooks_.report = [&](int64_t step, double) {
    steps.push_back(step);
    const absl::Duration begun = ReadClock().steady;
    while (ReadClock().steady - begun < absl::Milliseconds(2)) {
    }
    waited += ReadClock().steady - begun;
    return true;
  };
  const absl::Duration begun = ReadClock().steady;
  const double fit = Trained(task).fit_seconds();
  EXPECT_LE(fit, absl::ToDoubleSeconds(ReadClock().steady - begun - waited));
  // The first hundred, then every tenth, then every hundredth.
  ASSERT_GT(steps.size(), 110u);
  EXPECT_EQ(steps[99], 100);
  EXPECT_EQ(steps[100], 110);
  EXPECT_TRUE(steps.back() <= 1000 || steps.back() % 100 == 0) << steps.back();
}

TEST_F(TrainerTest, WrongOptionsAreRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(Error(Task("random_forest { trees: 0 }"))));
  EXPECT_TRUE(absl::IsInvalidArgument(Error(Task(""))));
}

TEST_F(TrainerTest, MissingFileIsNotFound) {
  TrainTask task = Task();
  task.mutable_spec()->mutable_dataset()->mutable_csv()->set_file(folder_.Path("gone.csv"));
  EXPECT_TRUE(absl::IsNotFound(Error(task))) << Error(task);
}

TEST_F(TrainerTest, CrossValidationIsTheMeanOfItsParts) {
  const TrainTask task = FoldsTask(4);
  const TrainMetrics mean = Trained(task);
  double accuracy = 0, train_f1 = 0;
  std::vector<int64_t> confusion(4, 0);
  for (int fold = 0; fold < 4; ++fold) {
    TrainTask part = task;
    part.set_fold(fold);
    const TrainMetrics metrics = Trained(part);
    EXPECT_EQ(Rows(metrics.validation()), 15);
    EXPECT_EQ(Rows(metrics.train()), 45);
    accuracy += metrics.validation().accuracy() / 4;
    train_f1 += metrics.train().macro_f1() / 4;
    for (int i = 0; i < 4; ++i) confusion[static_cast<size_t>(i)] += metrics.validation().confusion().count(i);
  }
  EXPECT_NEAR(mean.validation().accuracy(), accuracy, 1e-12);
  EXPECT_NEAR(mean.train().macro_f1(), train_f1, 1e-12);
  EXPECT_THAT(mean.validation().confusion().count(), ElementsAreArray(confusion));
  EXPECT_EQ(Rows(mean.validation()), 60) << "every row is measured once";
}

TEST_F(TrainerTest, CrossValidationReportsTheMeanSoFarAfterEachPart) {
  TrainTask task = FoldsTask(3);
  std::vector<double> reported;
  hooks_.report = [&](int64_t step, double value) {
    reported.push_back(value);
    EXPECT_EQ(step, static_cast<int64_t>(reported.size()));
    return true;
  };
  const TrainMetrics mean = Trained(task);
  ASSERT_EQ(reported.size(), 3u) << "and no steps of the models inside";
  double sum = 0;
  for (int fold = 0; fold < 3; ++fold) {
    task.set_fold(fold);
    hooks_.report = [](int64_t, double) { return true; };
    sum += Trained(task).validation().accuracy();
    EXPECT_NEAR(reported[static_cast<size_t>(fold)], sum / (fold + 1), 1e-12);
  }
  EXPECT_EQ(reported.back(), mean.validation().accuracy());
}

TEST_F(TrainerTest, PrunedCrossValidationTrainsNoFurtherPart) {
  int reports = 0;
  hooks_.report = [&](int64_t step, double) { return ++reports, step < 2; };
  EXPECT_TRUE(absl::IsCancelled(Error(FoldsTask(5))));
  EXPECT_EQ(reports, 2);
}

TEST_F(TrainerTest, FinalTrainingKnowsNoParts) {
  TrainTask folds = FoldsTask(5), plain = FinalTask();
  folds.set_final(true);
  EXPECT_EQ(Values(folds), Values(plain));
}

TEST_F(TrainerTest, PartsThatCannotBeMadeAreRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(Error(FoldsTask(61)))) << Error(FoldsTask(61));
}

TEST_F(TrainerTest, NeighboursOfRowsAreFoundOnceForAllNumbersOfThem) {
  const TrainMetrics five = Trained(Task("nearest_neighbors { neighbors: 5 }"));
  EXPECT_EQ(Rows(five.validation()), 30);
  EXPECT_EQ(five.train().accuracy(), Trained(Task("nearest_neighbors {}")).train().accuracy());
  const TrainMetrics own = Trained(Task("nearest_neighbors { neighbors: 1 weights: DISTANCE }"));
  EXPECT_EQ(own.train().accuracy(), 1) << "the nearest row to each is itself";
}

TEST_F(TrainerTest, EveryModelCanBeAskedWhatItsFeaturesAreWorth) {
  for (const char* model : {"random_forest { trees: 20 }", "nearest_neighbors { neighbors: 3 }"}) {
    TrainTask task = Task(absl::StrCat(model, " permutation_importance { repeats: 3 }"));
    const TrainMetrics metrics = Trained(task);
    ASSERT_EQ(metrics.permutation_importance_size(), 2) << model;
    ASSERT_EQ(metrics.permutation_importance_deviation_size(), 2) << model;
    EXPECT_GT(metrics.permutation_importance(0), metrics.permutation_importance(1) + .1) << model;
    EXPECT_EQ(Values(task), Values(task)) << model;
    EXPECT_EQ(Trained(Task(model)).permutation_importance_size(), 0) << "unless it is asked";
  }
}

TEST_F(TrainerTest, RequestToStopCancels) {
  hooks_.stop_requested = [] { return true; };
  EXPECT_TRUE(absl::IsCancelled(Error(Task()))) << Error(Task());
}

TEST_F(TrainerTest, RequestToStopWhilePredictingCancelsToo) {
  tbb::task_arena(1).execute([&] {  // on one thread the same questions are asked each time
    int questions = 0;
    hooks_.stop_requested = [&] { return ++questions < 0; };
    Trained(Task());
    hooks_.stop_requested = [&] { return --questions == 0; };  // yes to the last one
    EXPECT_TRUE(absl::IsCancelled(Error(Task())));
  });
}

TEST_F(TrainerTest, NoExceptionLeavesATraining) {
  hooks_.stop_requested = []() -> bool { throw std::bad_alloc(); };
  EXPECT_TRUE(absl::IsResourceExhausted(Error(Task()))) << Error(Task());
  hooks_.stop_requested = []() -> bool { throw std::runtime_error("broken hook"); };
  EXPECT_TRUE(absl::IsInternal(Error(Task())));
  EXPECT_THAT(std::string(Error(Task()).message()), HasSubstr("broken hook"));
}

TEST_F(TrainerTest, ADamagedCheckpointIsRefusedAndSaysSo) {
  TrainTask task = Task("mlp { hidden: 5 training { epochs: 4 } }");
  task.set_watched_metric("validation_accuracy");
  std::string checkpoint;
  hooks_.report = [](int64_t step, double) { return step != 2; };
  hooks_.pause = {[] { return true; }, [&](std::string bytes) { checkpoint = std::move(bytes); }};
  EXPECT_TRUE(absl::IsCancelled(Train(task, cache_, hooks_).status()));
  ASSERT_GT(checkpoint.size(), 100u);
  hooks_.report = [](int64_t, double) { return true; };
  hooks_.checkpoint = checkpoint;
  EXPECT_EQ(Trained(task).epochs(), 4);
  std::string flipped = checkpoint;
  flipped[flipped.size() / 2] ^= 1;
  const absl::string_view whole = checkpoint;
  for (const absl::string_view damaged :
       {whole.substr(0, whole.size() / 2), whole.substr(0, 7), absl::string_view(flipped)}) {
    hooks_.checkpoint = damaged;
    const absl::Status status = Train(task, cache_, hooks_).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("checkpoint"));
  }
}

TEST_F(TrainerTest, KeptRowsAndActivationsAreOfTheMeasuredRows) {
  const TrainMetrics kept = Trained(Task("mlp { hidden: 5 } keep { predictions: 3 activations: 7 }"));
  EXPECT_GE(kept.predicted_rows().row_size(), 3);
  EXPECT_EQ(kept.activations().units(), 5);
  EXPECT_EQ(kept.activations().row_size(), 7);
  EXPECT_EQ(kept.activations().value_size(), 35);
  EXPECT_FALSE(Trained(Task()).has_predicted_rows());
  EXPECT_TRUE(Trained(FinalTask()).has_predicted_rows()) << "the final training always keeps some";
  EXPECT_FALSE(Trained(Task("random_forest { trees: 2 } keep { activations: 7 }")).has_activations());
}

TEST_F(TrainerTest, TheFinalTrainingTellsHowManyRowsEachClassHas) {
  const DatasetSheet sheet = Trained(FinalTask()).dataset();
  EXPECT_THAT(sheet.class_name(), ElementsAre("a", "b"));
  EXPECT_THAT(sheet.learned(), ElementsAre(30, 30));
  EXPECT_THAT(sheet.measured(), ElementsAre(30, 30));
  EXPECT_EQ(sheet.row_size(), 0) << "a table has no images";
  EXPECT_FALSE(Trained(Task()).has_dataset()) << "once is enough";
}

TEST_F(TrainerTest, TheFinalTrainingKeepsTenImagesOfEachClass) {
  TrainTask task = FinalTask();
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "split { validation: .5 } decision_tree {} dataset { digits { train: 400 test: 100 } }", task.mutable_spec()));
  bool is_kept_with_the_model = true;
  hooks_.keep = [&](const Model&, const PreparedData&, const TrainMetrics& metrics) {
    is_kept_with_the_model = metrics.has_dataset();
    return absl::OkStatus();
  };
  const DatasetSheet sheet = Trained(task).dataset();
  ASSERT_EQ(sheet.row_size(), 100);
  for (int i = 0; i < sheet.row_size(); ++i) {
    EXPECT_EQ(sheet.row(i).label(), i / 10);
    EXPECT_EQ(sheet.row(i).image().size(), static_cast<size_t>(sheet.height() * sheet.width()));
  }
  EXPECT_FALSE(is_kept_with_the_model);
}

TEST_F(TrainerTest, ImagesAreOfTheRowsAsTheFilesHaveThemWhateverTheTransforms) {
  const auto images = [&](absl::string_view transforms) {
    TrainTask task = FinalTask();
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        absl::StrCat(transforms,
                     "split { validation: .5 } nearest_neighbors {} dataset { digits { train: 400 test: 100 } }"),
        task.mutable_spec()));
    const TrainMetrics metrics = Trained(task);
    std::pair<std::map<int64_t, std::string>, std::vector<std::string>> found;  // predicted rows by row, and the sheet
    for (const PredictedRow& row : metrics.predicted_rows().row()) found.first[row.row()] = row.image();
    for (const SheetRow& row : metrics.dataset().row()) found.second.push_back(row.image());
    return found;
  };
  const auto plain = images("");
  ASSERT_FALSE(plain.first.empty());
  ASSERT_EQ(plain.second.size(), 100U);
  for (const absl::string_view transforms : {"transform { pca { components: 5 } } ", "transform { standard {} } "}) {
    const auto transformed = images(transforms);
    EXPECT_EQ(transformed.second, plain.second) << transforms;
    int both = 0;
    for (const auto& [row, image] : transformed.first) {
      EXPECT_EQ(image.size(), plain.second[0].size()) << transforms;
      const auto found = plain.first.find(row);
      if (found == plain.first.end()) continue;
      ++both;
      EXPECT_EQ(image, found->second) << transforms;
    }
    EXPECT_GT(both, 0) << transforms;
  }
}

TEST_F(TrainerTest, TheFinalTrainingWithoutLabelsHasASheetOfTheDatasetToo) {
  TrainTask task = FinalTask();
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "split { validation: .5 } k_means { clusters: 3 } dataset { digits { train: 400 test: 100 } }",
      task.mutable_spec()));
  EXPECT_EQ(Trained(task).dataset().row_size(), 100);
}

}  // namespace
}  // namespace parzen
