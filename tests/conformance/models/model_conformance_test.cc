// What every model keeps to, with its default options, found through the registry.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "proto/rule.pb.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "tests/worker/models/fitted.h"
#include "worker/models/model.h"

namespace parzen {
namespace {

using testing::HasSubstr;

class ModelConformanceTest : public testing::TestWithParam<std::string> {
 protected:
  // The model with default options, as text. Ten passes over the few rows of a test are no training: networks get more
  // steps, and layers.
  std::string Default() const {
    const std::string training = "training { epochs: 150 learning_rate: 0.01 batch_size: 64 }";
    if (GetParam() == "mlp") return "mlp { hidden: 32 hidden: 9 dropout: 0.05 batch_norm: true " + training + " }";
    if (GetParam() == "cnn") return "cnn { dense { units: 32 } " + training + " }";
    return GetParam() + " {}";
  }
  const google::protobuf::Descriptor& Options() const {
    return *TrainSpec::descriptor()->FindFieldByName(GetParam())->message_type();
  }
  FeatureMatrix OnThreads(int threads, const LabelledRows& rows, int classes) const {
    return ProbabilitiesOnThreads(threads, Default(), rows, classes);
  }
};

TEST_P(ModelConformanceTest, HasTheNameOfAModelInTheProto) {
  const auto* field = TrainSpec::descriptor()->FindFieldByName(GetParam());
  ASSERT_NE(field, nullptr);
  EXPECT_EQ(field->containing_oneof()->name(), "model");
}

TEST_P(ModelConformanceTest, ProbabilitiesAreSharesThatSumToOne) {
  const FeatureMatrix probabilities =
      Fitted(Default(), Clouds(300, 6, 3), 3).Probabilities(Clouds(200, 6, 3, 0, 2).features);
  ASSERT_EQ(probabilities.rows(), 200);
  ASSERT_EQ(probabilities.cols(), 3);
  EXPECT_GE(probabilities.minCoeff(), 0);
  EXPECT_LE(probabilities.maxCoeff(), 1);
  EXPECT_LT((probabilities.rowwise().sum().array() - 1).abs().maxCoeff(), 1e-5);
}

TEST_P(ModelConformanceTest, ARegressionIsLearnedOrRefused) {
  LabelledRows rows = Clouds(300, 6, 3);
  for (const int32_t label : rows.labels) rows.targets.push_back(static_cast<float>(10 * label));
  std::fill(rows.labels.begin(), rows.labels.end(), 0);
  const absl::Status status = FitStoppedAt(std::numeric_limits<int>::max(), Default(), rows, 0);
  if (!status.ok()) {
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return;
  }
  const FeatureMatrix predicted = Fitted(Default(), rows, 0).Probabilities(rows.features);
  ASSERT_EQ(predicted.cols(), 1);
  double error = 0;
  for (int64_t i = 0; i < rows.rows(); ++i)
    error += std::pow(predicted(i, 0) - rows.targets[static_cast<size_t>(i)], 2);
  EXPECT_LT(error / 300, 30) << "the targets' variance is 67";
}

TEST_P(ModelConformanceTest, LearnsMoreThanChanceTells) {
  EXPECT_GT(Fitted(Default(), Clouds(600, 6, 3), 3).Accuracy(Clouds(600, 6, 3, 0, 2)), .5);
}

TEST_P(ModelConformanceTest, ResultIsTheSameForAnyNumberOfThreads) {
  const tbb::global_control eight(tbb::global_control::max_allowed_parallelism, 8);
  // One data set of few values and one of many, large enough to be worked on in parts.
  for (const LabelledRows& rows : {Clouds(6000, 20, 5, 16), Clouds(1500, 40, 17)}) {
    const FeatureMatrix by_one = OnThreads(1, rows, 17);
    for (const int threads : {2, 3, 8}) EXPECT_EQ(OnThreads(threads, rows, 17), by_one) << threads << " threads";
  }
}

TEST_P(ModelConformanceTest, EachRowIsPredictedByItselfAlone) {
  const Fitted model(Default(), Clouds(300, 5, 3), 3);
  const FeatureMatrix rows = Clouds(300, 5, 3, 0, 2).features;
  const FeatureMatrix all = model.Probabilities(rows);
  for (const int row : {0, 150, 299}) EXPECT_EQ(model.Probabilities(rows.row(row)), all.row(row));
}

TEST_P(ModelConformanceTest, MeasuredRowsGetThePredictionsOfOthers) {
  const LabelledRows rows = Clouds(300, 5, 3), asked = Clouds(5000, 5, 3, 0, 2);
  const std::unique_ptr<Model> model = *MakeModel(ModelSpec(Default()));
  FitContext context{RandomStream(1, 0, "model")};
  ASSERT_TRUE(model->Fit(TrainingRows(rows, 3), context).ok());
  const KeptResults kept(nullptr, "data");
  Stop stop;
  const MeasuredRows measured{asked.features, "measured", kept, stop, [&] { return stop.Requested(); }};
  const auto predicted = model->PredictMeasured(measured);
  ASSERT_TRUE(predicted.ok()) << predicted.status();
  EXPECT_EQ(*predicted, model->Predict(asked.features));
  stop.Request();
  const KeptResults others(nullptr, "other data");
  const MeasuredRows too_late{asked.features, "measured", others, stop, [&] { return stop.Requested(); }};
  EXPECT_TRUE(absl::IsCancelled(model->PredictMeasured(too_late).status()));
}

TEST_P(ModelConformanceTest, NoRowsGetNoPredictions) {
  const FeatureMatrix none = Fitted(Default(), Clouds(30, 5, 3), 3).Probabilities(FeatureMatrix(0, 5));
  EXPECT_EQ(none.rows(), 0);
  EXPECT_EQ(none.cols(), 3);
}

TEST_P(ModelConformanceTest, ClassWithoutRowsIsNeverProbable) {
  LabelledRows rows = Clouds(200, 4, 3);
  for (int32_t& label : rows.labels) label = label == 1 ? 3 : label;  // nobody is 1
  EXPECT_LT(Fitted(Default(), rows, 5).Probabilities(rows.features).col(1).maxCoeff(), .2);
}

TEST_P(ModelConformanceTest, SmallestDataIsLearnedOrRefused) {
  for (const LabelledRows& rows : {Table({{1, 0}}), Table({{1, 0}, {1, 1}}), Table({{0, 0, 0}, {0, 0, 1}})}) {
    FitContext context{RandomStream(1, 0, "model")};
    const absl::Status status = (*MakeModel(ModelSpec(Default())))->Fit(TrainingRows(rows, 2), context);
    EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  }
}

TEST_P(ModelConformanceTest, RequestToStopAtTheStartIsObeyed) {
  EXPECT_TRUE(absl::IsCancelled(FitStoppedAt(1, Default(), Clouds(20000, 30, 5), 5)));
}

TEST_P(ModelConformanceTest, RequestToStopInTheMiddleIsObeyed) {
  // Asked at least twice in a training this long, so the second answer counts.
  EXPECT_TRUE(absl::IsCancelled(FitStoppedAt(2, Default(), Clouds(30000, 40, 5), 5)));
}

TEST_P(ModelConformanceTest, StopIsNeverAskedByTwoThreadsAtOnce) {
  const tbb::global_control eight(tbb::global_control::max_allowed_parallelism, 8);
  const std::unique_ptr<Model> model = *MakeModel(ModelSpec(Default()));
  std::atomic<int> asking = 0, most = 0;
  FitContext context{RandomStream(1, 0, "model")};
  context.stop_requested = [&] {
    most = std::max<int>(most, ++asking);
    std::this_thread::yield();  // gives another thread the chance to do it wrong
    --asking;
    return false;
  };
  tbb::task_arena(8).execute([&] { EXPECT_TRUE(model->Fit(TrainingRows(Clouds(20000, 30, 5), 5), context).ok()); });
  EXPECT_EQ(most, 1);
}

TEST_P(ModelConformanceTest, ALoadedModelPredictsTheSameBits) {
  const LabelledRows rows = Clouds(300, 6, 3);
  const Fitted fitted(Default(), rows, 3);
  const std::string state = fitted.State();
  const std::unique_ptr<Model> loaded = *MakeModel(ModelSpec(Default()));
  ArchiveReader reader(state);
  ASSERT_TRUE(loaded->Load(reader, 6, 3).ok());
  EXPECT_EQ(loaded->Predict(rows.features), fitted.Probabilities(rows.features));
}

TEST_P(ModelConformanceTest, AStateThatIsCutOffOrOfOtherDataIsNotLoaded) {
  const std::string state = Fitted(Default(), Clouds(300, 6, 3), 3).State();
  const auto load = [&](absl::string_view bytes, int64_t features, int classes) {
    ArchiveReader reader(bytes);
    return (*MakeModel(ModelSpec(Default())))->Load(reader, features, classes);
  };
  for (const size_t bytes : {size_t{0}, size_t{1}, state.size() / 2, state.size() - 1}) {
    EXPECT_TRUE(absl::IsDataLoss(load(absl::string_view(state).substr(0, bytes), 6, 3))) << bytes;
  }
  EXPECT_TRUE(absl::IsDataLoss(load(state + "x", 6, 3)));
  EXPECT_TRUE(absl::IsDataLoss(load(state, 1, 3)));
}

// What a model's option is refused without, whatever its number.
std::string Beside(const std::string& option) {
  const auto many = [](const std::string& element) {
    std::string text;
    for (int i = 0; i < 100; ++i) text += element;
    return text;
  };
  if (option == "layers") return many(" hidden: 1");
  if (option == "blocks") return many(" block {}");
  if (option == "height") return " width: 1";
  if (option == "width") return " height: 1";
  return "";
}

TEST_P(ModelConformanceTest, NumbersOutsideTheirRuleAreRefusedByName) {
  for (int i = 0; i < Options().field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *Options().field(i);
    if (field.cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_INT32) continue;
    const Rule& field_rule = field.options().GetExtension(rule);
    const auto with = [&](double value) {
      return absl::StrCat(GetParam(), " { ", field.name(), ": ", static_cast<int32_t>(value), Beside(field.name()),
                          " }");
    };
    if (field_rule.has_min()) {
      EXPECT_THAT(MakeError(with(field_rule.min() - 1)), HasSubstr(field.name()));
      EXPECT_EQ(MakeError(with(field_rule.min())), "");
    }
    if (field_rule.has_max()) {
      EXPECT_THAT(MakeError(with(field_rule.max() + 1)), HasSubstr(field.name()));
      EXPECT_EQ(MakeError(with(field_rule.max())), "");
    }
  }
}

TEST_P(ModelConformanceTest, AClassOfMoreWeightIsMoreProbable) {
  if (Options().FindFieldByName("weight_of") == nullptr) return;
  // Of few values, so that rows of several classes lie at the same place.
  const LabelledRows rows = Clouds(600, 2, 3, 4);
  const absl::string_view longer =
      Options().FindFieldByName("training") == nullptr ? "" : " training { epochs: 40 learning_rate: 0.03 }";
  const auto share_of_1 = [&](absl::string_view options) {
    return Fitted(absl::StrCat(GetParam(), " { ", options, longer, " }"), rows, 3)
        .Probabilities(rows.features)
        .col(1)
        .mean();
  };
  const std::string heavy = R"(weight_of { name: "1" weight: 4 } )";
  EXPECT_GT(share_of_1(heavy), share_of_1("") + .05);
  // Times what class_weight says.
  EXPECT_GT(share_of_1(heavy + "class_weight: BALANCED"), share_of_1("class_weight: BALANCED") + .05);
}

TEST_P(ModelConformanceTest, AWeightOfAnUnknownClassIsRefusedWithTheNearestName) {
  if (Options().FindFieldByName("weight_of") == nullptr) return;
  const std::string model = GetParam() + R"( { weight_of { name: "2" weight: 2 } weight_of { name: "O" weight: 2 } })";
  const absl::Status status = FitStoppedAt(std::numeric_limits<int>::max(), model, Clouds(30, 2, 3), 3);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr(GetParam() + ".weight_of[1].name: \"O\" is no class of the dataset; "));
  EXPECT_THAT(status.message(), HasSubstr("0"));
}

TEST_P(ModelConformanceTest, AClassWeighedTwiceAndAWeightOfNothingAreRefused) {
  if (Options().FindFieldByName("weight_of") == nullptr) return;
  EXPECT_THAT(MakeError(GetParam() + R"( { weight_of { name: "0" weight: 2 } weight_of { name: "0" weight: 3 } })"),
              HasSubstr(GetParam() + ".weight_of[1].name: \"0\" has its weight from weight_of[0] already"));
  for (const char* wrong : {"0", "-1", "2e9", "nan"}) {
    EXPECT_THAT(MakeError(absl::StrCat(GetParam(), " { weight_of { name: \"0\" weight: ", wrong, " } }")),
                HasSubstr(GetParam() + ".weight_of[0].weight: "))
        << wrong;
  }
}

TEST_P(ModelConformanceTest, WeightsOfClassesInARegressionAreRefused) {
  if (Options().FindFieldByName("weight_of") == nullptr) return;
  LabelledRows rows = Clouds(30, 2, 1);
  rows.targets.assign(30, 1);
  const std::string model = GetParam() + R"( { weight_of { name: "0" weight: 2 } })";
  EXPECT_TRUE(absl::IsInvalidArgument(FitStoppedAt(std::numeric_limits<int>::max(), model, rows, 0)));
}

INSTANTIATE_TEST_SUITE_P(Every, ModelConformanceTest, testing::ValuesIn(Registry<ModelFactory>::Global().Names()),
                         [](const auto& model) { return model.param; });

}  // namespace
}  // namespace parzen
