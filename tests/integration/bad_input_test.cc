// Everything a user can get wrong at the command line: one clear error, the right exit code, nothing left behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/integration/process.h"

namespace parzen {
namespace {

using testing::HasSubstr;

constexpr char kGood[] = R"(name: "s"
objective { metric: "validation_accuracy" direction: MAXIMIZE }
train {
  dataset { digits { train: 100 test: 0 } }
  random_forest { trees: 3 }
}
parameter { name: "trees" sets: "random_forest.trees" int { low: 1 high: 9 } }
parameter { name: "depth" sets: "random_forest.max_depth" int { low: 1 high: 9 } }
search { sampler { random {} } trials: 2 seed: 1 }
)";

class BadInputTest : public testing::Test {
 protected:
  BadInputTest() : folder_(FreshFolder()) {}

  std::string Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << bytes;
    return folder_ + "/" + name;
  }
  // Runs the good study with one piece replaced.
  Finished RunWith(const std::string& piece, const std::string& instead) const {
    const std::string text = absl::StrReplaceAll(kGood, {{piece, instead}});
    EXPECT_NE(text, kGood) << piece;
    return RunStudy(text);
  }
  Finished RunStudy(const std::string& text, const std::string& db = "s.db") const {
    return RunToEnd({ParzenBinary(), "run", Write("s.textproto", text), "--db", folder_ + "/" + db});
  }
  Finished RunDataset(const std::string& dataset) const { return RunWith("digits { train: 100 test: 0 }", dataset); }

  static void ExpectRefused(const Finished& run, const std::string& because, int code = 2) {
    EXPECT_EQ(run.code, code) << run.err;
    EXPECT_THAT(run.err, HasSubstr(because));
    EXPECT_EQ(run.out, "");
  }

  // IDX bytes: magic and dimensions, big-endian, then the data.
  static std::string Idx(uint32_t magic, const std::vector<uint32_t>& dimensions, const std::string& data) {
    std::string bytes;
    const auto append = [&](uint32_t word) {
      for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(word >> shift));
    };
    append(magic);
    for (const uint32_t dimension : dimensions) append(dimension);
    return bytes + data;
  }
  static std::string Images(int count) {
    return Idx(0x803, {static_cast<uint32_t>(count), 2, 2}, std::string(4 * count, 7));
  }
  static std::string Labels(int count) { return Idx(0x801, {static_cast<uint32_t>(count)}, std::string(count, 1)); }

  const std::string folder_;
};

TEST_F(BadInputTest, GoodStudyIsNotRefused) { EXPECT_EQ(RunStudy(kGood).code, 0); }

TEST_F(BadInputTest, MisspeltFieldIsNamedWithItsLineAndASuggestion) {
  const Finished run = RunWith("random_forest { trees: 3 }", "random_forest { treees: 3 }");
  ExpectRefused(run, "s.textproto:5:");
  EXPECT_THAT(run.err, HasSubstr("\"trees\"?"));
}

TEST_F(BadInputTest, SetsPathThatDoesNotExistIsNamed) {
  ExpectRefused(RunWith("sets: \"random_forest.trees\"", "sets: \"random_forest.tree\""), "s.textproto:7:");
}

TEST_F(BadInputTest, SetsPathOfTheWrongTypeIsNamed) {
  ExpectRefused(RunWith("int { low: 1 high: 9 } }\nparameter", "float { low: 1.5 high: 9 } }\nparameter"),
                "s.textproto:7:");
}

TEST_F(BadInputTest, LowAboveHighIsNamed) {
  ExpectRefused(RunWith("max_depth\" int { low: 1 high: 9 }", "max_depth\" int { low: 10 high: 9 }"), "s.textproto:8:");
}

TEST_F(BadInputTest, LogFromZeroIsNamed) {
  ExpectRefused(RunWith("max_depth\" int { low: 1 high: 9 }", "max_depth\" int { low: 0 high: 9 log: true }"),
                "s.textproto:8:");
}

TEST_F(BadInputTest, DuplicateParameterIsNamed) {
  ExpectRefused(RunWith("name: \"depth\"", "name: \"trees\""), "s.textproto:8:");
}

TEST_F(BadInputTest, CycleOfConditionsIsNamed) {
  const std::string first = "int { low: 1 high: 9 } when { parameter: \"depth\" at_least: 2 } }\nparameter";
  const std::string text =
      absl::StrReplaceAll(kGood, {{"int { low: 1 high: 9 } }\nparameter", first},
                                  {"int { low: 1 high: 9 } }\nsearch",
                                   "int { low: 1 high: 9 } when { parameter: \"trees\" at_least: 2 } }\nsearch"}});
  ExpectRefused(RunStudy(text), "->");
}

