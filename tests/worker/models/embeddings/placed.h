// Words for tests of embedders.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/oneof.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "worker/models/embeddings/embedder.h"

namespace parzen {

// The embedder of that text, such as "mds { starts: 1 }".
inline absl::StatusOr<std::unique_ptr<Embedder>> MakeEmbedder(absl::string_view text) {
  TrainSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(text), &spec)) << text;
  return (*Registry<EmbedderFactory>::Global().Find(ChosenMember(spec, "model")))(spec);
}

// The message of the error that making it gives; "" when it is made.
inline std::string EmbedderError(absl::string_view text) {
  const absl::Status status = MakeEmbedder(text).status();
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

inline UnlabelledContext ContextOfSeed(uint64_t seed) { return {RandomStream(seed, 0, "model")}; }

// What Embed returns.
inline absl::StatusOr<FeatureMatrix> TryToPlace(absl::string_view text, const FeatureMatrix& rows,
                                                UnlabelledContext context = ContextOfSeed(1)) {
  TrainMetrics metrics;
  return (*MakeEmbedder(text))->Embed(rows, context, metrics);
}

// The message of the InvalidArgument that it returns.
inline std::string PlaceError(absl::string_view text, const FeatureMatrix& rows) {
  const absl::Status status = TryToPlace(text, rows).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

// Where an embedder places rows, and what it tells of it.
struct Placed {
  FeatureMatrix places;
  TrainMetrics metrics;
  std::vector<double> told;  // of steps 1, 2, ...
};

// The test fails when it cannot, or a place is not finite.
inline Placed Place(absl::string_view text, const FeatureMatrix& rows, uint64_t seed = 1) {
  Placed placed;
  UnlabelledContext context = ContextOfSeed(seed);
  context.report = [&](absl::string_view, int64_t step, double value) {
    placed.told.push_back(value);
    EXPECT_EQ(step, static_cast<int64_t>(placed.told.size()));
    return true;
  };
  absl::StatusOr<FeatureMatrix> places = (*MakeEmbedder(text))->Embed(rows, context, placed.metrics);
  EXPECT_TRUE(places.ok()) << places.status();
  if (places.ok()) placed.places = *std::move(places);
  EXPECT_TRUE(placed.places.allFinite());
  return placed;
}

inline Placed PlaceOnThreads(int threads, absl::string_view text, const FeatureMatrix& rows) {
  const tbb::global_control control(tbb::global_control::max_allowed_parallelism, threads);
  tbb::task_arena arena(threads);
  return arena.execute([&] { return Place(text, rows); });
}

// Normal numbers; the columns' deviations fall.
inline FeatureMatrix FallingRows(int64_t rows, int64_t columns, uint64_t seed = 1) {
  RandomStream stream(seed, 0, "rows");
  FeatureMatrix matrix(rows, columns);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t c = 0; c < columns; ++c) matrix(row, c) = static_cast<float>(stream.Normal() / (1. + c));
  }
  return matrix;
}

// A pair's distance.
inline double Apart(const FeatureMatrix& rows, int64_t i, int64_t j) {
  return (rows.row(i).cast<double>() - rows.row(j).cast<double>()).norm();
}

}  // namespace parzen
