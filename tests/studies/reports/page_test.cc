#include "studies/reports/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"

namespace parzen {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class PageTest : public testing::Test {
 protected:
  PageTest() {
    study_.set_name("plain");
    study_.add_metric("validation_accuracy");
    study_.add_direction(MAXIMIZE);
  }

  TrialRecord& Trial(double value) {
    TrialRecord& trial = trials_.emplace_back();
    trial.set_number(static_cast<int64_t>(trials_.size()) - 1);
    trial.set_state(COMPLETE);
    trial.add_value(value);
    return trial;
  }
  static void Set(NamedJson* named, const std::string& name, const std::string& json) {
    named->set_name(name);
    named->set_json(json);
  }

  std::string Page() const {
    const StudySnapshot snapshot{study_, trials_, artifacts_};
    return ReportPage({&snapshot, 1}, absl::FromUnixSeconds(0));
  }
  // The text of the data's script element, as a browser finds its end.
  std::string DataText() const {
    const std::string page = Page();
    const std::string opening = "<script type=\"application/json\" id=\"data\">";
    const size_t start = page.find(opening) + opening.size();
    return page.substr(start, page.find("</script", start) - start);
  }
  json AllData() const { return json::parse(DataText(), nullptr, /*allow_exceptions=*/false); }
  json Data() const { return AllData()["studies"][0]; }

