// The dashboard over HTTP, beside somebody who writes to its database.
#include "coordinator/dashboard.h"

#include <filesystem>
#include <functional>

#include "absl/strings/str_cat.h"
#include "httplib.h"
#include "nlohmann/json.hpp"
#include "studies/reports/plots/plot.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class DashboardTest : public StoreTest {
 protected:
  DashboardTest() {
    Open();
    study_id_ = CreateStudy(ForestSpec("a/b\n<c>"));
    auto dashboard = Dashboard::Open(Path(), Dashboard::Follows::kPath);
    EXPECT_TRUE(dashboard.ok()) << dashboard.status();
    dashboard_ = *std::move(dashboard);
    auto server = HttpServer::Start("127.0.0.1:0", dashboard_->Routes(), log_);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  ~DashboardTest() override {
    dashboard_->Stop();
    server_->Stop();
  }

  httplib::Client Client() const {
    const std::string& address = server_->address();
    httplib::Client client("127.0.0.1", std::stoi(address.substr(address.rfind(':') + 1)));
    client.set_read_timeout(30);
    return client;
  }
  json Get(const std::string& path) const {
    const auto answer = Client().Get(path.c_str());
    EXPECT_TRUE(answer) << path;
    return answer ? json::parse(answer->body, nullptr, false) : json();
  }
  // What the stream says until `enough` holds of it.
  std::string Events(const std::string& parameters, const std::function<bool(const std::string& said)>& enough) const {
    std::string said;
    Client().Get(absl::StrCat("/api/study/events?", kName, parameters).c_str(), [&](const char* data, size_t size) {
      said.append(data, size);
      return !enough(said);
    });
    return said;
  }
  static std::function<bool(const std::string&)> Says(const std::string& text) {
    return [text](const std::string& said) { return said.find(text) != std::string::npos; };
  }

  static constexpr char kName[] = "name=a%2Fb%0A%3Cc%3E";
  const std::string kStudy = absl::StrCat("/api/study?", kName);
  int64_t study_id_ = 0;
  std::unique_ptr<Dashboard> dashboard_;
  RefusalLog log_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(DashboardTest, StudiesAreListed) {
  AddComplete(study_id_, 0.5);
  const json studies = Get("/api/studies");
  ASSERT_EQ(studies.size(), 1u);
  EXPECT_EQ(studies[0]["name"], "a/b\n<c>");
  EXPECT_EQ(studies[0]["counts"]["complete"], 1);
  EXPECT_EQ(studies[0]["best"]["values"][0], 0.5);
}

TEST_F(DashboardTest, AStudyHasItsTrialsAndEveryPlot) {
  AddComplete(study_id_, 0.5);
  const json study = Get(kStudy);
  EXPECT_EQ(study["trials"].size(), 1u);
  EXPECT_EQ(study["plots"].size(), Registry<MakePlot>::Global().Names().size());
  EXPECT_EQ(study["plots"]["optimization_history"]["tables"][0]["rows"].size(), 1u);
}

TEST_F(DashboardTest, WhatHappensNextIsToldToWhoeverWatches) {
  AddComplete(study_id_, 0.5);
  const json study = Get(kStudy);
  AddComplete(study_id_, 0.75);
  const std::string said = Events(absl::StrCat("&after=", study["position"].get<int64_t>()), Says("\n\n"));
  EXPECT_THAT(said, HasSubstr("event: changes\n"));
  EXPECT_THAT(said, HasSubstr("\"values\":[0.75]"));
  EXPECT_THAT(said, Not(HasSubstr("\"values\":[0.5],\"parameters\""))) << "nothing is told twice";
}

TEST_F(DashboardTest, ASpaceSaysWhatItsParametersMayBe) {
  const json space = Get(absl::StrCat("/api/study/space?", kName));
  ASSERT_EQ(space.size(), 3u);
  EXPECT_EQ(space[0]["kind"], "float");
  EXPECT_EQ(space[0]["log"], true);
  EXPECT_LT(space[0]["low"].get<double>(), space[0]["high"].get<double>());
  EXPECT_EQ(space[1]["kind"], "int");
  EXPECT_EQ(space[2]["choices"], json({"GINI", "ENTROPY"}));
  EXPECT_EQ(Client().Get("/api/study/space?name=nobody")->status, 404);
}

TEST_F(DashboardTest, WhoeverWatchesHearsThatAStudyWasStopped) {
  const int64_t before = Get(kStudy)["position"];
  EXPECT_EQ(Get(kStudy)["stopped"], false);
  Transact([&] { return store().SetStopped(study_id_, true); });
  EXPECT_THAT(Events(absl::StrCat("&after=", before), Says("\n\n")), HasSubstr("\"stopped\":true"));
}

TEST_F(DashboardTest, PlotsFollowTheStudy) {
  AddComplete(study_id_, 0.5);
  const int64_t before = Get(kStudy)["position"];
  AddComplete(study_id_, 0.75);
  const std::string said = Events(absl::StrCat("&after=", before), Says("\n\n"));
  // Plots are made as often as they may: a fortieth of the time.
  json plots;
  for (int asked = 0; asked < 1000 && (plots.is_null() || plots["position"].get<int64_t>() <= before); ++asked) {
    plots = Get(absl::StrCat("/api/study/plots?", kName));
  }
  EXPECT_EQ(plots["plots"]["optimization_history"]["tables"][0]["rows"].size(), 2u);
}

TEST_F(DashboardTest, PlotsThatAreAsTheyWereAreNotToldAgain) {
  AddComplete(study_id_, 0.5);
  const int64_t before = Get(kStudy)["plots_position"];
  const std::string plots_since = absl::StrCat("/api/study/plots?", kName, "&after=", before);
  EXPECT_EQ(Get(plots_since)["plots"], json::object());
  AddComplete(study_id_, 0.75);
  json plots;
  for (int asked = 0; asked < 10000 && (plots.is_null() || plots["position"].get<int64_t>() <= before); ++asked) {
    plots = Get(plots_since);
  }
  EXPECT_TRUE(plots["plots"].contains("optimization_history"));
  EXPECT_FALSE(plots["plots"].contains("confusion_matrix")) << "there is none, as before";
}

TEST_F(DashboardTest, WhoMissedTooMuchIsToldToAskAgain) {
  AddComplete(study_id_, 0.5);
  Get(kStudy);
  EXPECT_THAT(Events("&after=0", Says("\n\n")), HasSubstr("event: again\n"));
}

TEST_F(DashboardTest, StreamsOfAStudyThatIsDeletedSaySo) {
  AddComplete(study_id_, 0.5);
  const json study = Get(kStudy);
  Transact([&] { return store().DeleteStudy(study_id_); });
  EXPECT_THAT(
      Events(absl::StrCat("&after=", study["position"].get<int64_t>()), [](const std::string&) { return false; }),
      HasSubstr("event: gone\n"));
  EXPECT_EQ(Client().Get(kStudy.c_str())->status, 404);
}

TEST_F(DashboardTest, AStudyWhoseNameIsNoUtf8IsOpenedByWhatItLooksLike) {
  CreateStudy(ForestSpec("f\xfcr"));
  AddComplete(study_id_, 0.5);
  EXPECT_EQ(Get("/api/studies")[1]["name"], "f\xef\xbf\xbdr");
  EXPECT_EQ(Get("/api/study?name=f%EF%BF%BDr")["name"], "f\xef\xbf\xbdr");
  EXPECT_TRUE(Get("/api/study/plots?name=f%EF%BF%BDr").contains("plots"));
  EXPECT_EQ(Client().Get("/api/study?name=g%EF%BF%BDr")->status, 404);
}

TEST_F(DashboardTest, AnswersAreNotCompressedForThatTakesLongerThanToSendThem) {
  AddComplete(study_id_, 0.5);
  for (const std::string& path : {std::string("/"), std::string("/api/studies"), kStudy}) {
    const auto answer = Client().Get(path.c_str(), {{"Accept-Encoding", "gzip, deflate, br"}});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->get_header_value("Content-Encoding"), "") << path;
    EXPECT_EQ(answer->get_header_value("Content-Length"), absl::StrCat(answer->body.size())) << path;
    EXPECT_THAT(answer->body, HasSubstr(path == "/" ? "<html" : "counts")) << path;
  }
}

