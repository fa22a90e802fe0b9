// Clusters are scikit-learn's where it says what they are, no worse where chance has a say, and defined whatever the
// rows.
#include "worker/models/clusters/k_means.h"

#include <atomic>
#include <cmath>
#include <fstream>
#include <limits>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tbb/task_arena.h"
#include "worker/models/clusters/clusterer.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Labels = std::vector<int32_t>;

nlohmann::json Parse(const char* name) {
  std::ifstream file(absl::StrCat("tests/testdata/", name));
  EXPECT_TRUE(file.good()) << name;
  return nlohmann::json::parse(file);
}

// Made by clustering_reference.py.
const nlohmann::json& Cases(const char* kind) {
  static const nlohmann::json* const cases = new nlohmann::json(Parse("clustering_reference.json"));
  return cases->at(kind);
}

FeatureMatrix Rows(const std::vector<std::vector<float>>& rows) {
  FeatureMatrix matrix(static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size()));
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t j = 0; j < rows[i].size(); ++j) matrix(static_cast<int64_t>(i), static_cast<int64_t>(j)) = rows[i][j];
  }
  return matrix;
}

FeatureMatrix Column(const std::vector<float>& values) {
  return Eigen::Map<const FeatureMatrix>(values.data(), static_cast<int64_t>(values.size()), 1);
}

// Digits of 64 grey levels, in eighths.
const FeatureMatrix& Digits() {
  static const FeatureMatrix* const digits = [] {
    const nlohmann::json lines = Parse("classification_reference.json").at("digits");
    auto* const rows = new FeatureMatrix(static_cast<int64_t>(lines.size()), 64);
    for (size_t i = 0; i < lines.size(); ++i) {
      const std::string line = lines[i];
      for (int64_t pixel = 0; pixel < 64; ++pixel) {
        const char level = line[static_cast<size_t>(pixel) + 2];
        (*rows)(static_cast<int64_t>(i), pixel) = static_cast<float>(level <= '9' ? level - '0' : level - 'a' + 10) / 8;
      }
    }
    return rows;
  }();
  return *digits;
}

// Normal numbers around centres that are themselves so far apart.
FeatureMatrix Clouds(int64_t rows, int64_t columns, uint64_t clouds, double apart, uint64_t seed = 1) {
  RandomStream centers(seed, 0, "centres"), stream(seed, 0, "clouds");
  FeatureMatrix center(static_cast<int64_t>(clouds), columns), matrix(rows, columns);
  for (float& value : center.reshaped<Eigen::RowMajor>()) value = static_cast<float>(apart * centers.Normal());
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t cloud = static_cast<int64_t>(stream.Below(clouds));
    for (int64_t c = 0; c < columns; ++c) matrix(row, c) = center(cloud, c) + static_cast<float>(stream.Normal());
  }
  return matrix;
}

KMeans Options(absl::string_view text) {
  KMeans options;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(text), &options)) << text;
  return options;
}

KMeans WithCenters(absl::string_view text, const std::vector<std::vector<double>>& centers) {
  KMeans options = Options(text);
  options.set_start(KMeans::GIVEN);
  options.set_clusters(static_cast<int>(centers.size()));
  for (const std::vector<double>& center : centers) {
    options.add_center()->mutable_value()->Add(center.begin(), center.end());
  }
  return options;
}

absl::StatusOr<KMeansResult> TryRun(
    const FeatureRef& rows, const KMeans& options, uint64_t seed = 1,
    const std::function<bool()>& stop = [] { return false; }, const ReportInertia& report = {}) {
  return RunKMeans(rows, options, RandomStream(seed, 0, "model"), stop, report);
}

KMeansResult Clustered(const FeatureRef& rows, const KMeans& options, uint64_t seed = 1) {
  absl::StatusOr<KMeansResult> result = TryRun(rows, options, seed);
  EXPECT_TRUE(result.ok()) << result.status();
  return *std::move(result);
}

std::string RunError(const FeatureRef& rows, const KMeans& options) {
  const absl::Status status = TryRun(rows, options).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

void ExpectSame(const KMeansResult& a, const KMeansResult& b) {
  EXPECT_EQ(a.centers, b.centers);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.inertia, b.inertia);
  EXPECT_EQ(a.iterations, b.iterations);
  EXPECT_EQ(a.converged, b.converged);
}

