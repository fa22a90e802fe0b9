// The catalogue is what people copy from: every file in it parses, checks clean and teaches.
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "studies/search_space.h"
#include "studies/study_file.h"

namespace parzen {
namespace {

// Text by file name, in the runfiles of this test.
std::map<std::string, std::string> Catalog() {
  std::map<std::string, std::string> texts;
  for (const auto& entry : std::filesystem::directory_iterator("studies/catalog")) {
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    texts[entry.path().filename().string()] = text.str();
  }
  return texts;
}

// What the study of the catalogue trains that has the base's name, before its parameters change anything.
absl::StatusOr<BaseTrial> StudyItself(const BaseSpec& base) {
  for (const auto& [file, text] : Catalog()) {
    if (!absl::StrContains(text, absl::StrCat("\nname: \"", base.study(), "\""))) continue;
    const auto spec = ParseStudyFile(text, file, &StudyItself);
    if (!spec.ok()) return spec.status();
    return BaseTrial{spec->train(), 0};
  }
  return absl::NotFoundError(absl::StrCat("no study of the catalogue is called ", base.study()));
}

StudySpec Study(const std::string& file) {
  const auto spec = ParseStudyFile(Catalog()[file], file, &StudyItself);
  EXPECT_TRUE(spec.ok()) << spec.status();
  return spec.ok() ? *spec : StudySpec();
}

int64_t GridPoints(const StudySpec& spec) {
  const SearchSpace space = *SearchSpace::Create(spec);
  int64_t points = 1;
  for (size_t i = 0; i < space.size(); ++i) points *= CountValues(space.distribution(i)).value();
  return points;
}

TEST(CatalogTest, EveryFileChecksCleanAndBeginsByExplainingItself) {
  EXPECT_GE(Catalog().size(), 3u);
  for (const auto& [file, text] : Catalog()) {
    const auto spec = ParseStudyFile(text, file, &StudyItself);
    EXPECT_TRUE(spec.ok()) << spec.status().message();
    EXPECT_EQ(text.substr(0, 2), "# ") << file;
  }
}

TEST(CatalogTest, StudyNamesAreDistinct) {
  std::map<std::string, std::string> file_of;
  for (const auto& [file, text] : Catalog()) {
    const auto [other, is_new] = file_of.emplace(Study(file).name(), file);
    EXPECT_TRUE(is_new) << file << " and " << other->second;
  }
}

TEST(CatalogTest, TheFirstStudyNeedsNoFile) {
  EXPECT_THAT(ReferencedFiles(Study("digits_forest.textproto").train()), ::testing::IsEmpty());
}

TEST(CatalogTest, TheForestSearchDrawsFromTheGridOfSixty) {
  EXPECT_EQ(GridPoints(Study("mnist_forest.textproto")), 60);
}

TEST(CatalogTest, TheTreeSweepHasOneTrialForEachDepth) {
  const StudySpec spec = Study("mnist_tree.textproto");
  EXPECT_EQ(GridPoints(spec), 19);
  EXPECT_GE(spec.search().sampler().grid().points(), 19);
}

}  // namespace
}  // namespace parzen
