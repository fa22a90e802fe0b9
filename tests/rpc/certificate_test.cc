#include "rpc/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "rpc/certificate_authority.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const absl::Time kNow = absl::FromCivil(absl::CivilDay(2026, 3, 1), absl::UTCTimeZone());
constexpr absl::Duration kDay = absl::Hours(24);

PemPair Authority() {
  static const PemPair authority = *MakeAuthority("tests", kNow - kDay, kNow + 100 * kDay);
  return authority;
}

CertificateRequest Request(Role role) { return {role, "gpu-7", {}, kNow - kDay, kNow + 10 * kDay}; }

PemPair Issue(const CertificateRequest& request) {
  absl::StatusOr<PemPair> issued = IssueCertificate(Authority(), request);
  EXPECT_TRUE(issued.ok()) << issued.status();
  return issued.value_or(PemPair());
}

std::string Problem(const PemPair& shown, const PemPair& authority, Role role, absl::Time now = kNow) {
  return std::string(CheckIdentity(shown.certificate, shown.key, authority.certificate, role, now).message());
}

TEST(CertificateTest, SaysWhatItWasMadeWith) {
  CertificateRequest request = Request(Role::kCoordinator);
  request.hosts = {"gpu-1.example", "10.0.0.5", "::1"};
  const absl::StatusOr<Certificate> read = ParseCertificate(Issue(request).certificate);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->name, "gpu-7");
  EXPECT_EQ(read->issuer, "tests");
  EXPECT_EQ(read->role, Role::kCoordinator);
  EXPECT_FALSE(read->is_authority);
  EXPECT_THAT(read->hosts, ElementsAre("gpu-1.example", "10.0.0.5", "::1"));
  EXPECT_EQ(read->valid_from, request.valid_from);
  EXPECT_EQ(read->valid_until, request.valid_until);
}

TEST(CertificateTest, AuthorityIsOneAndHasNoRole) {
  const absl::StatusOr<Certificate> read = ParseCertificate(Authority().certificate);
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read->is_authority);
  EXPECT_EQ(read->role, std::nullopt);
}

TEST(CertificateTest, IsForTheHostsThatItNamesAndNoOther) {
  CertificateRequest request = Request(Role::kCoordinator);
  request.hosts = {"gpu-1.example", "10.0.0.5", "::1"};
  const std::string pem = Issue(request).certificate;
  for (const char* host : {"gpu-1.example", "GPU-1.example", "10.0.0.5", "::1"}) EXPECT_TRUE(*IsForHost(pem, host));
  for (const char* host : {"gpu-7", "gpu-2.example", "10.0.0.6", "::2", ""}) EXPECT_FALSE(*IsForHost(pem, host));
}

TEST(CertificateTest, HoldsForItsRoleAlone) {
  for (const Role role : {Role::kCoordinator, Role::kWorker, Role::kClient}) {
    const PemPair issued = Issue(Request(role));
    for (const Role needed : {Role::kCoordinator, Role::kWorker, Role::kClient}) {
      EXPECT_EQ(Problem(issued, Authority(), needed).empty(), role == needed);
    }
  }
  EXPECT_THAT(Problem(Issue(Request(Role::kClient)), Authority(), Role::kWorker),
              HasSubstr("is a certificate of role client; one of role worker is needed"));
}

TEST(CertificateTest, OfAnotherAuthorityIsNotBelieved) {
  const PemPair other = *MakeAuthority("tests", kNow - kDay, kNow + kDay);  // of the same name
  EXPECT_THAT(Problem(Issue(Request(Role::kWorker)), other, Role::kWorker), HasSubstr("not signed by the authority"));
}

TEST(CertificateTest, EndsWhenItSays) {
  const PemPair issued = Issue(Request(Role::kWorker));
  EXPECT_THAT(Problem(issued, Authority(), Role::kWorker, kNow + 9 * kDay), IsEmpty());
  EXPECT_THAT(Problem(issued, Authority(), Role::kWorker, kNow + 11 * kDay), HasSubstr("has expired at 2026-03-11"));
  EXPECT_THAT(Problem(issued, Authority(), Role::kWorker, kNow - 2 * kDay), HasSubstr("not yet valid"));
}

TEST(CertificateTest, DoesNotOutliveItsAuthority) {
  CertificateRequest request = Request(Role::kWorker);
  request.valid_until = kNow + 1000 * kDay;
  EXPECT_EQ(ParseCertificate(Issue(request).certificate)->valid_until, kNow + 100 * kDay);
}

TEST(CertificateTest, NeedsItsOwnKey) {
  PemPair mixed = Issue(Request(Role::kWorker));
  mixed.key = Issue(Request(Role::kWorker)).key;
  EXPECT_THAT(Problem(mixed, Authority(), Role::kWorker), HasSubstr("do not belong together"));
  mixed.key = "nonsense";
  EXPECT_THAT(Problem(mixed, Authority(), Role::kWorker), HasSubstr("no private key"));
}

TEST(CertificateTest, CannotSignOthers) {
  const PemPair worker = Issue(Request(Role::kWorker));
  EXPECT_EQ(IssueCertificate(worker, Request(Role::kClient)).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(CertificateTest, NameOrHostThatNoneCanHoldIsRefused) {
  CertificateRequest request = Request(Role::kWorker);
  for (const std::string& name : {std::string(), std::string(65, 'x'), std::string("a\nb")}) {
    request.name = name;
    EXPECT_EQ(IssueCertificate(Authority(), request).status().code(), absl::StatusCode::kInvalidArgument) << name;
  }
  request = Request(Role::kCoordinator);
  for (const char* host : {"", "a,DNS:evil", "gpu-1:7717", "[::1]", "a b"}) {
    request.hosts = {host};
    EXPECT_EQ(IssueCertificate(Authority(), request).status().code(), absl::StatusCode::kInvalidArgument) << host;
  }
}

TEST(CertificateTest, TextThatIsNoneIsRefused) {
  for (const char* pem : {"", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    EXPECT_EQ(ParseCertificate(pem).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(IsForHost(pem, "a").status().code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace parzen
