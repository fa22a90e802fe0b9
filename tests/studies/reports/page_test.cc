#include "studies/reports/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

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

  std::string Page() const { return ReportPage(study_, trials_); }
  // The text of the data's script element, as a browser finds its end.
  std::string DataText() const {
    const std::string page = Page();
    const std::string opening = "<script type=\"application/json\" id=\"study\">";
    const size_t start = page.find(opening) + opening.size();
    return page.substr(start, page.find("</script", start) - start);
  }
  json Data() const { return json::parse(DataText(), nullptr, /*allow_exceptions=*/false); }

  StudySummary study_;
  std::vector<TrialRecord> trials_;
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
  EXPECT_EQ(data["objectives"][0]["points"][0]["best"].get<double>(), .1 + .2);
}

TEST_F(PageTest, HostileNamesNeitherEndTheDataNorBecomeMarkup) {
  const std::string hostile = "</script><script>alert(1)</script><!--<script>&amp;\"'\\";
  study_.set_name(hostile);
  Set(Trial(1).add_parameter(), hostile, "\"</ScRiPt>\"");
  EXPECT_THAT(DataText(), Not(HasSubstr("<")));
  EXPECT_THAT(Page(), Not(HasSubstr("alert(1)</script>")));
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

TEST_F(PageTest, PageNamesNothingOnTheNetwork) {
  const std::string page = Page();
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("https://")));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
  EXPECT_THAT(page, Not(HasSubstr("<link")));
}

TEST_F(PageTest, SameStudyGivesTheSameBytes) {
  Trial(.5);
  EXPECT_EQ(Page(), Page());
}

}  // namespace
}  // namespace parzen
