// `parzen study export` and `parzen study import` as a user meets them, with odd names and values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include "tests/integration/process.h"

namespace parzen {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kStudy[] = R"(name: "odd"
objective { direction: MINIMIZE }
function { sphere {} curve { steps: 3 } }
parameter { name: "x" float { low: -1 high: 1 } }
parameter { name: "c, \"'; DROP TABLE trials" categorical {
  choice: "null" choice: "true" choice: "1" choice: "1.5" choice: "t\303\244xt, \"q\"" choice: "" } }
search { sampler { random {} } trials: 40 seed: 4 }
)";

class ExchangeTest : public testing::Test {
 protected:
  ExchangeTest() : folder_(FreshFolder()) { std::ofstream(File("odd.textproto")) << kStudy; }

  std::string File(const std::string& name) const { return absl::StrCat(folder_, "/", name); }
  Finished Parzen(std::vector<std::string> arguments, const std::string& db) const {
    arguments.insert(arguments.begin(), ParzenBinary());
    arguments.insert(arguments.end(), {"--db", File(db)});
    return RunToEnd(arguments);
  }
  Finished RunStudy(const std::string& name, const std::string& db) const {
    return Parzen({"run", File("odd.textproto"), "--name", name, "--report", File("r.html")}, db);
  }
  std::string Export(const std::string& study, const std::string& format, const std::string& db) const {
    const Finished exported = Parzen({"study", "export", study, "-f", format}, db);
    EXPECT_EQ(exported.code, 0) << exported.err;
    EXPECT_EQ(exported.err, "");
    return exported.out;
  }
  // What is left of a study's json when the attempts, which stay where they were made, are taken out.
  static std::string WithoutAttempts(const std::string& json) {
    nlohmann::ordered_json study = nlohmann::ordered_json::parse(json, nullptr, /*allow_exceptions=*/false);
    for (nlohmann::ordered_json& trial : study["trials"]) trial.erase("attempts");
    return study.dump(1);
  }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(File(name), std::ios::binary) << text;
  }

  const std::string folder_;
};

TEST_F(ExchangeTest, StudiesOfOddNamesGoOutAndComeIn) {
  int file = 0;
  for (const std::string& name : {std::string("Größe ☃ 研究"), std::string("it's \"quoted\", so"),
                                  std::string(512, 'n'), std::string("'; DROP TABLE studies; --")}) {
    ASSERT_EQ(RunStudy(name, "a.db").code, 0) << name;
    const std::string json = File(absl::StrCat(++file, ".json"));
    const Finished exported = Parzen({"study", "export", name, "-f", "json", "-o", json}, "a.db");
    ASSERT_EQ(exported.code, 0) << exported.err;
    const Finished imported = Parzen({"study", "import", json}, "b.db");
    ASSERT_EQ(imported.code, 0) << imported.err;
    EXPECT_EQ(WithoutAttempts(Export(name, "json", "b.db")), WithoutAttempts(ReadFile(json)));
    EXPECT_EQ(Export(name, "csv", "b.db"), Export(name, "csv", "a.db"));
    EXPECT_EQ(Export(name, "flat", "b.db"), Export(name, "flat", "a.db"));
  }
}

TEST_F(ExchangeTest, ADatabaseIsImportedWhole) {
  ASSERT_EQ(RunStudy("one", "a.db").code, 0);
  ASSERT_EQ(RunStudy("two", "a.db").code, 0);
  const Finished imported = Parzen({"study", "import", File("a.db")}, "b.db");
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_EQ(imported.out, "one: 40 trials\ntwo: 40 trials\n");
  for (const std::string name : {"one", "two"}) EXPECT_EQ(Export(name, "csv", "b.db"), Export(name, "csv", "a.db"));
}

TEST_F(ExchangeTest, ChoicesOfEveryTypeKeepItThroughCsv) {
  ASSERT_EQ(RunStudy("odd", "a.db").code, 0);
  const std::string csv = Export("odd", "csv", "a.db");
  Write("odd.csv", csv);
  const Finished imported = Parzen({"study", "import", File("odd.csv"), "--direction", "minimize"}, "b.db");
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_THAT(imported.err, HasSubstr("guessed parameter \"x\": numbers from "));
  EXPECT_EQ(Export("odd", "csv", "b.db"), csv);
  EXPECT_THAT(csv, AllOf(HasSubstr("null"), HasSubstr("True"), HasSubstr("\"täxt, \"\"q\"\"\"")));
}