  StudySummary study_;
  std::vector<TrialRecord> trials_;
  std::vector<TrialArtifact> artifacts_;
};

TEST_F(PageTest, EmbeddedDataParsesBack) {
  TrialRecord& trial = Trial(.1 + .2);
  Set(trial.add_parameter(), "kernel", "\"rbf\"");
  Set(trial.add_user_attribute(), "validation_log_loss", "0.25");
  const json data = Data();
  EXPECT_EQ(data["name"], "plain");
  EXPECT_EQ(data["trials"][0]["values"][0].get<double>(), .1 + .2);
  EXPECT_EQ(data["trials"][0]["parameters"]["kernel"], "rbf");
  EXPECT_EQ(data["trials"][0]["metrics"]["validation_log_loss"], .25);
  EXPECT_EQ(data["plots"]["optimization_history"]["tables"][0]["rows"][0][4].get<double>(), .1 + .2);
}

TEST_F(PageTest, HostileNamesNeitherEndTheDataNorBecomeMarkup) {
  const std::string hostile = "</script><script>alert(1)</script><!--<script>&amp;\"'\\";
  study_.set_name(hostile);
  Set(Trial(1).add_parameter(), hostile, "\"</ScRiPt>\"");
  EXPECT_THAT(DataText(), Not(HasSubstr("<")));
  EXPECT_EQ(Page().find("alert(1)</script>"), std::string::npos);
  EXPECT_EQ(Data()["name"], hostile);
  EXPECT_EQ(Data()["trials"][0]["parameters"][hostile], "</ScRiPt>");
}

TEST_F(PageTest, BytesThatAreNotUtf8DoNotBreakThePage) {
  study_.set_name("caf\xe9 ü");
  EXPECT_EQ(Data()["name"], "caf\xef\xbf\xbd ü");
}

TEST_F(PageTest, ValueThatIsNotFiniteIsNull) {
  Trial(std::numeric_limits<double>::infinity());
  Set(trials_[0].add_user_attribute(), "validation_log_loss", "NaN");
  EXPECT_TRUE(Data()["trials"][0]["values"][0].is_null());
  EXPECT_TRUE(Data()["trials"][0]["metrics"]["validation_log_loss"].is_null());
}

TEST_F(PageTest, FinalResultHasItsMetricsByName) {
  study_.mutable_final()->set_trial_number(3);
  study_.mutable_final()->mutable_metrics()->mutable_test()->set_accuracy(.97);
  EXPECT_EQ(Data()["final"]["trial"], 3);
  EXPECT_EQ(Data()["final"]["metrics"]["test_accuracy"], .97);
}

TEST_F(PageTest, StudyWithoutTrialsHasAPage) {
  EXPECT_TRUE(Data()["trials"].empty());
  EXPECT_TRUE(Data()["best"].is_null());
}

TEST_F(PageTest, EveryPlotIsThere) {
  Trial(.5);
  for (const std::string& name : Registry<MakePlot>::Global().Names()) {
    EXPECT_TRUE(Data()["plots"].contains(name)) << name;
  }
}

TEST_F(PageTest, ParametersSayWhatTheirAxesLookLike) {
  TrialRecord& trial = Trial(1);
  Set(trial.add_parameter(), "rate", "0.1");
  trial.add_distribution(
      R"({"name": "FloatDistribution", "attributes": {"step": null, "low": 0.1, "high": 1, "log": true}})");
  Set(trial.add_parameter(), "kind", "\"a\"");
  trial.add_distribution(R"({"name": "CategoricalDistribution", "attributes": {"choices": ["a"]}})");
  Set(trial.add_parameter(), "odd", "1");
  trial.add_distribution("[");
  EXPECT_EQ(Data()["parameters"].dump(),
            R"([{"categorical":false,"log":true,"name":"rate"},{"categorical":true,"log":false,"name":"kind"},)"
            R"({"categorical":false,"log":false,"name":"odd"}])");
}

TEST_F(PageTest, ADistributionMayNestAsDeepAsItLikes) {
  TrialRecord& trial = Trial(1);
  Set(trial.add_parameter(), "deep", "1");
  trial.add_distribution(
      absl::StrCat(R"({"attributes": {"choices": )", std::string(200000, '['), std::string(200000, ']'), "}}"));
  EXPECT_EQ(Data()["parameters"][0]["categorical"], false);
}

TEST_F(PageTest, EveryAttemptIsTold) {
  AttemptRecord& lost = *Trial(1).add_attempt();
  lost.set_attempt(1);
  lost.set_state(LOST);
  lost.set_worker("w");
  lost.set_reason("no sign of life");
  const json attempt = Data()["trials"][0]["attempts"][0];
  EXPECT_EQ(attempt["state"], "LOST");
  EXPECT_EQ(attempt["reason"], "no sign of life");
  EXPECT_TRUE(attempt["seconds"].is_null());
}

TEST_F(PageTest, OfTooManyTrialsSomeAreShownAndThatIsSaid) {
  for (int i = 0; i < 25000; ++i) Trial(i == 12345 ? 2 : 1);
  const json data = Data();
  EXPECT_THAT(data["trials"].size(), testing::AllOf(testing::Gt(19900), testing::Le(20000)));
  EXPECT_EQ(data["notes"][0], absl::StrFormat("%d,%03d of 25,000 trials are shown", data["trials"].size() / 1000,
                                              data["trials"].size() % 1000));
  bool has_best = false;
  for (const json& trial : data["trials"]) has_best = has_best || trial["number"] == 12345;
  EXPECT_TRUE(has_best);
}

TEST_F(PageTest, SeveralStudiesAreOnOnePage) {
  StudySummary other;
  other.set_name("other");
  const StudySnapshot snapshots[] = {{study_, trials_}, {other, {}}};
  const std::string page = ReportPage(snapshots, absl::FromUnixSeconds(0));
  EXPECT_NE(page.find("\"name\":\"plain\""), std::string::npos);
  EXPECT_NE(page.find("\"name\":\"other\""), std::string::npos);
}

TEST_F(PageTest, OnlyThePagesOwnScriptMayRun) {
  const std::string page = Page();
  const std::string policy = page.substr(page.find("Content-Security-Policy"), 300);
  EXPECT_THAT(policy, HasSubstr("script-src 'sha256-"));
  EXPECT_THAT(policy.substr(policy.find("script-src")), Not(HasSubstr("unsafe")));
}

TEST_F(PageTest, PageLoadsNothing) {
  const std::string page = Page();
  EXPECT_NE(page.find("default-src 'none';"), std::string::npos);
  EXPECT_EQ(page.find("<script src"), std::string::npos);
  EXPECT_EQ(page.find("<link"), std::string::npos);
  EXPECT_EQ(page.find("connect-src"), std::string::npos);
}

TEST_F(PageTest, SameStudyGivesTheSameBytes) {
  Trial(.5);
  EXPECT_EQ(Page(), Page());
}

}  // namespace
}  // namespace parzen