// By the definition, in 64-bit floats; and the sum of the squared distances.
Labels PlainNearest(const FeatureRef& rows, const CenterMatrix& centers, double* inertia) {
  Labels labels;
  *inertia = 0;
  for (int64_t row = 0; row < rows.rows(); ++row) {
    Eigen::Index nearest = 0;
    *inertia += (centers.rowwise() - rows.row(row).cast<double>()).rowwise().squaredNorm().minCoeff(&nearest);
    labels.push_back(static_cast<int32_t>(nearest));
  }
  return labels;
}

// Centres are the means of their rows, and rows are with their nearest centres.
void ExpectAtRest(const FeatureRef& rows, const KMeansResult& result) {
  double inertia = 0;
  EXPECT_EQ(result.labels, PlainNearest(rows, result.centers, &inertia));
  EXPECT_NEAR(result.inertia, inertia, 1e-12 * inertia);
  CenterMatrix sums = CenterMatrix::Zero(result.centers.rows(), rows.cols());
  Eigen::VectorXd counts = Eigen::VectorXd::Zero(result.centers.rows());
  for (int64_t row = 0; row < rows.rows(); ++row) {
    sums.row(result.labels[static_cast<size_t>(row)]) += rows.row(row).cast<double>();
    ++counts(result.labels[static_cast<size_t>(row)]);
  }
  for (int64_t c = 0; c < counts.size(); ++c) {
    ASSERT_GT(counts(c), 0) << c;
    EXPECT_LT((sums.row(c) / counts(c) - result.centers.row(c)).cwiseAbs().maxCoeff(), 1e-12) << c;
  }
}

TEST(KMeansTest, FromGivenCentersItEndsWhereScikitLearnDoes) {
  for (const nlohmann::json& reference : Cases("given")) {
    SCOPED_TRACE(reference["case"]);
    KMeans options = WithCenters("", reference["given"]);
    options.set_tolerance(reference["tolerance"]);
    options.set_max_iterations(reference["max_iterations"]);
    const bool digits = reference["rows_in_eighths"].is_string();
    const KMeansResult result =
        Clustered(digits ? Digits() : FeatureMatrix(Rows(reference["rows_in_eighths"]) / 8), options);
    EXPECT_EQ(result.labels, reference["labels"].get<Labels>());
    EXPECT_EQ(result.iterations, reference["iterations"].get<int64_t>());
    const double inertia = reference["inertia"];
    EXPECT_NEAR(result.inertia, inertia, 1e-9 * inertia);
    const std::vector<std::vector<double>> centers = reference["centers"];
    for (size_t c = 0; c < centers.size(); ++c) {
      for (size_t i = 0; i < centers[c].size(); ++i) {
        ASSERT_NEAR(result.centers(static_cast<int64_t>(c), static_cast<int64_t>(i)), centers[c][i], 1e-9);
      }
    }
  }
}

TEST(KMeansTest, InertiaIsNoWorseThanScikitLearnsBestOfAsManyStarts) {
  for (const nlohmann::json& reference : Cases("best")) {
    SCOPED_TRACE(reference.dump());
    const KMeansResult result =
        Clustered(Digits(), Options(absl::StrCat("clusters: ", reference["clusters"].get<int>(),
                                                 " starts: ", reference["starts"].get<int>(),
                                                 " start: ", reference["start"].get<std::string>())));
    EXPECT_LT(result.inertia, 1.005 * reference["inertia"].get<double>());
    EXPECT_TRUE(result.converged);
  }
}

TEST(KMeansTest, WithoutToleranceItEndsAtRest) {
  const FeatureMatrix rows = Clouds(2000, 9, 6, 1);
  for (const char* start : {"PLUS_PLUS", "RANDOM"}) {
    ExpectAtRest(rows, Clustered(rows, Options(absl::StrCat("clusters: 11 tolerance: 0 starts: 2 start: ", start))));
  }
  ExpectAtRest(rows, Clustered(rows, Options("clusters: 300 tolerance: 0 starts: 1")));
}