TEST_F(DashboardTest, WhatIsNotThereIs404AndSaysWhy) {
  const auto answer = Client().Get("/api/study?name=nobody");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 404);
  EXPECT_THAT(answer->body, HasSubstr("nobody"));
}

TEST_F(DashboardTest, WhoDoesNotSayWhichStudyIsToldWhatToSay) {
  for (const char* path : {"/api/study", "/api/study/plots", "/api/study/space", "/api/study/events"}) {
    for (const char* parameters : {"", "?name=", "?nam=a"}) {
      const auto answer = Client().Get(absl::StrCat(path, parameters).c_str());
      EXPECT_EQ(answer->status, 400) << path << parameters;
      EXPECT_THAT(json::parse(answer->body)["error"], HasSubstr(absl::StrCat("say ", path, "?name=NAME")));
    }
  }
}

TEST_F(DashboardTest, APositionThatIsNoneIsRefusedAndNamed) {
  for (const char* path : {"/api/study/plots", "/api/study/events"}) {
    for (const char* after : {"", "abc", "-5", "1.5", "1e3", "99999999999999999999"}) {
      const auto answer = Client().Get(absl::StrCat(path, "?", kName, "&after=", after).c_str());
      EXPECT_EQ(answer->status, 400) << path << " " << after;
      EXPECT_THAT(json::parse(answer->body)["error"], HasSubstr(absl::StrCat("is \"", after, "\""))) << path;
    }
  }
}

