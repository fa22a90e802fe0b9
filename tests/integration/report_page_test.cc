// The report in a real browser: what it draws must be what the database holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/process.h"

namespace parzen {
namespace {

using testing::HasSubstr;

constexpr char kBrowser[] = "/usr/bin/chromium";

// A name that would break out of the page if anything forgot to escape it.
constexpr char kStudy[] = R"(name: "a </script><b id='broken'>& \"b\""
objective { metric: "validation_accuracy" direction: MAXIMIZE }
train { dataset { digits { train: 200 test: 50 } } random_forest { } }
parameter { name: "trees" sets: "random_forest.trees" int { low: 1 high: 9 } }
search { sampler { grid { points: 9 } } seed: 5 }
)";

int Count(const std::string& text, const std::string& piece) {
  int count = 0;
  for (size_t at = text.find(piece); at != std::string::npos; at = text.find(piece, at + 1)) ++count;
  return count;
}

class ReportPageTest : public testing::Test {
 protected:
  void SetUp() override {
    if (access(kBrowser, X_OK) != 0) GTEST_SKIP() << kBrowser << " is not installed; ./setup installs it";
    std::ofstream(folder_ + "/s.textproto") << kStudy;
    const Finished run = RunToEnd(
        {ParzenBinary(), "run", folder_ + "/s.textproto", "--db", folder_ + "/s.db", "--report", folder_ + "/r.html"});
    ASSERT_EQ(run.code, 0) << run.err;
    const Finished page =
        RunToEnd({kBrowser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                  "--disable-background-networking", "--disable-component-update", "--disable-sync",
                  "--enable-logging=stderr", absl::StrCat("--user-data-dir=", folder_, "/profile"), "--dump-dom",
                  absl::StrCat("file://", folder_, "/r.html")});
    ASSERT_EQ(page.code, 0) << page.err;
    dom_ = page.out;
    console_ = page.err;
  }

  const std::string folder_ = FreshFolder();
  std::string dom_;      // as the page's script left it
  std::string console_;  // the browser's log
};

TEST_F(ReportPageTest, DrawsEveryTrialAsAPointAndAsARow) {
  const std::string body = dom_.substr(dom_.find("<tbody>"));
  EXPECT_EQ(Count(body.substr(0, body.find("</tbody>")), "<tr"), 9);
  EXPECT_EQ(Count(dom_, "class=\"point COMPLETE"), 9);
}

TEST_F(ReportPageTest, RunsItsScriptWithoutAnError) { EXPECT_EQ(Count(console_, "Uncaught"), 0) << console_; }

TEST_F(ReportPageTest, ShowsAHostileNameAsText) {
  EXPECT_THAT(dom_, HasSubstr("<h1 id=\"name\">a &lt;/script&gt;"));
  EXPECT_THAT(dom_, testing::Not(HasSubstr("<b id=")));
}

TEST_F(ReportPageTest, LoadsNothingFromOutside) {
  EXPECT_EQ(Count(dom_, "src=\"http"), 0);
  EXPECT_EQ(Count(dom_, "<link rel=\"stylesheet\""), 0);
}

}  // namespace
}  // namespace parzen