TEST(KMeansTest, OneClusterIsTheMean) {
  const KMeansResult result = Clustered(Column({1, 2, 6}), Options("clusters: 1"));
  EXPECT_EQ(result.centers(0, 0), 3);
  EXPECT_EQ(result.inertia, 14);
  EXPECT_THAT(result.labels, ElementsAre(0, 0, 0));
}

TEST(KMeansTest, AsManyClustersAsRowsLeaveNothing) {
  const FeatureMatrix rows = Clouds(40, 3, 1, 0);
  const KMeansResult result = Clustered(rows, Options("clusters: 40"));
  EXPECT_EQ(result.inertia, 0);
  EXPECT_EQ(std::set<int32_t>(result.labels.begin(), result.labels.end()).size(), 40U);
}

TEST(KMeansTest, RowBetweenTwoCentersGoesToTheFirst) {
  const KMeansResult result = Clustered(Column({0, 2, 1}), WithCenters("max_iterations: 1", {{2}, {0}}));
  EXPECT_EQ(result.centers(0, 0), 1.5) << "of 2 and 1";
  EXPECT_EQ(result.centers(1, 0), 0);
}

TEST(KMeansTest, EmptyClustersGetTheFurthestRows) {
  const KMeansResult one = Clustered(Column({0, 1, 10}), WithCenters("", {{.4}, {1000}}));
  EXPECT_THAT(one.labels, ElementsAre(0, 0, 1));
  const KMeansResult two = Clustered(Column({0, 1, 20, 30}), WithCenters("", {{.4}, {1000}, {-1000}}));
  EXPECT_THAT(two.labels, ElementsAre(0, 0, 2, 1)) << "the first empty one gets the furthest row";
}

TEST(KMeansTest, OfEquallyFarRowsTheFirstFillsAnEmptyCluster) {
  EXPECT_THAT(Clustered(Column({-5, 0, 5}), WithCenters("", {{0}, {1000}})).labels, ElementsAre(1, 0, 0));
}

TEST(KMeansTest, FewerPlacesThanClustersLeaveSomeClustersWithoutRows) {
  const FeatureMatrix rows = Rows({{1, 2}, {1, 2}, {5, 5}, {1, 2}, {5, 5}});
  for (const char* start : {"PLUS_PLUS", "RANDOM"}) {
    const KMeansResult result = Clustered(rows, Options(absl::StrCat("clusters: 4 start: ", start)));
    EXPECT_EQ(result.inertia, 0);
    EXPECT_TRUE(result.converged);
    EXPECT_EQ(result.labels[0], result.labels[1]);
    EXPECT_EQ(result.labels[0], result.labels[3]);
    EXPECT_EQ(result.labels[2], result.labels[4]);
    EXPECT_NE(result.labels[0], result.labels[2]);
    EXPECT_TRUE(result.centers.allFinite());
  }
  EXPECT_EQ(Clustered(FeatureMatrix::Constant(6, 3, .1F), Options("clusters: 5")).inertia, 0);
  EXPECT_THAT(Clustered(Column({3, 3, 3}), WithCenters("", {{3}, {3}, {4}})).labels, ElementsAre(0, 0, 0));
}

TEST(KMeansTest, SpreadStartTakesEveryPlaceBeforeOneTwice) {
  FeatureMatrix rows(600, 5);
  for (int64_t row = 0; row < 600; ++row) rows.row(row).setConstant(static_cast<float>(row % 6) * .1F + 7);
  for (uint64_t seed = 1; seed < 20; ++seed) {
    const KMeansResult result = Clustered(rows, Options("clusters: 6 starts: 1 max_iterations: 1"), seed);
    EXPECT_EQ(result.inertia, 0) << seed;
  }
}

TEST(KMeansTest, SpreadStartFindsCloudsThatAreFarApart) {
  const FeatureMatrix rows = Clouds(3000, 4, 12, 1000);
  const KMeansResult result = Clustered(rows, Options("clusters: 12 starts: 1"));
  EXPECT_LT(result.inertia / 3000, 4.5);
  EXPECT_LE(result.iterations, 3);
}

TEST(KMeansTest, RowsMayLieApart) {
  const FeatureMatrix wide = Clouds(700, 30, 4, 1);
  const FeatureMatrix narrow = wide.middleCols(3, 21);
  ExpectSame(Clustered(wide.middleCols(3, 21), Options("clusters: 5")), Clustered(narrow, Options("clusters: 5")));
}