TEST_F(DashboardTest, ThePageAsksNobodyElse) {
  const auto page = Client().Get("/");
  ASSERT_TRUE(page);
  EXPECT_THAT(page->body, HasSubstr("default-src 'none'; connect-src 'self';"));
  EXPECT_THAT(page->body, HasSubstr("id=\"data\">null<"));
}

TEST_F(DashboardTest, AWriterIsNeverKeptWaiting) {
  AddComplete(study_id_, 0.5);
  Get(kStudy);
  ASSERT_TRUE(store().Begin().ok());
  EXPECT_EQ(Get(kStudy)["trials"].size(), 1u) << "it is read beside an open transaction";
  EXPECT_TRUE(store().SetStopped(study_id_, true).ok());
  EXPECT_TRUE(store().Commit().ok());
}

TEST_F(DashboardTest, WhoeverSawAnEarlierFeedIsToldToAskAgain) {
  AddComplete(study_id_, 0.5);
  const int64_t before = Get(kStudy)["position"];
  Transact([&] { return store().DeleteStudy(study_id_); });
  Events(absl::StrCat("&after=", before), [](const std::string&) { return false; });
  study_id_ = CreateStudy(ForestSpec("a/b\n<c>"));
  AddComplete(study_id_, 0.25);
  EXPECT_GT(Get(kStudy)["position"].get<int64_t>(), before);
  EXPECT_THAT(Events(absl::StrCat("&after=", before), Says("\n\n")), HasSubstr("event: again\n"));
}

TEST_F(DashboardTest, AStudyWithoutATrialGetsItsParametersWithThem) {
  const int64_t before = Get(kStudy)["position"];
  AddComplete(study_id_, 0.5);
  EXPECT_THAT(Events(absl::StrCat("&after=", before), Says("\n\n")), HasSubstr("{\"name\":\"share\",\"log\":true"));
}

TEST_F(DashboardTest, AFileThatTookTheOthersPlaceIsShown) {
  AddComplete(study_id_, 0.5);
  Close();
  const std::string other = Path("other.db");
  std::filesystem::rename(Path(), other);
  Open();
  CreateStudy(ForestSpec("new"));
  bool is_shown = false;
  for (int asked = 0; asked < 10000 && !is_shown; ++asked) {
    is_shown = Client().Get("/api/study?name=new")->status == 200;
  }
  EXPECT_TRUE(is_shown);
}

TEST_F(DashboardTest, ReopeningClosesItsConnectionFirst) {
  AddComplete(study_id_, 0.5);
  Get(kStudy);
  bool was_closed = false;
  EXPECT_TRUE(dashboard_
                  ->Reopen([&] {
                    Close();  // the store's: nobody has the file open any more
                    was_closed = !std::filesystem::exists(Path() + "-shm");
                    Open();
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_TRUE(was_closed) << "the last connection takes the log's index away";
  EXPECT_EQ(Get(kStudy)["trials"].size(), 1u);
}

}  // namespace
}  // namespace parzen