TEST_F(BadInputTest, UnknownParameterInWhenIsNamed) {
  ExpectRefused(RunWith("int { low: 1 high: 9 } }\nsearch",
                        "int { low: 1 high: 9 } when { parameter: \"tres\" at_least: 2 } }\nsearch"),
                "\"trees\"?");
}

TEST_F(BadInputTest, EmptyChoicesAreNamed) {
  ExpectRefused(RunWith("max_depth\" int { low: 1 high: 9 }", "max_depth\" categorical { }"), "s.textproto:8:");
}

TEST_F(BadInputTest, AllProblemsOfAFileComeAtOnce) {
  const std::string text = absl::StrReplaceAll(
      kGood, {{"trees: 3", "treees: 3"}, {"name: \"depth\"", "name: \"trees\""}, {"trials: 2", "trials: 0"}});
  const Finished run = RunStudy(text);
  ExpectRefused(run, "s.textproto:5:");
  EXPECT_THAT(run.err, HasSubstr("s.textproto:8:"));
  EXPECT_THAT(run.err, HasSubstr("s.textproto:9:"));
}

TEST_F(BadInputTest, OptionsThatNoDataMakesRightAreToldBeforeTheFirstTrial) {
  const Finished run = RunWith("random_forest { trees: 3 }\n",
                               "random_forest { trees: 3 }\n transform { pca { components: 2 variance: 0.5 } }\n");
  ExpectRefused(run, "s.textproto:6: train.transform.pca: either components or variance says how many; both are given");
  ExpectRefused(RunWith("trees: 3 }", "trees: 3 }\n split { folds: 1 }"), "s.textproto:6: train.split.folds: 1 parts");
  ExpectRefused(RunStudy(absl::StrReplaceAll(kGood, {{"random_forest { trees: 3 }", "mlp {\n hidden: 8\n layers: 2 }"},
                                                     {"random_forest.trees\" int { low: 1 high: 9 }",
                                                      "mlp.training.epochs\" int { low: 1 high: 9 }"},
                                                     {"random_forest.max_depth", "mlp.training.batch_size"}})),
                "s.textproto:7: train.mlp.layers: 2 is more than the 1 of mlp.hidden");
  const std::string study =
      Write("c.textproto", absl::StrReplaceAll(kGood, {{"trees: 3", "out_of_bag: true bootstrap: false"}}));
  const std::string db = folder_ + "/c.db";
  ExpectRefused(RunToEnd({ParzenBinary(), "study", "create", study, "--db", db}),
                "c.textproto:5: train.random_forest.out_of_bag: without bootstrap");
  EXPECT_FALSE(std::ifstream(db).good()) << "nothing is left behind";
}

TEST_F(BadInputTest, OptionsThatSomeTrialsCannotHaveAreWarnedOfOnce) {
  const std::string kWarning =
      " of 64 points drawn at random cannot be trained, so such trials will fail; the first: "
      "train.random_forest.out_of_bag: without bootstrap";
  const Finished run = RunWith("name: \"depth\" sets: \"random_forest.max_depth\" int { low: 1 high: 9 } }",
                               "name: \"bag\" sets: \"random_forest.bootstrap\" categorical { choice: \"true\" choice: "
                               "\"false\" } }\nparameter { name: \"out\" sets: \"random_forest.out_of_bag\" "
                               "categorical { choice: \"true\" choice: \"false\" } }");
  const size_t at = run.err.find(kWarning);
  ASSERT_NE(at, std::string::npos) << run.err;
  EXPECT_EQ(run.err.find(kWarning, at + 1), std::string::npos) << run.err;
  const size_t line = run.err.rfind('\n', at);
  const int count = std::stoi(run.err.substr(line == std::string::npos ? 0 : line + 1));
  EXPECT_GT(count, 5);
  EXPECT_LT(count, 30);
}

TEST_F(BadInputTest, StudyFileThatDoesNotExistIsNamed) {
  ExpectRefused(RunToEnd({ParzenBinary(), "run", folder_ + "/none.textproto", "--db", folder_ + "/s.db"}),
                "none.textproto");
}

TEST_F(BadInputTest, MissingDatasetFileIsNamedWithThePlacesLookedIn) {
  const Finished run = RunDataset("csv { file: \"nowhere.csv\" }");
  ExpectRefused(run, "nowhere.csv");
  EXPECT_THAT(run.err, HasSubstr(folder_));
}