TEST(KMeansTest, BitsDoNotDependOnThreads) {
  const FeatureMatrix narrow = Clouds(5000, 11, 5, 1), wide = Clouds(900, 401, 5, .3);
  for (const char* text : {"clusters: 7", "clusters: 30 starts: 5 start: RANDOM", "clusters: 9 starts: 1",
                           "clusters: 6 mini_batch: 300 starts: 3", "clusters: 300 starts: 2 max_iterations: 9"}) {
    for (const FeatureMatrix* rows : {&narrow, &wide}) {
      std::vector<KMeansResult> results;
      for (const int threads : {1, 2, 3}) {
        tbb::task_arena(threads).execute([&] { results.push_back(Clustered(*rows, Options(text))); });
      }
      ExpectSame(results[0], results[1]);
      ExpectSame(results[0], results[2]);
    }
  }
}

TEST(KMeansTest, FirstStartIsTheOnlyOneOfOne) {
  const FeatureMatrix rows = Clouds(500, 3, 9, 1);
  const KMeansResult one = Clustered(rows, Options("clusters: 9 starts: 1 start: RANDOM"));
  const KMeansResult several = Clustered(rows, Options("clusters: 9 starts: 20 start: RANDOM"));
  EXPECT_LT(several.inertia, one.inertia);
  // All starts end alike: the first counts.
  const FeatureMatrix far = Clouds(500, 3, 4, 1000);
  ExpectSame(Clustered(far, Options("clusters: 4 starts: 1")), Clustered(far, Options("clusters: 4 starts: 8")));
}

TEST(KMeansTest, OneStartReportsEachRound) {
  const FeatureMatrix rows = Clouds(1000, 6, 5, 1);
  std::vector<double> inertias;
  const auto report = [&](int64_t step, double inertia) {
    inertias.push_back(inertia);
    EXPECT_EQ(step, static_cast<int64_t>(inertias.size()));
    return true;
  };
  const KMeansResult result = *TryRun(
      rows, Options("clusters: 8 starts: 1 tolerance: 0"), 1, [] { return false; }, report);
  ASSERT_EQ(static_cast<int64_t>(inertias.size()), result.iterations);
  for (size_t i = 1; i < inertias.size(); ++i) EXPECT_LE(inertias[i], inertias[i - 1] * (1 + 1e-12));
  EXPECT_NEAR(inertias.back(), result.inertia, 1e-11 * result.inertia);
}

TEST(KMeansTest, SeveralStartsReportTheLowestSoFar) {
  const FeatureMatrix rows = Clouds(300, 2, 7, 1);
  std::vector<double> inertias;
  const auto report = [&](int64_t step, double inertia) {
    inertias.push_back(inertia);
    EXPECT_EQ(step, static_cast<int64_t>(inertias.size()));
    return true;
  };
  const KMeansResult result = *TryRun(
      rows, Options("clusters: 8 starts: 12 start: RANDOM"), 1, [] { return false; }, report);
  ASSERT_EQ(inertias.size(), 12U);
  for (size_t i = 1; i < inertias.size(); ++i) EXPECT_LE(inertias[i], inertias[i - 1]);
  EXPECT_EQ(inertias.back(), result.inertia);
}

TEST(KMeansTest, MiniBatchesFindTheClouds) {
  const FeatureMatrix rows = Clouds(20000, 5, 6, 30);
  const KMeansResult all = Clustered(rows, Options("clusters: 6 starts: 3"));
  const KMeansResult some = Clustered(rows, Options("clusters: 6 starts: 3 mini_batch: 500"));
  EXPECT_LT(some.inertia, 1.02 * all.inertia);
  double inertia = 0;
  EXPECT_EQ(some.labels, PlainNearest(rows, some.centers, &inertia));
  std::vector<double> inertias;
  const auto report = [&](int64_t, double value) {
    inertias.push_back(value);
    return true;
  };
  const KMeansResult one = *TryRun(
      rows, Options("clusters: 6 starts: 1 mini_batch: 500"), 1, [] { return false; }, report);
  EXPECT_EQ(static_cast<int64_t>(inertias.size()), one.iterations);
  EXPECT_NEAR(inertias.back(), one.inertia, .2 * one.inertia) << "of 500 rows, scaled up";
}

