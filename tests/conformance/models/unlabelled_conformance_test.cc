// What every clusterer and every embedder keeps to, with its default options, found through the registry.
#include <atomic>
#include <limits>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "proto/rule.pb.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "tests/worker/models/fitted.h"
#include "worker/models/clusters/clusterer.h"
#include "worker/models/embeddings/embedder.h"
#include "worker/models/every_model.h"

namespace parzen {
namespace {

using testing::HasSubstr;

UnlabelledContext Context() { return {RandomStream(1, 0, "model")}; }

// Says stop at question number `question`.
struct StopAt {
  explicit StopAt(int question) : left(question) {}
  UnlabelledContext Asked() {
    UnlabelledContext context = Context();
    context.stop_requested = [this] { return left.fetch_sub(1) <= 0; };
    return context;
  }
  std::atomic<int> left;
};

// As text, few enough rounds and neighbours for the rows of a test.
std::string Default(const std::string& name) {
  if (name == "k_means") return "k_means { clusters: 3 starts: 3 }";
  if (name == "gaussian_mixture") return "gaussian_mixture { components: 3 starts: 2 }";
  if (name == "tsne") return "tsne { perplexity: 10 iterations: 300 }";
  if (name == "umap") return "umap { epochs: 60 }";
  return name + " {}";
}

TrainSpec SpecOf(const std::string& name) { return ModelSpec(Default(name)); }

class ClustererConformanceTest : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Clusterer> Make() {
    return *(*Registry<ClustererFactory>::Global().Find(GetParam()))(SpecOf(GetParam()));
  }
  std::unique_ptr<Clusterer> Fitted(const FeatureMatrix& rows) {
    std::unique_ptr<Clusterer> model = Make();
    UnlabelledContext context = Context();
    const absl::Status status = model->Fit(rows, context);
    EXPECT_TRUE(status.ok()) << status;
    return model;
  }
};

TEST_P(ClustererConformanceTest, LearnsWithoutLabelsByTheProto) {
  const auto* field = TrainSpec::descriptor()->FindFieldByName(GetParam());
  ASSERT_NE(field, nullptr);
  EXPECT_EQ(field->containing_oneof()->name(), "model");
  EXPECT_TRUE(field->options().GetExtension(rule).without_labels());
}

TEST_P(ClustererConformanceTest, CloudsAreFound) {
  const LabelledRows rows = Clouds(600, 6, 3);
  const std::unique_ptr<Clusterer> model = Fitted(rows.features);
  EXPECT_EQ(model->clusters(), 3);
  EXPECT_EQ(model->Centers().rows(), 3);
  EXPECT_EQ(model->Centers().cols(), 6);
  const std::vector<int32_t> assigned = model->Assign(rows.features);
  ASSERT_EQ(assigned.size(), 600u);
  // Rows of a class mostly share a cluster.
  int same = 0, pairs = 0;
  for (size_t i = 0; i < 600; i += 7) {
    for (size_t j = i + 1; j < 600; j += 11) {
      if (rows.labels[i] != rows.labels[j]) continue;
      ++pairs;
      same += assigned[i] == assigned[j] ? 1 : 0;
    }
  }
  EXPECT_GT(same, pairs / 2);
  for (const int32_t cluster : assigned) EXPECT_TRUE(cluster >= 0 && cluster < 3);
}

TEST_P(ClustererConformanceTest, ResultIsTheSameForAnyNumberOfThreads) {
  const tbb::global_control eight(tbb::global_control::max_allowed_parallelism, 8);
  for (const FeatureMatrix& rows : {Clouds(6000, 20, 5, 16).features, Clouds(1500, 40, 17).features}) {
    const auto on = [&](int threads) {
      FeatureMatrix centers;
      std::vector<int32_t> assigned;
      tbb::task_arena(threads).execute([&] {
        const std::unique_ptr<Clusterer> model = Fitted(rows);
        centers = model->Centers();
        assigned = model->Assign(rows);
      });
      return std::pair(centers, assigned);
    };
    const auto by_one = on(1);
    for (const int threads : {2, 3, 8}) EXPECT_EQ(on(threads), by_one) << threads << " threads";
  }
}

TEST_P(ClustererConformanceTest, MeasuresWhatItLowersOrRaises) {
  const FeatureMatrix rows = Clouds(300, 5, 3).features;
  PartMetrics metrics;
  Fitted(rows)->MeasureFit(rows, metrics);
  EXPECT_TRUE(metrics.has_inertia() || metrics.has_log_likelihood());
}

TEST_P(ClustererConformanceTest, FewerRowsThanClustersAreRefusedWithBothNumbers) {
  UnlabelledContext context = Context();
  const absl::Status status = Make()->Fit(Clouds(2, 4, 2).features, context);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("2"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("3"));
}

TEST_P(ClustererConformanceTest, EqualRowsGiveADefinedResultOrAnErrorThatSaysWhy) {
  UnlabelledContext context = Context();
  const FeatureMatrix rows = FeatureMatrix::Constant(40, 3, 2);
  const std::unique_ptr<Clusterer> model = Make();
  const absl::Status status = model->Fit(rows, context);
  if (!status.ok()) {
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return;
  }
  EXPECT_TRUE(model->Centers().allFinite());
  for (const int32_t cluster : model->Assign(rows)) EXPECT_TRUE(cluster >= 0 && cluster < 3);
}

TEST_P(ClustererConformanceTest, StopsWhenItIsAsked) {
  const FeatureMatrix rows = Clouds(2000, 10, 3).features;
  for (const int question : {0, 3}) {
    StopAt stop(question);
    UnlabelledContext context = stop.Asked();
    EXPECT_TRUE(absl::IsCancelled(Make()->Fit(rows, context))) << question;
  }
}

TEST_P(ClustererConformanceTest, EndsWhenAReportIsAnsweredWithNo) {
  const FeatureMatrix rows = Clouds(2000, 10, 3).features;
  UnlabelledContext context = Context();
  int64_t last = 0;
  context.report = [&](absl::string_view, int64_t step, double value) {
    EXPECT_GT(step, last);
    EXPECT_TRUE(std::isfinite(value));
    last = step;
    return false;
  };
  const absl::Status status = Make()->Fit(rows, context);
  EXPECT_TRUE(last == 0 ? status.ok() : absl::IsCancelled(status)) << status;
}

INSTANTIATE_TEST_SUITE_P(Every, ClustererConformanceTest,
                         testing::ValuesIn(Registry<ClustererFactory>::Global().Names()),
                         [](const auto& model) { return model.param; });

class EmbedderConformanceTest : public testing::TestWithParam<std::string> {
 protected:
  absl::StatusOr<FeatureMatrix> Embed(const FeatureMatrix& rows, UnlabelledContext context = Context()) {
    TrainMetrics metrics;
    const auto model = (*Registry<EmbedderFactory>::Global().Find(GetParam()))(SpecOf(GetParam()));
    return (*model)->Embed(rows, context, metrics);
  }
};

TEST_P(EmbedderConformanceTest, LearnsWithoutLabelsByTheProto) {
  const auto* field = TrainSpec::descriptor()->FindFieldByName(GetParam());
  ASSERT_NE(field, nullptr);
  EXPECT_TRUE(field->options().GetExtension(rule).without_labels());
}

TEST_P(EmbedderConformanceTest, EveryRowGetsAFinitePlaceAndCloudsStayTogether) {
  const LabelledRows rows = Clouds(300, 8, 2);
  const auto places = Embed(rows.features);
  ASSERT_TRUE(places.ok()) << places.status();
  ASSERT_EQ(places->rows(), 300);
  ASSERT_EQ(places->cols(), 2);
  ASSERT_TRUE(places->allFinite());
  // Distances within a class are shorter, on average, than those between classes.
  double within = 0, between = 0;
  int64_t pairs_within = 0, pairs_between = 0;
  for (int64_t i = 0; i < 300; i += 3) {
    for (int64_t j = i + 1; j < 300; j += 2) {
      const double distance = (places->row(i) - places->row(j)).norm();
      const bool same = rows.labels[static_cast<size_t>(i)] == rows.labels[static_cast<size_t>(j)];
      (same ? within : between) += distance;
      ++(same ? pairs_within : pairs_between);
    }
  }
  EXPECT_LT(within / static_cast<double>(pairs_within), between / static_cast<double>(pairs_between));
}

TEST_P(EmbedderConformanceTest, ResultIsTheSameForAnyNumberOfThreads) {
  const tbb::global_control eight(tbb::global_control::max_allowed_parallelism, 8);
  const FeatureMatrix rows = Clouds(700, 12, 3).features;
  const auto on = [&](int threads) {
    FeatureMatrix places;
    tbb::task_arena(threads).execute([&] { places = *Embed(rows); });
    return places;
  };
  const FeatureMatrix by_one = on(1);
  for (const int threads : {2, 3, 8}) EXPECT_EQ(on(threads), by_one) << threads << " threads";
}

TEST_P(EmbedderConformanceTest, FewRowsAndEqualRowsGivePlacesOrAnErrorThatSaysWhy) {
  for (const FeatureMatrix& rows :
       {FeatureMatrix(FeatureMatrix::Constant(60, 4, 3)), Clouds(1, 4, 1).features, Clouds(2, 4, 2).features,
        FeatureMatrix(Clouds(5, 4, 2).features), FeatureMatrix(FeatureMatrix::Random(40, 1))}) {
    const auto places = Embed(rows);
    if (places.ok()) {
      EXPECT_EQ(places->rows(), rows.rows());
      EXPECT_TRUE(places->allFinite()) << rows.rows() << " rows";
    } else {
      EXPECT_TRUE(absl::IsInvalidArgument(places.status())) << places.status();
    }
  }
}

TEST_P(EmbedderConformanceTest, StopsWhenItIsAsked) {
  const FeatureMatrix rows = Clouds(1500, 10, 3).features;
  for (const int question : {0, 3}) {
    StopAt stop(question);
    const auto places = Embed(rows, stop.Asked());
    EXPECT_TRUE(absl::IsCancelled(places.status()) || stop.left > 0) << places.status() << " at " << question;
  }
}

INSTANTIATE_TEST_SUITE_P(Every, EmbedderConformanceTest, testing::ValuesIn(Registry<EmbedderFactory>::Global().Names()),
                         [](const auto& model) { return model.param; });

TEST(EveryModelTest, IsRegisteredAsWhatTheProtoSays) {
  const auto* models = TrainSpec::descriptor()->FindOneofByName("model");
  const std::vector<std::string> names = NamesOfEveryModel();
  EXPECT_EQ(names.size(), static_cast<size_t>(models->field_count()));
  for (int m = 0; m < models->field_count(); ++m) {
    const auto& field = *models->field(m);
    EXPECT_THAT(names, testing::Contains(field.name()));
    const bool unlabelled = Registry<ClustererFactory>::Global().Find(field.name()).ok() ||
                            Registry<EmbedderFactory>::Global().Find(field.name()).ok();
    EXPECT_EQ(field.options().GetExtension(rule).without_labels(), unlabelled) << field.name();
  }
}

}  // namespace
}  // namespace parzen
