// Beside Optuna 5's own numbers (tpe_golden.json): every one of them agrees to 1e-6. Suggestions themselves cannot be
// compared, as they are drawn by another random generator.
#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "studies/samplers/parzen_estimator.h"
#include "studies/samplers/tpe_model.h"
#include "studies/samplers/tpe_options.h"
#include "studies/search_space.h"
#include "studies/truncated_normal.h"

namespace parzen {
namespace {

using Json = nlohmann::json;

constexpr double kTolerance = 1e-6;

const Json& Golden() {
  static const Json* const golden = [] {
    std::ifstream file("tests/testdata/tpe_golden.json");
    return new Json(Json::parse(file));
  }();
  return *golden;
}

Distribution DistributionOf(const Json& json) {
  const Json& attributes = json["attributes"];
  if (json["name"] == "CategoricalDistribution") {
    CategoricalDistribution categories;
    for (const Json& choice : attributes["choices"]) categories.choices.push_back(choice.get<std::string>());
    return categories;
  }
  if (json["name"] == "IntDistribution") {
    return IntDistribution{attributes["low"], attributes["high"], attributes["log"], attributes["step"]};
  }
  FloatDistribution range{attributes["low"], attributes["high"], attributes["log"], std::nullopt};
  if (!attributes["step"].is_null()) range.step = attributes["step"].get<double>();
  return range;
}

// One of the file's estimators: its axes in the file's order, its observations and points row by row.
struct GoldenEstimator {
  std::vector<Axis> axes;
  std::vector<double> observations;
  std::vector<double> points;
};

std::vector<double> Rows(const Json& columns, const std::vector<std::string>& names) {
  std::vector<double> rows;
  for (size_t row = 0; row < columns[names[0]].size(); ++row) {
    for (const std::string& name : names) rows.push_back(columns[name][row]);
  }
  return rows;
}

// nlohmann sorts keys; kernels are in the order in which the file declares the parameters.
std::vector<std::string> Names(const Json& estimator) {
  if (estimator["space"].size() == 1) return {"x"};
  return {"x", "i", "c"};
}

GoldenEstimator Read(const Json& json) {
  GoldenEstimator golden;
  const std::vector<std::string> names = Names(json);
  for (const std::string& name : names) golden.axes.emplace_back(DistributionOf(json["space"][name]));
  golden.observations = Rows(json["observations"], names);
  golden.points = Rows(json["points"], names);
  return golden;
}

ParzenEstimator Estimator(const GoldenEstimator& golden) {
  ParzenEstimator estimator(golden.axes, KernelOptions());
  const size_t dimensions = golden.axes.size();
  for (size_t i = 0; i < golden.observations.size(); i += dimensions) {
    estimator.Append(absl::MakeConstSpan(golden.observations).subspan(i, dimensions));
    estimator.SetObserved(i / dimensions, true);
  }
  return estimator;
}

void ExpectOrderedKernels(ParzenEstimator& estimator, size_t dimension, const Json& kernels) {
  const size_t count = estimator.observations();
  ASSERT_EQ(kernels["mu"].size(), count + 1);
  for (size_t slot = 0; slot <= count; ++slot) {
    const ParzenEstimator::Kernel kernel =
        slot < count ? estimator.KernelOf(slot, dimension) : estimator.Prior(dimension);
    EXPECT_NEAR(kernel.mu, kernels["mu"][slot].get<double>(), kTolerance) << slot;
    EXPECT_NEAR(kernel.sigma, kernels["sigma"][slot].get<double>(), kTolerance) << slot;
  }
}

void ExpectCategoryKernels(ParzenEstimator& estimator, size_t dimension, const Json& kernels, const Json& observed) {
  for (size_t slot = 0; slot < estimator.observations(); ++slot) {
    for (size_t category = 0; category < kernels[slot].size(); ++category) {
      const bool hit = observed[slot].get<double>() == static_cast<double>(category);
      EXPECT_NEAR(estimator.CategoryShare(dimension, hit), kernels[slot][category].get<double>(), kTolerance);
    }
  }
}

TpeOptions Optuna5(size_t objectives) {
  TpeSampler message;
  message.set_preset(TpeSampler::OPTUNA5);
  return *ResolveTpeOptions(message, objectives);
}

TEST(TpeGoldenTest, GammaOfOneObjective) {
  for (const auto& [count, below] : Golden()["gamma_single"].items()) {
    EXPECT_EQ(BelowCount(std::stoul(count), Optuna5(1)), below.get<size_t>()) << count;
  }
}

TEST(TpeGoldenTest, GammaOfSeveralObjectives) {
  for (const auto& [count, below] : Golden()["gamma_multi"].items()) {
    EXPECT_EQ(BelowCount(std::stoul(count), Optuna5(2)), below.get<size_t>()) << count;
  }
}

TEST(TpeGoldenTest, RecencyWeights) {
  for (const auto& [text, weights] : Golden()["weights"].items()) {
    const size_t count = std::stoul(text);
    ASSERT_EQ(weights.size(), count);
    double sum = 0;
    for (size_t rank = 0; rank < count; ++rank) {
      EXPECT_NEAR(RecencyWeight(rank, count), weights[rank].get<double>(), kTolerance) << rank << " of " << count;
      sum += weights[rank].get<double>();
    }
    EXPECT_NEAR(RecencyWeightSum(count), sum, kTolerance) << count;
  }
}

TEST(TpeGoldenTest, KernelsOfAllEstimators) {
  ASSERT_EQ(Golden()["parzen"].size(), 11u);
  for (const Json& json : Golden()["parzen"]) {
    SCOPED_TRACE(json["name"]);
    const GoldenEstimator golden = Read(json);
    ParzenEstimator estimator = Estimator(golden);
    const std::vector<std::string> names = Names(json);
    for (size_t d = 0; d < names.size(); ++d) {
      const Json& kernels = json["kernels"][d];
      if (kernels.contains("cat")) {
        ExpectCategoryKernels(estimator, d, kernels["cat"], json["observations"][names[d]]);
      } else {
        ExpectOrderedKernels(estimator, d, kernels);
      }
    }
  }
}

TEST(TpeGoldenTest, MixtureWeightsOfAllEstimators) {
  for (const Json& json : Golden()["parzen"]) {
    SCOPED_TRACE(json["name"]);
    const std::vector<double> expected = json["weights"];
    EXPECT_THAT(Estimator(Read(json)).Weights(), testing::Pointwise(testing::DoubleNear(kTolerance), expected));
  }
}

TEST(TpeGoldenTest, LogDensitiesOfAllEstimators) {
  for (const Json& json : Golden()["parzen"]) {
    SCOPED_TRACE(json["name"]);
    const GoldenEstimator golden = Read(json);
    const std::vector<double> expected = json["log_pdf"];
    EXPECT_THAT(Estimator(golden).LogDensities(golden.points),
                testing::Pointwise(testing::DoubleNear(kTolerance), expected));
  }
}

TEST(TpeGoldenTest, QuantilesOfTheTruncatedNormal) {
  for (const Json& json : Golden()["truncnorm_ppf"]) {
    for (size_t i = 0; i < json["q"].size(); ++i) {
      EXPECT_NEAR(TruncatedNormalQuantile(json["q"][i], json["a"], json["b"]), json["x"][i].get<double>(), kTolerance)
          << json["q"][i] << " in " << json["a"] << ", " << json["b"];
    }
  }
}

TEST(TpeGoldenTest, LogMassesOfTheNormal) {
  for (const Json& json : Golden()["log_gauss_mass"]) {
    EXPECT_NEAR(LogGaussMass(json["a"], json["b"]), json["v"].get<double>(), kTolerance);
  }
}

// The space of the file's study; "i" is only in some of its trials.
constexpr char kStudySpace[] = R"(
  name: "golden" function { sphere {} } objective { direction: MINIMIZE }
  parameter { name: "c" categorical { choice: "a" choice: "b" choice: "c" } }
  parameter { name: "lr" float { low: 1e-5 high: 0.1 log: true } }
  parameter { name: "x" float { low: 0 high: 1 } }
  parameter { name: "i" int { low: 1 high: 9 step: 2 } when { parameter: "c" equals: "a" } } )";

class TpeGoldenStudyTest : public testing::Test {
 protected:
  TpeGoldenStudyTest() {
    StudySpec spec;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kStudySpace, &spec));
    space_.emplace(*SearchSpace::Create(spec));
    for (const Json& trial : Golden()["study"]["trials"]) Add(trial);
    model_.emplace(*space_, history_, std::vector<Direction>{MINIMIZE}, Optuna5(1));
    model_->Update();
  }

  void Add(const Json& json) {
    HistoryTrial trial;
    trial.number = json["number"];
    EXPECT_TRUE(TrialState_Parse(json["state"].get<std::string>(), &trial.state));
    if (!json["value"].is_null()) trial.values = {json["value"].get<double>()};
    trial.point.resize(space_->size());
    for (const auto& [name, value] : json["params"].items()) {
      trial.point[*space_->Find(name)] =
          value.is_string() ? static_cast<double>(value.get<std::string>()[0] - 'a') : value.get<double>();
    }
    if (json.contains("intermediate_values")) {
      std::map<int64_t, double> steps;
      for (const auto& [step, value] : json["intermediate_values"].items()) steps[std::stoll(step)] = value;
      for (const auto& [step, value] : steps) trial.steps.push_back({step, value});
    }
    if (json.contains("constraints")) {
      for (const Json& value : json["constraints"]) trial.violation += std::max(0.0, value.get<double>());
    }
    history_.Add(std::move(trial));
  }

  std::vector<int64_t> Numbers(TpeSplit::Side side) const {
    std::vector<int64_t> numbers;
    for (size_t i = 0; i < history_.size(); ++i) {
      if (model_->split().side(i) == side) numbers.push_back(history_[i].number);
    }
    return numbers;
  }

  std::optional<SearchSpace> space_;
  History history_;
  std::optional<TpeModel> model_;
};

TEST_F(TpeGoldenStudyTest, TheSplitIsOptunas) {
  const Json& study = Golden()["study"];
  EXPECT_EQ(model_->split().observations(), study["n_for_gamma"].get<size_t>());
  EXPECT_EQ(model_->split().below().size(), study["n_below"].get<size_t>());
  EXPECT_EQ(Numbers(TpeSplit::Side::kBelow), study["below_numbers"].get<std::vector<int64_t>>());
  EXPECT_EQ(Numbers(TpeSplit::Side::kAbove), study["above_numbers"].get<std::vector<int64_t>>());
}

TEST_F(TpeGoldenStudyTest, AcquisitionValuesAreOptunas) {
  const Json& study = Golden()["study"];
  TpeBlock& block = *model_->BlockOf(0);
  std::vector<std::string> names;
  for (const size_t i : block.parameters()) names.push_back(space_->name(i));
  ASSERT_EQ(names, study["relative_space"].get<std::vector<std::string>>());
  const std::vector<double> expected = study["acq"];
  EXPECT_THAT(block.Scores(Rows(study["candidates"], names)),
              testing::Pointwise(testing::DoubleNear(kTolerance), expected));
}

}  // namespace
}  // namespace parzen
