// Whole networks as models: what they learn, what they tell of it, and what they refuse.
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "tests/worker/models/fitted.h"
#include "worker/models/model.h"

namespace parzen {
namespace {

using testing::HasSubstr;

// Images of 8 x 8 pixels: a bright bar that lies (0) or stands (1), somewhere, in noise.
LabelledRows Bars(int rows, uint64_t seed) {
  LabelledRows bars;
  bars.features.resize(rows, 64);
  RandomStream stream(seed, 0, "bars");
  for (int row = 0; row < rows; ++row) {
    bars.labels.push_back(static_cast<int32_t>(stream.Below(2)));
    const auto at = static_cast<int>(stream.Below(8));
    for (int pixel = 0; pixel < 64; ++pixel) {
      const bool bright = (bars.labels.back() == 0 ? pixel / 8 : pixel % 8) == at;
      bars.features(row, pixel) = static_cast<float>((bright ? 1 : 0) + .2 * stream.Normal());
    }
  }
  return bars;
}

constexpr char kCnn[] =
    "cnn { block { channels: 6 padding: 1 } block { channels: 5 batch_norm: true dropout: 0.1 } dense { units: 9 } "
    "training { epochs: 12 batch_size: 32 learning_rate: 0.01 } }";

// Wide enough for tiles instead of windows.
constexpr char kWideCnn[] =
    "cnn { block { channels: 16 padding: 1 pool: 1 } block { channels: 17 padding: 1 } block { channels: 16 padding: 1 "
    "} "
    "training { epochs: 3 batch_size: 32 learning_rate: 0.01 } }";

// Fits with what the trainer would set.
struct Trained {
  std::unique_ptr<Model> model;
  absl::Status status;
  TrainMetrics metrics;

