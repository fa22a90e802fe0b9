#include "cli/plot_files.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::StartsWith;

class PlotFilesTest : public testing::Test {
 protected:
  PlotFilesTest()
      : folder_(std::filesystem::path(testing::TempDir()) /
                testing::UnitTest::GetInstance()->current_test_info()->name()) {
    study_.add_direction(MINIMIZE);
    study_.add_metric("loss");
  }
  ~PlotFilesTest() override { std::filesystem::remove_all(folder_); }

  // Names of the files, which are there, and no others.
  std::vector<std::string> Written() {
    const auto paths = WritePlotFiles(folder_.string(), {study_, trials_}, notes_);
    EXPECT_TRUE(paths.ok()) << paths.status();
    std::vector<std::string> names;
    for (const std::string& path : *paths) {
      EXPECT_TRUE(std::filesystem::exists(path)) << path;
      names.push_back(std::filesystem::path(path).filename().string());
    }
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), static_cast<ptrdiff_t>(names.size()));
    return names;
  }

  const std::filesystem::path folder_;
  StudySummary study_;
  std::vector<TrialRecord> trials_;
  std::vector<std::string> notes_;
};

TEST_F(PlotFilesTest, PlotsWithSomethingToSeeHaveAFileForEachTable) {
  for (int number = 0; number < 4; ++number) {
    TrialRecord& trial = trials_.emplace_back();
    trial.set_number(number);
    trial.set_state(COMPLETE);
    trial.add_value(number);
    for (const char* name : {"a", "b"}) {
      NamedJson& parameter = *trial.add_parameter();
      parameter.set_name(name);
      parameter.set_json(absl::StrCat(name[0] == 'a' ? number % 2 : number / 2, ".0"));
      trial.add_distribution(
          R"({"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 9.0, "log": false}})");
    }
  }
  EXPECT_THAT(Written(), IsSupersetOf({"slice.csv", "contour.axes.csv", "contour.grid.csv"}));
}

TEST_F(PlotFilesTest, WholeNumbersHaveNoFractionWhereAllOfAColumnAreWhole) {
  for (const double value : {1.0, 0.5}) {
    TrialRecord& trial = trials_.emplace_back();
    trial.set_number(static_cast<int64_t>(trials_.size()) - 1);
    trial.set_state(COMPLETE);
    trial.add_value(value);
    NamedJson& parameter = *trial.add_parameter();
    parameter.set_name("units");
    parameter.set_json(trials_.size() == 1 ? "28.0" : "64.0");
    trial.add_distribution(
        R"({"name": "FloatDistribution", "attributes": {"step": 1.0, "low": 1.0, "high": 90.0, "log": false}})");
  }
  EXPECT_THAT(Written(), Contains("slice.csv"));
  std::ifstream file(folder_ / "slice.csv");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}),
            "objective,parameter,number,x,value\nloss,units,0,28,1.0\nloss,units,1,64,0.5\n");
}

TEST_F(PlotFilesTest, PlotsThatDoNotApplyHaveNoFileButANote) {
  EXPECT_THAT(Written(), IsEmpty());
  EXPECT_THAT(notes_, Contains(StartsWith("pareto_front: ")));
  EXPECT_THAT(notes_, Contains(StartsWith("predictions: ")));
}

}  // namespace
}  // namespace parzen
