// Databases that Optuna made: read without loss, and taken over without a change to what is Optuna's.
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr const char* kOptunaTables[] = {
    "studies",
    "version_info",
    "study_directions",
    "study_user_attributes",
    "study_system_attributes",
    "trials",
    "trial_user_attributes",
    "trial_system_attributes",
    "trial_params",
    "trial_values",
    "trial_intermediate_values",
    "trial_heartbeats",
    "alembic_version",
};

class OptunaFileTest : public StoreTest {
 protected:
  OptunaFileTest() { WriteFile(Path(), FileText("tests/testdata/sample_optuna.db")); }

  TrialRecord Trial(const std::string& study, int64_t number) {
    const auto trial = GetTrial(study, number);
    EXPECT_TRUE(trial.ok()) << trial.status();
    return *trial;
  }
  static std::string Parameters(const TrialRecord& trial) {
    return absl::StrJoin(trial.parameter(), " ", [](std::string* out, const NamedJson& parameter) {
      absl::StrAppend(out, parameter.name(), "=", parameter.json());
    });
  }
  // Everything the store tells of a file, as text.
  static std::string Everything(Store& store) {
    StudyReader reader(store);
    std::string text;
    const auto studies = reader.ListStudies(ListStudiesRequest());
    EXPECT_TRUE(studies.ok()) << studies.status();
    for (const StudySummary& study : studies->study()) {
      absl::StrAppend(&text, study.DebugString());
      ListTrialsRequest all;
      all.set_study(study.name());
      const auto trials = reader.ListTrials(all);
      EXPECT_TRUE(trials.ok()) << trials.status();
      for (const TrialRecord& trial : trials->trial()) {
        GetTrialRequest request;
        request.set_study(study.name());
        request.set_number(trial.number());
        absl::StrAppend(&text, reader.GetTrial(request)->DebugString());
      }
    }
    return text;
  }
  std::vector<std::string> OptunaRows() {
    std::vector<std::string> rows;
    for (const char* const table : kOptunaTables) {
      for (const std::string& row : Query(Path(), absl::StrCat("SELECT * FROM ", table)))
        rows.push_back(absl::StrCat(table, ": ", row));
    }
    return rows;
  }
};

TEST_F(OptunaFileTest, AReaderNeedsNoTableOfOurs) {
  const std::string before = FileText(Path());
  Open(Store::Mode::kReadOnly);
  EXPECT_THAT(Everything(store()), testing::HasSubstr("name: \"demo\""));
  EXPECT_THAT(*store().LoadOpenAttempts(), IsEmpty());
  EXPECT_EQ(*store().FindAttemptByToken("any"), std::nullopt);
  Close();
  EXPECT_EQ(FileText(Path()), before);
}

TEST_F(OptunaFileTest, AWriterAddsItsTablesAndTouchesNoRowOfOptunas) {
  const std::vector<std::string> before = OptunaRows();
  Open(Store::Mode::kReadWrite);
  EXPECT_EQ(OptunaRows(), before);
  EXPECT_THAT(Query(Path(), "SELECT count(*) FROM parzen_trials"), ElementsAre("13"));
}

TEST_F(OptunaFileTest, ReaderAndWriterSeeTheSame) {
  Open(Store::Mode::kReadOnly);
  const std::string read = Everything(store());
  Open(Store::Mode::kReadWrite);
  EXPECT_EQ(Everything(store()), read);
}

TEST_F(OptunaFileTest, ADatabaseFromOptunasSchemaFilledWithItsRowsIsReadWithoutLoss) {
  Open(Store::Mode::kReadOnly);
  const std::string expected = Everything(store());
  const std::string rebuilt = Path("rebuilt.db");
  ASSERT_EQ(RunSql(rebuilt, FileText("tests/testdata/optuna_schema.sql")), absl::OkStatus());
  ASSERT_EQ(RunSql(rebuilt, FileText("tests/testdata/optuna_rows.sql")), absl::OkStatus());
  const auto rebuilt_store = Store::Open(rebuilt, Store::Mode::kCreate);
  ASSERT_TRUE(rebuilt_store.ok()) << rebuilt_store.status();
  EXPECT_EQ(Everything(**rebuilt_store), expected);
}