  Trained(absl::string_view text, const LabelledRows& rows, int classes, const LabelledRows* held_out = nullptr,
          int64_t image = 8) {
    auto made = MakeModel(ModelSpec(text));
    EXPECT_TRUE(made.ok()) << made.status();
    model = *std::move(made);
    FitContext context{RandomStream(1, 0, "model")};
    std::optional<LabelledView> view;
    if (held_out != nullptr) context.held_out = &view.emplace(*held_out);
    context.image = {image, image};
    status = model->Fit(TrainingRows(rows, classes), context);
    if (status.ok()) model->Describe(metrics);
  }
  double Accuracy(const LabelledRows& rows) const {
    const FeatureMatrix predicted = model->Predict(rows.features);
    int right = 0;
    for (int64_t row = 0; row < rows.rows(); ++row) {
      Eigen::Index best = 0;
      predicted.row(row).maxCoeff(&best);
      right += best == rows.labels[static_cast<size_t>(row)] ? 1 : 0;
    }
    return right / static_cast<double>(rows.rows());
  }
};

TEST(NetworkModelTest, ConvolutionsLearnWhatDoesNotDependOnThePlace) {
  const LabelledRows rows = Bars(600, 1), others = Bars(400, 2);
  const Trained trained(kCnn, rows, 2);
  ASSERT_TRUE(trained.status.ok()) << trained.status;
  EXPECT_GT(trained.Accuracy(others), .97);
}

TEST(NetworkModelTest, SixteenRowsAreLearnedByHeart) {
  LabelledRows rows = Bars(16, 3);
  RandomStream stream(1, 0, "labels");
  for (int32_t& label : rows.labels) label = static_cast<int32_t>(stream.Below(3));
  for (const char* text :
       {"mlp { hidden: 64 training { epochs: 200 learning_rate: 0.01 } }",
        "cnn { block { channels: 16 padding: 1 } dense { units: 32 } training { epochs: 200 learning_rate: 0.01 } }"}) {
    EXPECT_EQ(Trained(text, rows, 3).Accuracy(rows), 1) << text;
  }
}

TEST(NetworkModelTest, BitsDoNotDependOnThreads) {
  const LabelledRows rows = Bars(100, 1);
  const auto state = [&](absl::string_view text, int threads) {
    std::string bytes;
    tbb::task_arena(threads).execute([&] {
      ArchiveWriter writer;
      Trained(text, rows, 2).model->Save(writer);
      bytes = writer.Take();
    });
    return bytes;
  };
  const tbb::global_control eight(tbb::global_control::max_allowed_parallelism, 8);
  for (const absl::string_view text : {kCnn, kWideCnn}) {
    const std::string one = state(text, 1);
    for (const int threads : {2, 3, 8}) EXPECT_EQ(state(text, threads), one) << threads << " threads, " << text;
  }
}

TEST(NetworkModelTest, ALoadedNetworkOfImagesPredictsTheSameBits) {
  const LabelledRows rows = Bars(100, 1);
  const Trained trained(kCnn, rows, 2);
  ArchiveWriter writer;
  trained.model->Save(writer);
  const std::string state = writer.Take();
  const auto load = [&](absl::string_view text, absl::string_view bytes) {
    ArchiveReader reader(bytes);
    auto model = *MakeModel(ModelSpec(text));
    const absl::Status status = model->Load(reader, 64, 2);
    if (!status.ok()) return status;
    EXPECT_EQ(model->Predict(rows.features), trained.model->Predict(rows.features));
    return status;
  };
  EXPECT_TRUE(load(kCnn, state).ok());
  EXPECT_TRUE(absl::IsDataLoss(load(kCnn, absl::string_view(state).substr(0, state.size() / 2))));
  EXPECT_TRUE(absl::IsDataLoss(load("cnn { block { channels: 7 } }", state)));
}

TEST(NetworkModelTest, EveryEpochIsToldWithWhatItMeasured) {
  const LabelledRows rows = Bars(200, 1), held_out = Bars(100, 2);
  const Trained trained("mlp { hidden: 20 hidden: 10 layers: 1 training { epochs: 7 } }", rows, 2, &held_out);
  ASSERT_EQ(trained.metrics.epoch_size(), 7);
  EXPECT_EQ(trained.metrics.epochs(), 7);
  EXPECT_EQ(trained.metrics.best_epoch(), 7);
  EXPECT_EQ(trained.metrics.parameters(), 64 * 20 + 20 + 20 * 2 + 2) << "the second layer is left out";
  EXPECT_EQ(trained.metrics.bias_parameters(), 22);
  EXPECT_LT(trained.metrics.epoch(6).loss(), trained.metrics.epoch(0).loss());
  EXPECT_LT(trained.metrics.epoch(6).validation_loss(), trained.metrics.epoch(0).validation_loss());
  EXPECT_GT(trained.metrics.epoch(0).weight_change(), 0);
  EXPECT_NEAR(trained.metrics.epoch(6).validation_accuracy(), trained.Accuracy(held_out), 1e-12);
}

TEST(NetworkModelTest, StoppingEarlyBringsTheBestWeightsBack) {
  LabelledRows rows = Bars(40, 1), held_out = Bars(200, 2);
  RandomStream stream(1, 0, "labels");
  for (int32_t& label : rows.labels) label = static_cast<int32_t>(stream.Below(2));  // there is nothing to learn
  const Trained trained(
      "mlp { hidden: 50 training { epochs: 500 learning_rate: 0.01 early_stopping { patience: 4 } } }", rows, 2,
      &held_out);
  const auto& epochs = trained.metrics.epoch();
  ASSERT_LT(epochs.size(), 500);
  EXPECT_EQ(trained.metrics.epochs(), trained.metrics.best_epoch() + 4);
  const auto best = static_cast<int>(trained.metrics.best_epoch()) - 1;
  for (const EpochMetrics& epoch : epochs) EXPECT_GE(epoch.validation_loss(), epochs[best].validation_loss());
  EXPECT_NEAR(trained.Accuracy(held_out), epochs[best].validation_accuracy(), 1e-12);
}

TEST(NetworkModelTest, WithoutValidationRowsStoppingEarlyHoldsSomeOut) {
  LabelledRows rows = Bars(100, 1);
  RandomStream stream(1, 0, "labels");
  for (int32_t& label : rows.labels) label = static_cast<int32_t>(stream.Below(2));  // there is nothing to learn
  const Trained trained(
      "mlp { hidden: 50 training { epochs: 500 learning_rate: 0.01 early_stopping { patience: 2 } } }", rows, 2);
  EXPECT_LT(trained.metrics.epochs(), 500);
  EXPECT_TRUE(trained.metrics.epoch(0).has_validation_loss());
}

TEST(NetworkModelTest, ARegressionIsToldInUnitsOfItsTargets) {
  LabelledRows rows = Bars(300, 1);
  for (const int32_t label : rows.labels) rows.targets.push_back(static_cast<float>(1000 + 200 * label));
  std::fill(rows.labels.begin(), rows.labels.end(), 0);
  const Trained trained("mlp { hidden: 50 training { epochs: 60 learning_rate: 0.003 } }", rows, 0, &rows);
  const FeatureMatrix predicted = trained.model->Predict(rows.features);
  double squares = 0;
  for (int64_t i = 0; i < 300; ++i) squares += std::pow(predicted(i, 0) - rows.targets[static_cast<size_t>(i)], 2);
  EXPECT_LT(squares / 300, 2000) << "the targets' variance is 10,000";
  EXPECT_NEAR(trained.metrics.epoch(59).validation_loss(), squares / 300, squares / 300 * 1e-3);
  EXPECT_FALSE(trained.metrics.epoch(0).has_accuracy());
}

TEST(NetworkModelTest, ALearningRateThatIsFarTooLargeIsToldAsDivergence) {
  for (const char* optimizer :
       {"sgd {}", "sgd { momentum: 0.9 nesterov: true }", "adam {}", "adamw {}", "rmsprop {}", "adagrad {}"}) {
    for (const char* rate : {"1e6", "1e12", "1e20"}) {
      for (const char* network : {"mlp { hidden: 50 hidden: 50", "cnn { block { channels: 4 }"}) {
        const Trained trained(absl::StrCat(network, " training { ", optimizer, " learning_rate: ", rate, " } }"),
                              Bars(300, 1), 2);
        EXPECT_TRUE(absl::IsInvalidArgument(trained.status)) << network << " " << optimizer << " " << rate;
        EXPECT_THAT(std::string(trained.status.message()),
                    testing::AllOf(HasSubstr("diverged"), HasSubstr("learning_rate")));
      }
    }
  }
}

TEST(NetworkModelTest, ABatchLargerThanTheDataIsAllOfIt) {
  EXPECT_TRUE(Trained("mlp { hidden: 4 training { batch_size: 1000000 } }", Bars(50, 1), 2).status.ok());
}

TEST(NetworkModelTest, WhatCannotBeANetworkIsRefusedByName) {
  EXPECT_THAT(MakeError("mlp { hidden: 8 hidden: 0 }"), HasSubstr("mlp.hidden[1]: 0 is not at least 1"));
  EXPECT_THAT(MakeError("mlp { training { epochs: 0 } }"), HasSubstr("mlp.training.epochs: 0 is not at least 1"));
  EXPECT_THAT(MakeError("cnn { block { dropout: 1 } }"), HasSubstr("cnn.block[0].dropout: 1 is not below 1"));
  EXPECT_THAT(MakeError("mlp { training { adam { beta1: -1 } } }"), HasSubstr("mlp.training.adam.beta1"));
  EXPECT_THAT(MakeError("mlp { hidden: 8 layers: 2 }"), HasSubstr("mlp.layers: 2 is more than the 1 of mlp.hidden"));
  EXPECT_THAT(MakeError("cnn { blocks: 1 }"), HasSubstr("cnn.blocks: 1 is more than the 0 of cnn.block"));
  EXPECT_THAT(MakeError("cnn { height: 8 }"), HasSubstr("a height and a width"));
  EXPECT_THAT(MakeError("mlp { training { sgd { nesterov: true } } }"), HasSubstr("nesterov needs a momentum"));
  const auto refused = [](absl::string_view text, int64_t image = 8) {
    const Trained trained(text, Bars(20, 1), 2, nullptr, image);
    EXPECT_TRUE(absl::IsInvalidArgument(trained.status)) << trained.status;
    return std::string(trained.status.message());
  };
  EXPECT_THAT(refused("cnn { block { kernel: 5 } block { kernel: 3 } }"),
              HasSubstr("cnn.block[1].kernel: 3 is more than the 2 x 2 pixels that are left"));
  EXPECT_THAT(refused("cnn { block { kernel: 3 pool: 7 } }"), HasSubstr("cnn.block[0].pool"));
  EXPECT_THAT(refused("cnn { block {} }", 0), HasSubstr("say it with height, width and channels"));
  EXPECT_THAT(refused("cnn { block {} height: 5 width: 5 }"), HasSubstr("has 25 features, and rows have 64"));
  EXPECT_THAT(refused("mlp { hidden: 65536 hidden: 65536 hidden: 65536 }"), HasSubstr("weights"));
  EXPECT_THAT(refused("mlp { training { augmentation { shift: 1 } } }", 0), HasSubstr("mlp.training.augmentation"));
  LabelledRows three = Bars(30, 1);
  three.labels[0] = 2;
  EXPECT_THAT(std::string(Trained("mlp { training { loss: BINARY_CROSS_ENTROPY } }", three, 3).status.message()),
              HasSubstr("mlp.training.loss: BINARY_CROSS_ENTROPY tells two classes apart"));
}

// What a fit is and saves that goes on from `checkpoint` and pauses after epoch `until`; 0: at its end.
struct Stretch {
  std::string state;  // once it has come to its end
  std::string checkpoint;
  absl::Status status;
  TrainMetrics metrics;
};
Stretch FitAStretch(absl::string_view text, const LabelledRows& rows, absl::string_view checkpoint, int64_t until,
                    int threads = 1) {
  Stretch stretch;
  const LabelledView view(rows);
  FitContext context{RandomStream(1, 0, "model")};
  context.held_out = &view;
  context.image = {8, 8};
  context.checkpoint = checkpoint;
  context.pause.asked = [] { return true; };
  context.pause.save = [&](std::string bytes) { stretch.checkpoint = std::move(bytes); };
  const Watch watch{rows.features, [&](int64_t epoch, const FeatureMatrix&) { return epoch != until; }};
  context.watch = &watch;
  tbb::task_arena(threads).execute([&] {
    auto model = *MakeModel(ModelSpec(text));
    stretch.status = model->Fit(TrainingRows(rows, 2), context);
    if (!stretch.status.ok()) return;
    ArchiveWriter writer;
    model->Save(writer);
    stretch.state = writer.Take();
    model->Describe(stretch.metrics);
    for (EpochMetrics& epoch : *stretch.metrics.mutable_epoch()) epoch.clear_seconds();
  });
  return stretch;
}

TEST(NetworkModelTest, FiveEpochsAndFiveMoreAreTenBitByBit) {
  const LabelledRows rows = Bars(90, 1);
  const tbb::global_control two(tbb::global_control::max_allowed_parallelism, 2);
  for (const char* optimizer :
       {"", "adamw {} weight_decay: 0.1", "sgd { momentum: 0.9 }", "rmsprop { momentum: 0.5 }", "adagrad {}",
        "one_cycle {} warmup_epochs: 2", "early_stopping { patience: 3 }", "augmentation { shift: 1 }"}) {
    const std::string text = absl::StrCat(
        "cnn { block { channels: 6 padding: 1 batch_norm: true dropout: 0.2 } dense { units: 9 batch_norm: true } "
        "training { epochs: 10 batch_size: 32 learning_rate: 0.01 ",
        optimizer, " } }");
    const Stretch straight = FitAStretch(text, rows, "", 0);
    ASSERT_TRUE(straight.status.ok()) << straight.status;
    const Stretch first = FitAStretch(text, rows, "", 5, /*threads=*/2);
    ASSERT_TRUE(absl::IsCancelled(first.status)) << first.status;
    const Stretch rest = FitAStretch(text, rows, first.checkpoint, 0);
    ASSERT_TRUE(rest.status.ok()) << rest.status;
    EXPECT_EQ(rest.state, straight.state) << text;
    EXPECT_EQ(rest.metrics.ShortDebugString(), straight.metrics.ShortDebugString()) << text;
  }
}

TEST(NetworkModelTest, APauseAfterTheLastEpochThatCountedEndsWithTheSameWeights) {
  LabelledRows rows = Bars(40, 1);
  RandomStream stream(1, 0, "labels");
  for (int32_t& label : rows.labels) label = static_cast<int32_t>(stream.Below(2));
  constexpr char kText[] =
      "mlp { hidden: 50 training { epochs: 60 learning_rate: 0.05 early_stopping { patience: 1 min_delta: 0.05 } } }";
  const Stretch straight = FitAStretch(kText, rows, "", 0);
  const auto epochs = static_cast<int64_t>(straight.metrics.epochs());
  ASSERT_LT(epochs, 60) << "it stopped early";
  const Stretch rest = FitAStretch(kText, rows, FitAStretch(kText, rows, "", epochs).checkpoint, 0);
  EXPECT_EQ(rest.state, straight.state);
  EXPECT_EQ(rest.metrics.epochs(), straight.metrics.epochs());
}

TEST(NetworkModelTest, ACheckpointThatIsCutOffOrOfAnotherNetworkIsRefused) {
  const LabelledRows rows = Bars(50, 1);
  const std::string checkpoint = FitAStretch("mlp { hidden: 8 }", rows, "", 2).checkpoint;
  ASSERT_FALSE(checkpoint.empty());
  const absl::string_view whole = checkpoint;
  for (const absl::string_view part : {whole.substr(0, whole.size() / 2), whole.substr(1), whole.substr(0, 1)}) {
    EXPECT_TRUE(absl::IsDataLoss(FitAStretch("mlp { hidden: 8 }", rows, part, 0).status)) << part.size();
  }
  EXPECT_TRUE(absl::IsDataLoss(FitAStretch("mlp { hidden: 9 }", rows, whole, 0).status));
  EXPECT_TRUE(absl::IsDataLoss(FitAStretch("mlp { hidden: 8 training { sgd {} } }", rows, whole, 0).status));
}

TEST(NetworkModelTest, WhatGoesIntoTheLastLayerCanBeAskedFor) {
  const LabelledRows rows = Bars(300, 1);
  const Trained mlp("mlp { hidden: 20 hidden: 7 activation: TANH }", rows, 2);
  const std::optional<FeatureMatrix> represented = mlp.model->Represent(rows.features);
  ASSERT_TRUE(represented.has_value());
  EXPECT_EQ(represented->rows(), 300);
  EXPECT_EQ(represented->cols(), 7);
  EXPECT_LE(represented->cwiseAbs().maxCoeff(), 1);
  EXPECT_EQ(mlp.model->Represent(rows.features.topRows(3))->row(2), represented->row(2));
  const Trained cnn("cnn { block { channels: 5 padding: 1 } }", rows, 2);
  EXPECT_EQ(cnn.model->Represent(rows.features)->cols(), 4 * 4 * 5);
  EXPECT_GE(cnn.model->Represent(rows.features)->minCoeff(), 0);
}

TEST(NetworkModelTest, ClassesThatWeighMoreAreLearnedSooner) {
  LabelledRows rows = Bars(200, 1);
  RandomStream stream(1, 0, "labels");
  for (int32_t& label : rows.labels) label = static_cast<int32_t>(stream.Below(2));  // a coin for each
  const auto share_of_ones = [&](const std::string& weights) {
    const FeatureMatrix predicted =
        Fitted(absl::StrCat("mlp { hidden: 4 training { epochs: 20 learning_rate: 0.01 } ", weights, " }"), rows, 2)
            .Probabilities(rows.features);
    return predicted.col(1).mean();
  };
  const float even = share_of_ones("");
  EXPECT_GT(share_of_ones("weight_of { name: '1' weight: 9 }"), even + .1);
  EXPECT_LT(share_of_ones("weight_of { name: '0' weight: 9 }"), even - .1);
  EXPECT_NEAR(share_of_ones("class_weight: BALANCED"), even, .05);
  EXPECT_THAT(MakeError("mlp { weight_of { name: '1' weight: 2 } weight_of { name: '1' weight: 3 } }"),
              HasSubstr("mlp.weight_of"));
}

// Changes of the code that change how networks learn are seen here first.
TEST(NetworkModelTest, TheCurvesOfSmallNetworksStayWhatTheyAre) {
  const auto curve = [](const std::string& network) {
    const Trained trained(network, Bars(200, 1), 2);
    std::vector<double> losses;
    for (const EpochMetrics& epoch : trained.metrics.epoch()) losses.push_back(epoch.loss());
    return losses;
  };
  const auto is = [](const std::vector<double>& losses) {
    return testing::Pointwise(testing::DoubleNear(2e-6), losses);
  };
  EXPECT_THAT(curve("mlp { hidden: 16 dropout: 0.2 training { epochs: 5 batch_size: 25 learning_rate: 0.01 } }"),
              is({.678198, .503323, .365211, .254801, .164928}));
  EXPECT_THAT(curve("mlp { hidden: 16 batch_norm: true training { epochs: 4 batch_size: 25 learning_rate: 0.05 "
                    "sgd { momentum: 0.9 nesterov: true } cosine {} } }"),
              is({.701834, .496658, .389593, .356108}));
  EXPECT_THAT(
      curve("cnn { block { channels: 4 padding: 1 } block { channels: 6 padding: 1 pooling: AVERAGE } "
            "training { epochs: 4 batch_size: 25 learning_rate: 0.01 adamw {} weight_decay: 0.01 clip_norm: 1 } }"),
      is({.542455, .301061, .136202, .0608501}));
}

}  // namespace
}  // namespace parzen
