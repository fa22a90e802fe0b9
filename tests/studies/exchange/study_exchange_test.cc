// Studies written to text and read from it again.
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "studies/exchange/json_pieces.h"
#include "studies/exchange/study_csv.h"
#include "studies/exchange/study_json.h"
#include "studies/exchange/study_writer.h"
#include "studies/store/study_import.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class StudyExchangeTest : public StoreTest {
 protected:
  void OpenSample() {
    WriteFile(Path(), FileText("tests/testdata/sample_optuna.db"));
    Open(Store::Mode::kReadWrite);
  }

  std::string Export(const std::string& name, std::unique_ptr<StudyWriter> writer) {
    StudyReader reader(store());
    GetStudyRequest get;
    get.set_study(name);
    get.set_system_attributes(true);
    ListTrialsRequest list;
    list.set_study(name);
    list.set_distributions(true);
    list.set_steps(true);
    list.set_system_attributes(true);
    const auto study = reader.GetStudy(get);
    const auto page = reader.ListTrials(list);
    EXPECT_TRUE(study.ok() && page.ok()) << study.status() << page.status();
    std::string text;
    for (const TrialRecord& trial : page->trial()) EXPECT_EQ(writer->Gather(trial), absl::OkStatus());
    writer->Begin(*study, text);
    for (const TrialRecord& trial : page->trial()) EXPECT_EQ(writer->Add(trial, text), absl::OkStatus());
    writer->End(text);
    return text;
  }

  absl::Status Import(StudyParts& parts, const std::string& name) {
    RETURN_IF_ERROR(store().Begin());
    const absl::Status status = Write(parts, name);
    if (status.ok()) return store().Commit();
    store().Rollback();
    return status;
  }
  absl::Status Write(StudyParts& parts, const std::string& name) {
    ImportStudyRequest part;
    RETURN_IF_ERROR(parts.Next(part).status());
    part.mutable_study()->set_name(name);
    ASSIGN_OR_RETURN(StudyImport import, StudyImport::Create(store(), part.study(), kNoon));
    while (true) {
      ASSIGN_OR_RETURN(const bool more, parts.Next(part));
      if (!more) return absl::OkStatus();
      RETURN_IF_ERROR(import.Add(part.trial()).status());
    }
  }
  absl::Status ImportJson(const std::string& json, const std::string& name) {
    std::istringstream in(json);
    return Import(*ReadStudyJson(in, "f.json"), name);
  }
  absl::Status ImportCsv(const std::string& csv, const std::string& name,
                         const std::vector<Direction>& directions = {MINIMIZE}) {
    std::istringstream in(csv);
    ASSIGN_OR_RETURN(const std::unique_ptr<StudyParts> parts, ReadStudyCsv(in, "f.csv", {name, directions}));
    notes_ = parts->notes();
    return Import(*parts, name);
  }
  std::string Parameter(const std::string& study, int64_t number, int i = 0) {
    const auto trial = GetTrial(study, number);
    EXPECT_TRUE(trial.ok()) << trial.status();
    return i < trial->parameter_size() ? trial->parameter(i).json() : "none";
  }

  std::vector<std::string> notes_;
};

// Trials that were not through wait after an import: they have other states and no start.
std::string WithoutUnfinished(const std::string& text) {
  std::string kept;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::StrContains(line, "RUNNING") && !absl::StrContains(line, "WAITING")) absl::StrAppend(&kept, line, "\n");
  }
  return kept;
}

TEST_F(StudyExchangeTest, JsonComesBackToTheByte) {
  OpenSample();
  for (const std::string name : {"demo", "mo", "cma"}) {
    const std::string json = Export(name, MakeJsonWriter());
    ASSERT_EQ(ImportJson(json, "again"), absl::OkStatus());
    const std::string again =
        absl::StrReplaceAll(Export("again", MakeJsonWriter()), {{"\"again\"", "\"" + name + "\""}});
    EXPECT_EQ(WithoutUnfinished(again), WithoutUnfinished(json));
    // From then on, all of it.
    ASSERT_EQ(ImportJson(again, "third"), absl::OkStatus());
    EXPECT_EQ(absl::StrReplaceAll(Export("third", MakeJsonWriter()), {{"\"third\"", "\"" + name + "\""}}), again);
    Transact([&] { return store().DeleteStudy(store().FindStudy("again")->study_id); });
    Transact([&] { return store().DeleteStudy(store().FindStudy("third")->study_id); });
  }
}

TEST_F(StudyExchangeTest, ReformattedJsonIsReadAsWell) {
  OpenSample();
  const std::string json = Export("mo", MakeJsonWriter());
  const std::string spread = absl::StrReplaceAll(json, {{"\"values\":", "\n  \"values\" :\n"}});
  ASSERT_NE(spread, json);
  ASSERT_EQ(ImportJson(spread, "again"), absl::OkStatus());
  EXPECT_EQ(absl::StrReplaceAll(Export("again", MakeJsonWriter()), {{"\"again\"", "\"mo\""}}), json);
}

