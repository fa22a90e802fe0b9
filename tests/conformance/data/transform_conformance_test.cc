// What every transform keeps to, with its default options, found through the registry.
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "worker/transforms/transform.h"

namespace parzen {
namespace {

class TransformConformanceTest : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Transform> Make() {
    TransformSpec spec;
    spec.GetReflection()->MutableMessage(&spec, TransformSpec::descriptor()->FindFieldByName(GetParam()));
    auto transform = MakeTransform(spec);
    EXPECT_TRUE(transform.ok()) << transform.status();
    return *std::move(transform);
  }
  // Fitted on `train` and applied to `rows`.
  FeatureMatrix Transformed(const FeatureMatrix& train, FeatureMatrix rows) {
    const auto transform = Make();
    EXPECT_TRUE(transform->Fit(train).ok());
    EXPECT_TRUE(transform->Apply(rows).ok());
    return rows;
  }
  // What one that was fitted on `train` saves.
  std::string State(const FeatureMatrix& train) {
    const auto transform = Make();
    EXPECT_TRUE(transform->Fit(train).ok());
    ArchiveWriter state;
    transform->Save(state);
    return state.Take();
  }
};

// Numbers of mixed size and sign; no two rows or columns are alike.
FeatureMatrix Rows(int rows, int features) {
  FeatureMatrix matrix(rows, features);
  for (int r = 0; r < rows; ++r) {
    for (int f = 0; f < features; ++f) matrix(r, f) = static_cast<float>((7 * r + 11 * f + r * f) % 101 - 50) * .5f;
  }
  return matrix;
}

TEST_P(TransformConformanceTest, HasTheNameOfAKindInTheProto) {
  const auto* field = TransformSpec::descriptor()->FindFieldByName(GetParam());
  ASSERT_NE(field, nullptr);
  EXPECT_EQ(field->containing_oneof()->name(), "kind");
}

TEST_P(TransformConformanceTest, KeepsTheRowsAndStaysFinite) {
  const FeatureMatrix result = Transformed(Rows(200, 9), Rows(31, 9));
  EXPECT_EQ(result.rows(), 31);
  EXPECT_GT(result.cols(), 0);
  EXPECT_TRUE(result.allFinite());
}

TEST_P(TransformConformanceTest, EachRowIsTransformedByItselfAlone) {
  const FeatureMatrix train = Rows(200, 9), rows = Rows(31, 9);
  const FeatureMatrix all = Transformed(train, rows);
  for (int row : {0, 17, 30}) EXPECT_EQ(Transformed(train, rows.row(row)), all.row(row));
}

TEST_P(TransformConformanceTest, ResultIsTheSameForAnyNumberOfThreads) {
  const tbb::global_control two(tbb::global_control::max_allowed_parallelism, 2);
  const FeatureMatrix train = Rows(3000, 20);
  FeatureMatrix by_one, by_two;
  tbb::task_arena(1).execute([&] { by_one = Transformed(train, train); });
  tbb::task_arena(2).execute([&] { by_two = Transformed(train, train); });
  EXPECT_EQ(by_one, by_two);
}

TEST_P(TransformConformanceTest, OneRowAndOneFeatureAreEnoughOrRefused) {
  const auto transform = Make();
  const absl::Status status = transform->Fit(Rows(1, 1));
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
}

TEST_P(TransformConformanceTest, ALoadedTransformDoesTheSame) {
  const FeatureMatrix train = Rows(200, 9);
  const std::string state = State(train);
  const std::unique_ptr<Transform> loaded = Make();
  ArchiveReader reader(state);
  const FeatureMatrix right = Transformed(train, train);
  const absl::StatusOr<int64_t> features = loaded->Load(reader, 9);
  ASSERT_TRUE(features.ok()) << features.status();
  EXPECT_EQ(*features, right.cols());
  FeatureMatrix rows = train;
  EXPECT_TRUE(loaded->Apply(rows).ok());
  EXPECT_EQ(rows, right);
}

TEST_P(TransformConformanceTest, InverseGivesTheRowsBackOrIsRefused) {
  const FeatureMatrix train = Rows(200, 9), rows = Rows(31, 9);
  const std::string state = State(train);
  ArchiveReader reader(state);
  const auto fitted = Make(), loaded = Make();
  ASSERT_TRUE(fitted->Fit(train).ok());
  ASSERT_TRUE(loaded->Load(reader, 9).ok());
  for (const Transform* transform : {fitted.get(), loaded.get()}) {
    FeatureMatrix there_and_back = rows;
    ASSERT_TRUE(transform->Apply(there_and_back).ok());
    const absl::Status status = transform->Invert(there_and_back);
    if (!status.ok()) {
      EXPECT_EQ(GetParam(), "row_maximum") << "all other defaults lose nothing: " << status;
      EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
      continue;
    }
    ASSERT_EQ(there_and_back.cols(), 9);
    EXPECT_LT((there_and_back - rows).cwiseAbs().maxCoeff(), 1e-4) << "of numbers up to 25";
  }
}

TEST_P(TransformConformanceTest, InverseIsTheSameForAnyNumberOfThreads) {
  const tbb::global_control two(tbb::global_control::max_allowed_parallelism, 2);
  const FeatureMatrix train = Rows(3000, 20);
  const auto transform = Make();
  ASSERT_TRUE(transform->Fit(train).ok());
  FeatureMatrix by_one = train;
  ASSERT_TRUE(transform->Apply(by_one).ok());
  FeatureMatrix by_two = by_one, alone = by_one.middleRows(1030, 1);
  absl::Status status;
  tbb::task_arena(1).execute([&] { status = transform->Invert(by_one); });
  tbb::task_arena(2).execute([&] { status.Update(transform->Invert(by_two)); });
  if (!status.ok()) return;
  EXPECT_EQ(by_one, by_two);
  EXPECT_TRUE(transform->Invert(alone).ok());
  EXPECT_EQ(alone, by_one.row(1030));
}

TEST_P(TransformConformanceTest, AStateThatIsCutOffOrOfOtherDataIsNotLoaded) {
  const std::string state = State(Rows(200, 9));
  const auto error = [&](absl::string_view bytes, int64_t features) {
    ArchiveReader reader(bytes);
    return Make()->Load(reader, features).status();
  };
  EXPECT_TRUE(absl::IsDataLoss(error(state + "x", 9)));
  if (state.empty()) return;  // a transform of its options alone takes any number of features
  for (const size_t bytes : {size_t{0}, size_t{1}, state.size() / 2, state.size() - 1}) {
    EXPECT_TRUE(absl::IsDataLoss(error(absl::string_view(state).substr(0, bytes), 9))) << bytes;
  }
  EXPECT_TRUE(absl::IsDataLoss(error(state, 8)));
}

INSTANTIATE_TEST_SUITE_P(Every, TransformConformanceTest,
                         testing::ValuesIn(Registry<TransformFactory>::Global().Names()),
                         [](const auto& transform) { return transform.param; });

TEST(TransformRegistryTest, EveryKindInTheProtoIsRegistered) {
  const auto* kinds = TransformSpec::descriptor()->FindOneofByName("kind");
  for (int k = 0; k < kinds->field_count(); ++k) {
    EXPECT_TRUE(Registry<TransformFactory>::Global().Find(kinds->field(k)->name()).ok()) << kinds->field(k)->name();
  }
}

}  // namespace
}  // namespace parzen