TEST_F(OptunaFileTest, StudiesAreSummarised) {
  Open(Store::Mode::kReadOnly);
  const auto studies = ListStudies();
  ASSERT_THAT(*studies, SizeIs(3));
  const StudySummary& demo = (*studies)[0];
  EXPECT_THAT(demo.direction(), ElementsAre(MINIMIZE));
  EXPECT_EQ(absl::StrCat(demo.complete(), demo.pruned(), demo.failed(), demo.running(), demo.waiting()), "31220");
  EXPECT_EQ(demo.best().number(), 0);
  EXPECT_EQ(demo.started(), "2026-11-20 09:25:12.786007");
  EXPECT_FALSE(demo.has_spec());
  EXPECT_FALSE(demo.finished());
  EXPECT_THAT((*studies)[1].metric(), ElementsAre("loss", "acc"));
  EXPECT_THAT((*studies)[1].direction(), ElementsAre(MINIMIZE, MAXIMIZE));
  EXPECT_FALSE((*studies)[1].has_best());
}

TEST_F(OptunaFileTest, EveryKindOfParameterIsShownAsUsersSeeIt) {
  Open(Store::Mode::kReadOnly);
  EXPECT_EQ(Parameters(Trial("demo", 0)), "x=0.9762700785464951 lr=0.007257005721594277 d=0.75 i=5 j=13 c=3");
  EXPECT_EQ(Parameters(Trial("demo", 1)), "x=5.834500761653292 lr=0.001304907355036239 d=0.5 i=9 j=1 c=0.5");
  EXPECT_EQ(Parameters(Trial("demo", 5)), "");
}

TEST_F(OptunaFileTest, InfinitiesAndNaNAreRead) {
  Open(Store::Mode::kReadOnly);
  EXPECT_THAT(Trial("demo", 1).value(), ElementsAre(kInfinity));
  EXPECT_THAT(Trial("mo", 0).value(), ElementsAre(0.417022004702574, -kInfinity));
  const TrialRecord trial = Trial("demo", 0);
  ASSERT_THAT(trial.step(), SizeIs(4));
  EXPECT_EQ(trial.step(0).value(), 0.9531032662651796);
  EXPECT_TRUE(std::isnan(trial.step(1).value()));
  EXPECT_EQ(trial.step(2).value(), kInfinity);
  EXPECT_EQ(trial.step(3).value(), -kInfinity);
}

TEST_F(OptunaFileTest, StatesTimesAndAttributesAreRead) {
  Open(Store::Mode::kReadOnly);
  const TrialRecord warm = Trial("demo", 5);
  EXPECT_EQ(warm.state(), RUNNING);
  EXPECT_EQ(warm.started(), "2026-11-20 09:25:13.094435");
  EXPECT_EQ(warm.completed(), "");
  EXPECT_EQ(warm.user_attribute(0).ShortDebugString(), "name: \"why\" json: \"\\\"warm\\\"\"");
  EXPECT_THAT(warm.attempt(), IsEmpty());
}

TEST_F(OptunaFileTest, OurStudiesLiveBesideOptunas) {
  Open(Store::Mode::kReadWrite);
  const int64_t study_id = CreateStudy(ForestSpec("ours"));
  AddComplete(study_id, 0.5);
  EXPECT_EQ(study_id, 4);
  EXPECT_EQ(GetStudy("ours")->best().number(), 0);
  EXPECT_EQ(store().FindStudy("demo")->spec, std::nullopt);
  EXPECT_THAT(Try([&] { return store().SetBudget(1, 5); }), IsError(absl::StatusCode::kNotFound, "of parzen's own"));
}

TEST_F(OptunaFileTest, AReaderSeesTablesOfOursThatComeLater) {
  Open(Store::Mode::kReadOnly);
  EXPECT_FALSE(store().FindStudy("ours").ok());
  const auto writer = Store::Open(Path(), Store::Mode::kReadWrite);
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_EQ((*writer)->Begin(), absl::OkStatus());
  ASSERT_TRUE((*writer)->CreateStudy(ForestSpec("ours"), {}, 12, kNoon).ok());
  ASSERT_EQ((*writer)->Commit(), absl::OkStatus());
  EXPECT_EQ(store().FindStudy("ours")->budget, 12);
}

}  // namespace
}  // namespace parzen