TEST_F(StudyExchangeTest, OurStudyKeepsSpecBudgetAndFiles) {
  Open();
  const int64_t study_id = CreateStudy(ForestSpec("forest"), 7);
  AddComplete(study_id, 0.5);
  Transact([&] { return store().SetStopped(study_id, true); });
  const std::string json = Export("forest", MakeJsonWriter());
  Transact([&] { return store().DeleteStudy(study_id); });
  ASSERT_EQ(ImportJson(json, "forest"), absl::OkStatus());
  EXPECT_EQ(Export("forest", MakeJsonWriter()), json);
  const auto study = store().FindStudy("forest");
  EXPECT_EQ(study->budget, 7);
  EXPECT_TRUE(study->stopped);
  EXPECT_EQ(study->spec->DebugString(), ForestSpec("forest").DebugString());
}

TEST_F(StudyExchangeTest, JsonErrorsNameLineAndField) {
  Open();
  const std::string head =
      "{\"format\": \"parzen-study\", \"version\": 1,\n\"study\": {\"name\": \"s\", \"directions\": "
      "[\"MINIMIZE\"]},\n\"trials\": [\n";
  EXPECT_THAT(ImportJson("{\"format\": \"other\"}", "s"),
              IsError(absl::StatusCode::kInvalidArgument, "f.json:1: format"));
  EXPECT_THAT(ImportJson("{\"version\": 2}", "s"),
              IsError(absl::StatusCode::kInvalidArgument, "this parzen reads version 1"));
  EXPECT_THAT(ImportJson(absl::StrCat(head, "{\"number\": 0, \"state\": \"DONE\"}]}"), "s"),
              IsError(absl::StatusCode::kInvalidArgument, "f.json:4: trials[0]: state"));
  EXPECT_THAT(ImportJson(absl::StrCat(head, "{\"number\": 1, \"state\": \"FAIL\"}]}"), "s"),
              IsError(absl::StatusCode::kInvalidArgument, "f.json:4: trials[0].number: must be 0"));
  EXPECT_THAT(ImportJson(absl::StrCat(head, "{\"number\": 0, \"state\": \"FAIL\", \"colour\": 1}]}"), "s"),
              IsError(absl::StatusCode::kInvalidArgument, "colour: is unknown"));
  EXPECT_THAT(ImportJson(absl::StrCat(head, "{\"number\": 0, \"state\": \"FAIL\"},\n{\"number\": 1, \"sta"), "s"),
              IsError(absl::StatusCode::kInvalidArgument, "f.json:5: the file ends too early"));
  EXPECT_THAT(ImportJson(absl::StrCat(head,
                                      "{\"number\": 0, \"state\": \"COMPLETE\", \"values\": [1], \"parameters\": "
                                      "{\"x\": 1}}]}"),
                         "s"),
              IsError(absl::StatusCode::kInvalidArgument, "no distribution of \"x\""));
  EXPECT_FALSE(store().FindStudy("s").ok());  // nothing of it was kept
}

TEST_F(StudyExchangeTest, AFileThatEndsAfterAnyByteIsRefusedWhole) {
  OpenSample();
  const std::string json = Export("mo", MakeJsonWriter());
  for (size_t size = 0; size + 1 < json.size(); size += 7) {
    ASSERT_THAT(ImportJson(json.substr(0, size), "cut"), IsError(absl::StatusCode::kInvalidArgument, "f.json:"))
        << size;
  }
  EXPECT_FALSE(store().FindStudy("cut").ok());
}

TEST_F(StudyExchangeTest, CsvHasTheColumnsOfTrialsDataframe) {
  OpenSample();
  EXPECT_THAT(
      Export("demo", MakeCsvWriter()),
      StartsWith("number,value,datetime_start,datetime_complete,duration,params_c,params_d,params_i,params_j,"
                 "params_lr,params_x,user_attrs_seconds,user_attrs_why,system_attrs_fixed_params,"
                 "system_attrs_tpe:relative_params:0,state\n"
                 "0,0.9531032662651796,2026-11-20 09:25:12.786007,2026-11-20 09:25:12.850595,"
                 "0 days 00:00:00.064588,3,0.75,5,13,0.007257005721594277,0.9762700785464951,1.5,,,,COMPLETE\n"));
  EXPECT_THAT(Export("mo", MakeCsvWriter()), StartsWith("number,values_loss,values_acc,"));
}

TEST_F(StudyExchangeTest, CsvComesBackWithGuessedDistributions) {
  OpenSample();
  const std::string csv = Export("demo", MakeCsvWriter());
  ASSERT_EQ(ImportCsv(csv, "again"), absl::OkStatus());
  // A column with 3 and 0.5 has numbers with a fraction from then on; all else is as it was.
  const std::string again = Export("again", MakeCsvWriter());
  EXPECT_EQ(absl::StrReplaceAll(WithoutUnfinished(again), {{",3.0,", ",3,"}}), WithoutUnfinished(csv));
  EXPECT_THAT(notes_, testing::Contains("parameter \"j\": whole numbers from 1 to 65"));
  EXPECT_THAT(notes_, testing::Contains("parameter \"c\": numbers from 0.5 to 3"));
  EXPECT_THAT(notes_, testing::Contains("parameter \"d\": numbers from 0.25 to 1"));
}