TEST(KMeansTest, StopIsObeyed) {
  const FeatureMatrix rows = Clouds(4000, 8, 5, .1);
  for (const char* text : {"clusters: 9", "clusters: 9 starts: 1", "clusters: 9 mini_batch: 100 tolerance: 0"}) {
    for (const int asked : {1, 2, 3, 10, 40}) {
      std::atomic<int> questions = 0;
      const auto status = TryRun(rows, Options(text), 1, [&] { return ++questions >= asked; }).status();
      EXPECT_TRUE(absl::IsCancelled(status)) << status;
      EXPECT_LE(questions, asked);
    }
    const auto report = [](int64_t step, double) { return step < 2; };
    EXPECT_TRUE(absl::IsCancelled(TryRun(
                                      rows, Options(text), 1, [] { return false; }, report)
                                      .status()));
  }
}

TEST(KMeansTest, HugeAndTinyNumbersAreClusteredToo) {
  for (const float scale : {1e30F, 3e37F, 1e-30F, 1e-40F}) {
    const FeatureMatrix rows = Rows({{1, 0}, {1.1F, 0}, {0, 1}, {0, 1.2F}, {-1, -1}, {-1.1F, -1}}) * scale;
    const KMeansResult result = Clustered(rows, Options("clusters: 3"));
    EXPECT_EQ(result.labels[0], result.labels[1]) << scale;
    EXPECT_EQ(result.labels[2], result.labels[3]) << scale;
    EXPECT_EQ(result.labels[4], result.labels[5]) << scale;
    EXPECT_EQ(std::set<int32_t>(result.labels.begin(), result.labels.end()).size(), 3U) << scale;
    EXPECT_TRUE(std::isfinite(result.inertia));
  }
}

TEST(KMeansTest, OneHugeRowDoesNotDisturbTheOthers) {
  FeatureMatrix rows = Clouds(1000, 6, 2, 30);
  const std::vector<double> one(6, 1), zero(6, 0), far = {1e29, 1e29, 1e29, 0, 0, 0};
  const KMeansResult before = Clustered(rows.bottomRows(999), WithCenters("tolerance: 0", {one, zero}));
  rows.row(0).setConstant(1e30F);
  const KMeansResult after = Clustered(rows, WithCenters("tolerance: 0", {one, zero, far}));
  EXPECT_EQ(after.labels[0], 2);
  EXPECT_LT((after.centers.topRows(2) - before.centers).cwiseAbs().maxCoeff(), 1e-9);
  // The others leave the cluster that it comes to.
  const KMeansResult left = Clustered(rows, WithCenters("tolerance: 0", {one, zero}));
  EXPECT_EQ(left.labels[0], 0);
  EXPECT_EQ(left.centers(0, 3), 1e30F);
  EXPECT_LT((left.centers.row(1) - rows.bottomRows(999).cast<double>().colwise().mean()).cwiseAbs().maxCoeff(), 1e-9);
}

TEST(KMeansTest, RowsFarFromTheOriginKeepTheirClusters) {
  FeatureMatrix rows = Clouds(800, 4, 3, 20);
  for (float& value : rows.reshaped<Eigen::RowMajor>()) value = std::round(value * 8) / 8;
  const KMeansResult here = Clustered(rows, Options("clusters: 3 starts: 2"));
  rows.array() += 65536;
  const KMeansResult there = Clustered(rows, Options("clusters: 3 starts: 2"));
  EXPECT_EQ(here.labels, there.labels);
  EXPECT_NEAR(here.inertia, there.inertia, 1e-9 * here.inertia);
}

TEST(KMeansTest, RowsThatItCannotTakeAreNamed) {
  EXPECT_THAT(RunError(Column({1, 2, 3}), Options("clusters: 4")),
              HasSubstr("4 clusters need at least as many rows, and there are 3"));
  EXPECT_THAT(RunError(FeatureMatrix(0, 3), Options("clusters: 1")), HasSubstr("there are 0"));
  EXPECT_THAT(RunError(FeatureMatrix(9, 0), Options("clusters: 1")), HasSubstr("9 rows of 0 features"));
  EXPECT_THAT(RunError(Column({1, NAN, 3}), Options("clusters: 2")), HasSubstr("row 2, column 1"));
  EXPECT_THAT(RunError(Column({1, 2, INFINITY}), Options("clusters: 2")), HasSubstr("row 3, column 1"));
  EXPECT_THAT(RunError(Column({1, 2}), WithCenters("", {{1, 2}})), HasSubstr("2 values each, and the rows 1 features"));
}