TEST_F(ExchangeTest, AttributesThatAreNoJsonAreKept) {
  const std::string json =
      "{\"format\": \"parzen-study\", \"version\": 1,\n\"study\": {\"name\": \"nan\", \"directions\": [\"MAXIMIZE\"], "
      "\"user_attributes\": {\"q\\\"'\": {\"$text\": \"[NaN, -Infinity]\"}}},\n\"trials\": [\n"
      "{\"number\": 0, \"state\": \"COMPLETE\", \"values\": [\"-inf\"], \"started\": \"2026-11-20 09:25:12.786007\", "
      "\"completed\": \"2026-11-20 09:25:13.000001\", \"parameters\": {\"c\": \"1\"}, \"distributions\": {\"c\": "
      "{\"name\": "
      "\"CategoricalDistribution\", \"attributes\": {\"choices\": [\"1\", 1, null]}}}, \"steps\": [[0, \"nan\"]], "
      "\"user_attributes\": {\"\\u2603\": {\"$text\": \"NaN\"}}}\n]}\n";
  Write("nan.json", json);
  const Finished imported = Parzen({"study", "import", File("nan.json")}, "a.db");
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_EQ(Export("nan", "json", "a.db"), json);
}

TEST_F(ExchangeTest, ATakenNameSuggestsAnotherAndChangesNothing) {
  ASSERT_EQ(RunStudy("one", "a.db").code, 0);
  ASSERT_EQ(RunStudy("two", "b.db").code, 0);
  const std::string before = Export("two", "json", "b.db");
  ASSERT_EQ(Parzen({"study", "import", File("a.db")}, "b.db").code, 0);
  ASSERT_EQ(Parzen({"study", "import", File("a.db"), "--as", "three"}, "b.db").code, 0);
  const Finished again = Parzen({"study", "import", File("b.db")}, "a.db");
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.err, AllOf(HasSubstr("\"one\""), HasSubstr("--as")));
  EXPECT_EQ(Export("two", "json", "b.db"), before);
  // All or nothing: not even those whose names were free.
  const Finished listed = Parzen({"study", "list", "-f", "csv"}, "a.db");
  EXPECT_THAT(std::vector<std::string>(absl::StrSplit(listed.out, '\n', absl::SkipEmpty())), testing::SizeIs(2));
}

TEST_F(ExchangeTest, NamesThatCannotBeAreRefused) {
  ASSERT_EQ(RunStudy("one", "a.db").code, 0);
  for (const std::string& name : {std::string("a\nb"), std::string(513, 'n'), std::string(" a"), std::string("/a")}) {
    const Finished imported = Parzen({"study", "import", File("a.db"), "--as", name}, "b.db");
    EXPECT_EQ(imported.code, 2) << name;
    EXPECT_THAT(imported.err, HasSubstr("is no name of a study"));
  }
  EXPECT_FALSE(std::filesystem::exists(File("b.db")));
}

TEST_F(ExchangeTest, FilesOfAnotherKindAreRefused) {
  Write("empty", "");
  Write("binary", std::string("\x7f"
                              "ELF\0\0",
                              6));
  Write("text.csv", "a,b\n1,2\n");
  for (const char* const name : {"empty", "binary", "text.csv", "missing", ""}) {
    const Finished imported = Parzen({"study", "import", File(name), "--direction", "minimize"}, "b.db");
    EXPECT_EQ(imported.code, 2) << name;
    EXPECT_THAT(imported.out, IsEmpty());
  }
  EXPECT_THAT(Parzen({"study", "import", File("text.csv")}, "b.db").err, HasSubstr("--direction"));
  EXPECT_FALSE(std::filesystem::exists(File("b.db")));
}

TEST_F(ExchangeTest, ACoordinatorTakesStudiesAndGivesThem) {
  ASSERT_EQ(RunStudy("one", "a.db").code, 0);
  const std::string address = absl::StrCat("unix:", File("socket"));
  Process coordinator({ParzenBinary(), "coordinator", "--db", File("c.db"), "--listen", address});
  coordinator.WaitForLine("listening on ");
  const Finished imported = RunToEnd({ParzenBinary(), "study", "import", File("a.db"), "--coordinator", address});
  ASSERT_EQ(imported.code, 0) << imported.err;
  const Finished exported = RunToEnd({ParzenBinary(), "study", "export", "one", "--coordinator", address});
  EXPECT_EQ(exported.code, 0) << exported.err;
  EXPECT_EQ(exported.out, Export("one", "csv", "a.db"));
}

TEST_F(ExchangeTest, AnExportThatFailsLeavesTheOldFile) {
  ASSERT_EQ(RunStudy("one", "a.db").code, 0);
  Write("old.csv", "old");
  EXPECT_EQ(Parzen({"study", "export", "none", "-o", File("old.csv")}, "a.db").code, 2);
  EXPECT_EQ(ReadFile(File("old.csv")), "old");
  const Finished nowhere = Parzen({"study", "export", "one", "-o", File("no/such/folder.csv")}, "a.db");
  EXPECT_EQ(nowhere.code, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("no/such/folder.csv"));
  ASSERT_EQ(Parzen({"study", "export", "one", "-o", File("old.csv")}, "a.db").code, 0);
  EXPECT_EQ(ReadFile(File("old.csv")), Export("one", "csv", "a.db"));
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    EXPECT_NE(entry.path().extension(), ".part") << entry.path();
  }
}

}  // namespace
}  // namespace parzen