TEST_F(StudyExchangeTest, CellsOfACsvAreTyped) {
  Open();
  ASSERT_EQ(
      ImportCsv(
          "number,value,params_c,state\n0,1,null,COMPLETE\n1,2,True,COMPLETE\n2,inf,1,COMPLETE\n"
          "3,-1e3,1.5,COMPLETE\n4,0,\"1\",COMPLETE\n5,0,,COMPLETE\n6,0,a b,COMPLETE\r\n7,0,\"a,\n\"\"b\",COMPLETE",
          "typed"),
      absl::OkStatus());
  const std::vector<std::string> expected = {"null", "true", "1", "1.5", "\"1\"", "none", "\"a b\"", "\"a,\\n\\\"b\""};
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(Parameter("typed", static_cast<int64_t>(i)), expected[i]) << i;
  EXPECT_THAT(GetTrial("typed", 3)->value(), ElementsAre(-1000));
}

TEST_F(StudyExchangeTest, CsvErrorsNameLineAndColumn) {
  Open();
  const auto error = [&](const std::string& csv) { return ImportCsv(csv, "s"); };
  constexpr auto kWrong = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(error(""), IsError(kWrong, "f.csv: is empty"));
  EXPECT_THAT(error("number,value,colour,state\n"), IsError(kWrong, "f.csv:1: column \"colour\""));
  EXPECT_THAT(error("number,value\n0,1\n"), IsError(kWrong, "no column \"state\""));
  EXPECT_THAT(error("number,values_a,values_b,state\n"), IsError(kWrong, "2 columns of values"));
  EXPECT_THAT(error("number,value,state\n0,1,COMPLETE\n1,abc,COMPLETE\n"),
              IsError(kWrong, "f.csv:3: column \"value\": must be a number"));
  EXPECT_THAT(error("number,value,state\n0,1,DONE\n"), IsError(kWrong, "f.csv:2: column \"state\""));
  EXPECT_THAT(error("number,value,state\n0,,COMPLETE\n"), IsError(kWrong, "COMPLETE has 0 values"));
  EXPECT_THAT(error("number,value,state\n0,1\n"), IsError(kWrong, "2 cells where there are 3 columns"));
  EXPECT_THAT(error("number,value,state\n1,1,COMPLETE\n"), IsError(kWrong, "must be 0"));
  EXPECT_THAT(error("number,value,state\n0,\"1,COMPLETE\n"), IsError(kWrong, "never closed"));
  EXPECT_THAT(error("number,value,datetime_start,state\n0,1,noon,COMPLETE\n"), IsError(kWrong, "must be a time"));
  EXPECT_THAT(error("number,state,started,completed,seconds,value\n"), IsError(kWrong, "flat export"));
  EXPECT_FALSE(store().FindStudy("s").ok());
}

TEST_F(StudyExchangeTest, FlatColumnsHaveOneTypeAndPlainNames) {
  Open();
  ASSERT_EQ(ImportCsv("number,value,params_a b,params_a-b,params_mixed,params_flag,user_attrs_n,user_attrs_o,state\n"
                      "0,inf,1,x,1,True,1,[1],COMPLETE\n1,2,2,y,text,False,2.5,,COMPLETE\n",
                      "s"),
            absl::OkStatus());
  EXPECT_EQ(
      Export("s", MakeFlatWriter()),
      "number,state,started,completed,seconds,value,param_a_b,param_a_b_2,param_flag,param_mixed,user_n,user_o,steps\n"
      "0,COMPLETE,,,,inf,1,x,true,1,1.0,[1],\n"
      "1,COMPLETE,,,,2.0,2,y,false,text,2.5,,\n");
}

TEST_F(StudyExchangeTest, FlatTimesAreIsoAndStepsJson) {
  OpenSample();
  EXPECT_THAT(Export("demo", MakeFlatWriter()),
              HasSubstr("0,COMPLETE,2026-11-20T09:25:12.786007Z,2026-11-20T09:25:12.850595Z,0.064588,"));
  EXPECT_THAT(Export("demo", MakeFlatWriter()), HasSubstr("\"[[0, 0.9531032662651796], [1, \"\"nan\"\"], "));
}

TEST(JsonPiecesTest, WhatIsNoStrictJsonIsWrappedAndComesBack) {
  for (const std::string text : {"NaN", "[Infinity]", "not json", "", " 1", "{\"$text\": \"1\"}", "[1,\n2]"}) {
    const std::string embedded = EmbedJson(text);
    EXPECT_THAT(embedded, StartsWith("{\"$text\": ")) << text;
    EXPECT_EQ(ExtractJson(embedded), text);
  }
  for (const std::string text : {"1.0", "1e-05", "{\"a\": [1,2,  3]}", "\"\\u00e9\"", "null"}) {
    EXPECT_EQ(EmbedJson(text), text);
    EXPECT_EQ(ExtractJson(text), text);
  }
}

}  // namespace
}  // namespace parzen