TEST(KMeansTest, WrongOptionsAreNamed) {
  const auto error = [](absl::string_view text) { return std::string(CheckKMeans(Options(text)).message()); };
  EXPECT_THAT(error("clusters: 0"), HasSubstr("k_means.clusters: 0 is not between 1 and 100000"));
  EXPECT_THAT(error("starts: 0"), HasSubstr("k_means.starts: 0"));
  EXPECT_THAT(error("max_iterations: 0"), HasSubstr("k_means.max_iterations: 0"));
  EXPECT_THAT(error("mini_batch: -1"), HasSubstr("k_means.mini_batch: -1"));
  EXPECT_THAT(error("tolerance: nan"), HasSubstr("k_means.tolerance: nan"));
  EXPECT_THAT(error("tolerance: inf"), HasSubstr("k_means.tolerance: inf"));
  EXPECT_THAT(error("clusters: 2 start: GIVEN center { value: 1 }"),
              HasSubstr("each of the 2 clusters needs one; there are 1"));
  EXPECT_THAT(error("clusters: 1 center { value: 1 }"), HasSubstr("is for start: GIVEN alone"));
  EXPECT_THAT(error("clusters: 2 start: GIVEN center { value: 1 } center {}"), HasSubstr("center 2 has 0 values"));
  EXPECT_THAT(error("clusters: 1 start: GIVEN center { value: nan }"), HasSubstr("has a value of nan"));
  EXPECT_THAT(error("clusters: 1 start: GIVEN center { value: 1e60 }"), HasSubstr("has a value of 1e+60"));
  EXPECT_EQ(error(""), "");
}

TEST(KMeansTest, AsAClustererItTellsWhatItFound) {
  const ClustererFactory factory = *Registry<ClustererFactory>::Global().Find("k_means");
  TrainSpec spec;
  spec.mutable_k_means()->set_clusters(4);
  const std::unique_ptr<Clusterer> clusterer = *factory(spec);
  const FeatureMatrix rows = Clouds(400, 3, 4, 5), others = Clouds(100, 3, 4, 5, 2);
  UnlabelledContext context{RandomStream(1, 0, "model")};
  std::vector<int64_t> steps;
  context.report = [&](absl::string_view metric, int64_t step, double) {
    EXPECT_EQ(metric, "inertia");
    steps.push_back(step);
    return true;
  };
  ASSERT_TRUE(clusterer->Fit(rows, context).ok());
  const KMeansResult result = Clustered(rows, spec.k_means());
  EXPECT_EQ(steps.size(), 10U);
  EXPECT_EQ(clusterer->clusters(), 4);
  EXPECT_EQ(clusterer->Assign(rows), result.labels);
  EXPECT_EQ(clusterer->Centers(), FeatureMatrix(result.centers.cast<float>()));
  double inertia = 0;
  EXPECT_EQ(clusterer->Assign(others), PlainNearest(others, result.centers, &inertia));
  PartMetrics of_rows, of_others;
  clusterer->MeasureFit(rows, of_rows);
  clusterer->MeasureFit(others, of_others);
  EXPECT_EQ(of_rows.inertia(), result.inertia);
  EXPECT_NEAR(of_others.inertia(), inertia, 1e-12 * inertia);
  TrainMetrics metrics;
  clusterer->Describe(metrics);
  EXPECT_EQ(metrics.iterations(), static_cast<double>(result.iterations));
  EXPECT_EQ(metrics.converged(), 1);
}

TEST(KMeansTest, ClustererIsNotMadeFromWrongOptions) {
  TrainSpec spec;
  spec.mutable_k_means()->set_starts(0);
  EXPECT_TRUE(absl::IsInvalidArgument((*Registry<ClustererFactory>::Global().Find("k_means"))(spec).status()));
}

}  // namespace
}  // namespace parzen
