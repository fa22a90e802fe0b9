#include "rpc/certificate_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rpc/certificate_folder.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr absl::Duration kDay = absl::Hours(24);

class CertificateWatchTest : public testing::Test {
 protected:
  std::vector<std::string> Look(absl::Duration from_now = absl::ZeroDuration()) {
    std::vector<std::string> texts;
    for (const CertificateWatch::Line& line : watch_.Look(now_ + from_now)) texts.push_back(line.text);
    return texts;
  }

  const absl::Time now_ = absl::Now();
  CertificateFolder keys_;
  CertificateWatch watch_{keys_.Files(Role::kCoordinator), Role::kCoordinator};
};

TEST_F(CertificateWatchTest, IsSilentWhileTheEndIsFar) {
  EXPECT_THAT(Look(), IsEmpty());
  EXPECT_THAT(Look(kDay), IsEmpty());
}

TEST_F(CertificateWatchTest, WarnsOnceADayWhenTheEndIsNear) {
  keys_.Issue(Role::kCoordinator, 10.5 * kDay);
  EXPECT_THAT(Look(), ElementsAre(HasSubstr("coordinator.crt ends in 10 days")));
  EXPECT_THAT(Look(absl::Hours(23)), IsEmpty());
  EXPECT_THAT(Look(absl::Hours(25)), ElementsAre(HasSubstr("ends in 9 days")));
}

TEST_F(CertificateWatchTest, WarnsOfTheAuthoritysEnd) {
  EXPECT_THAT(Look(340 * kDay), testing::Contains(HasSubstr("ca.crt ends in 2")));
}

TEST_F(CertificateWatchTest, SaysThatFilesWereReplaced) {
  EXPECT_THAT(Look(), IsEmpty());
  keys_.Issue(Role::kCoordinator);
  EXPECT_THAT(Look(), ElementsAre(HasSubstr("was replaced; new connections use it")));
  EXPECT_THAT(Look(), IsEmpty());
}

TEST_F(CertificateWatchTest, SaysOnceThatAReplacementCannotBeUsed) {
  EXPECT_THAT(Look(), IsEmpty());
  keys_.Write("/coordinator.key", "nonsense");
  EXPECT_THAT(Look(), ElementsAre(HasSubstr("new connections may be refused: ")));
  EXPECT_THAT(Look(), IsEmpty());
  keys_.Issue(Role::kCoordinator);
  EXPECT_THAT(Look(), ElementsAre(HasSubstr("was replaced")));
}

}  // namespace
}  // namespace parzen
