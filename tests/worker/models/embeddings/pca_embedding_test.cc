// Places are scikit-learn's principal components, and those of our transform.
#include <fstream>
#include <limits>

#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "tests/worker/models/embeddings/placed.h"
#include "worker/transforms/transform.h"

namespace parzen {
namespace {

using testing::HasSubstr;

// Made by mds_reference.py.
nlohmann::json Cases() {
  std::ifstream file("tests/testdata/mds_reference.json");
  EXPECT_TRUE(file.good());
  return nlohmann::json::parse(file);
}

FeatureMatrix MatrixOf(const std::vector<std::vector<float>>& rows) {
  FeatureMatrix matrix(static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size()));
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t j = 0; j < rows[i].size(); ++j) matrix(static_cast<int64_t>(i), static_cast<int64_t>(j)) = rows[i][j];
  }
  return matrix;
}

TEST(PcaEmbeddingTest, PlacesAreScikitLearnsComponentsUpToSign) {
  for (const nlohmann::json& reference : Cases()) {
    const FeatureMatrix rows = MatrixOf(reference["rows"]), theirs = MatrixOf(reference["pca"]);
    for (int dimensions = 1; dimensions <= 3; ++dimensions) {
      const FeatureMatrix places = Place(absl::StrCat("pca_embedding { dimensions: ", dimensions, " }"), rows).places;
      ASSERT_EQ(places.cols(), dimensions);
      for (int d = 0; d < dimensions; ++d) {
        const float sign = places.col(d).dot(theirs.col(d)) < 0 ? -1.f : 1.f;
        EXPECT_LT((sign * places.col(d) - theirs.col(d)).cwiseAbs().maxCoeff(), 1e-4) << reference["case"] << d;
      }
    }
  }
}

TEST(PcaEmbeddingTest, PlacesAreWhatTheTransformMakes) {
  // More rows than features, and fewer.
  for (const auto& [rows, columns] : {std::pair{200, 15}, {15, 40}}) {
    const FeatureMatrix train = FallingRows(rows, columns);
    TransformSpec spec;
    spec.mutable_pca()->set_components(2);
    const std::unique_ptr<Transform> transform = *MakeTransform(spec);
    FeatureMatrix transformed = train;
    ASSERT_TRUE(transform->Fit(train).ok());
    ASSERT_TRUE(transform->Apply(transformed).ok());
    EXPECT_EQ(Place("pca_embedding {}", train).places, transformed);
  }
}

TEST(PcaEmbeddingTest, PlacesHaveTheSameBitsOnAnyNumberOfThreads) {
  const FeatureMatrix rows = FallingRows(3000, 40);
  const FeatureMatrix one = PlaceOnThreads(1, "pca_embedding {}", rows).places;
  for (const int threads : {2, 3}) EXPECT_EQ(PlaceOnThreads(threads, "pca_embedding {}", rows).places, one) << threads;
}

TEST(PcaEmbeddingTest, ComponentsThatRowsDoNotHaveAreZero) {
  for (const FeatureMatrix& rows : {FallingRows(30, 2), FallingRows(2, 9)}) {
    const FeatureMatrix places = Place("pca_embedding { dimensions: 3 }", rows).places;
    EXPECT_EQ(places.leftCols(2), Place("pca_embedding {}", rows).places);
    EXPECT_EQ(places.col(2), FeatureMatrix::Zero(rows.rows(), 1));
  }
  EXPECT_EQ(Place("pca_embedding {}", FallingRows(1, 5)).places, FeatureMatrix::Zero(1, 2));
}

TEST(PcaEmbeddingTest, EqualRowsLieAtOnePlace) {
  EXPECT_LT(Place("pca_embedding {}", FeatureMatrix::Constant(20, 4, .1f)).places.cwiseAbs().maxCoeff(), 1e-6);
}

TEST(PcaEmbeddingTest, RequestToStopIsObeyed) {
  for (const int asked : {1, 2}) {
    int questions = 0;
    UnlabelledContext context = ContextOfSeed(1);
    context.stop_requested = [&] { return ++questions >= asked; };
    EXPECT_TRUE(absl::IsCancelled(TryToPlace("pca_embedding {}", FallingRows(50, 5), context).status())) << asked;
  }
}

TEST(PcaEmbeddingTest, RowsThatCannotBePlacedAreAnError) {
  EXPECT_THAT(PlaceError("pca_embedding {}", FeatureMatrix(0, 3)),
              HasSubstr("at least one row and one feature; got 0 rows of 3 features"));
  FeatureMatrix rows = FallingRows(5, 3);
  rows(2, 1) = std::numeric_limits<float>::infinity();
  EXPECT_THAT(PlaceError("pca_embedding {}", rows), HasSubstr("row 3, column 2"));
  rows.row(0).setConstant(3.4e38f);
  rows.row(2).setConstant(-3.4e38f);
  EXPECT_THAT(PlaceError("pca_embedding {}", rows), HasSubstr("further apart than 32-bit floats can tell"));
}

TEST(PcaEmbeddingTest, WrongOptionsAreNamed) {
  EXPECT_EQ(EmbedderError("pca_embedding { dimensions: 3 }"), "");
  EXPECT_EQ(EmbedderError("pca_embedding { dimensions: 0 }"), "pca_embedding.dimensions: 0 is not between 1 and 3");
  EXPECT_EQ(EmbedderError("pca_embedding { dimensions: 4 }"), "pca_embedding.dimensions: 4 is not between 1 and 3");
}

}  // namespace
}  // namespace parzen