TEST_F(BadInputTest, TruncatedGzipIsNamed) {
  const std::string path = folder_ + "/images.gz";
  gzFile file = gzopen(path.c_str(), "wb");
  std::string images = Images(5000);
  for (size_t i = 16; i < images.size(); ++i) images[i] = static_cast<char>(i * 2654435761u >> 13);
  gzwrite(file, images.data(), static_cast<unsigned>(images.size()));
  gzclose(file);
  std::ifstream whole(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(whole)), {});
  Write("images.gz", bytes.substr(0, bytes.size() / 2));
  Write("labels", Labels(5000));
  ExpectRefused(RunDataset("idx { images: \"images.gz\" labels: \"labels\" }"), "images.gz");
}

TEST_F(BadInputTest, WrongIdxMagicIsNamed) {
  Write("images", Idx(0x12345, {4, 2, 2}, std::string(16, 1)));
  Write("labels", Labels(4));
  const Finished run = RunDataset("idx { images: \"images\" labels: \"labels\" }");
  ExpectRefused(run, "magic");
}

TEST_F(BadInputTest, ImageAndLabelCountsThatDifferAreNamed) {
  Write("images", Images(4));
  Write("labels", Labels(5));
  const Finished run = RunDataset("idx { images: \"images\" labels: \"labels\" }");
  ExpectRefused(run, "4");
  EXPECT_THAT(run.err, HasSubstr("5"));
}

TEST_F(BadInputTest, RaggedCsvIsNamedWithItsLine) {
  Write("d.csv", "label,a,b\n0,1,2\n1,3\n0,5,6\n");
  ExpectRefused(RunDataset("csv { file: \"d.csv\" }"), "d.csv:3");
}

TEST_F(BadInputTest, TextWhereANumberBelongsIsNamedWithLineAndColumn) {
  Write("d.csv", "label,a,b\n0,1,2\n1,3,red\n0,5,6\n");
  const Finished run = RunDataset("csv { file: \"d.csv\" }");
  ExpectRefused(run, "d.csv:3");
  EXPECT_THAT(run.err, HasSubstr("red"));
}

TEST_F(BadInputTest, StudyNameThatExistsWithAnotherSpecIsNamed) {
  ASSERT_EQ(RunStudy(kGood).code, 0);
  ExpectRefused(RunWith("seed: 1", "seed: 2"), "exists with another spec");
}

TEST_F(BadInputTest, DatabaseThatIsNoDatabaseIsLeftAsItWas) {
  const std::string text(5000, 'x');
  Write("text.db", text);
  ExpectRefused(RunStudy(kGood, "text.db"), "text.db");
  std::ifstream file(folder_ + "/text.db");
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(file)), {}), text);
}

TEST_F(BadInputTest, DatabaseInAFolderThatDoesNotExistIsNamed) { ExpectRefused(RunStudy(kGood, "none/s.db"), "none"); }

TEST_F(BadInputTest, UnknownCommandSuggestsTheClosestOne) {
  const Finished run = RunToEnd({ParzenBinary(), "stduy", "list"});
  ExpectRefused(run, "study");
}

TEST_F(BadInputTest, CoordinatorThatIsNotThereGivesExitThree) {
  const std::string address = absl::StrCat("unix:", folder_, "/nobody");
  ExpectRefused(RunToEnd({ParzenBinary(), "study", "list", "--coordinator", address}), address, 3);
  ExpectRefused(RunToEnd({ParzenBinary(), "worker", "--coordinator", address}), address, 3);
}

TEST_F(BadInputTest, PortInUseIsNamed) {
  Process first({ParzenBinary(), "coordinator", "--db", folder_ + "/a.db", "--listen", "127.0.0.1:0"});
  const std::string line = first.WaitForLine("listening on ");
  const std::string address = line.substr(line.find("127.0.0.1"));
  ExpectRefused(RunToEnd({ParzenBinary(), "coordinator", "--db", folder_ + "/b.db", "--listen", address}), "in use");
}

TEST_F(BadInputTest, SecondCoordinatorOnOneFileExitsOne) {
  Process first({ParzenBinary(), "coordinator", "--db", folder_ + "/a.db", "--listen", "127.0.0.1:0"});
  first.WaitForLine("listening on ");
  ExpectRefused(RunToEnd({ParzenBinary(), "coordinator", "--db", folder_ + "/a.db", "--listen", "127.0.0.1:0"}),
                "already works on this file", 1);
}

}  // namespace
}  // namespace parzen
