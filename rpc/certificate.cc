#include "rpc/certificate.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "absl/strings/str_cat.h"
#include "rpc/openssl.h"

namespace parzen {
namespace {

constexpr Role kRoles[] = {Role::kCoordinator, Role::kWorker, Role::kClient};

std::vector<std::string> Entries(const X509_NAME* name, int nid) {
  std::vector<std::string> texts;
  for (int at = -1; (at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0;) {
    unsigned char* utf8 = nullptr;
    const int bytes = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (bytes < 0) continue;
    texts.emplace_back(reinterpret_cast<const char*>(utf8), static_cast<size_t>(bytes));
    OPENSSL_free(utf8);
  }
  return texts;
}

std::string CommonName(const X509_NAME* name) {
  const std::vector<std::string> names = Entries(name, NID_commonName);
  return names.empty() ? "" : names.front();
}

std::optional<Role> RoleOf(const X509* certificate) {
  std::optional<Role> found;
  for (const std::string& unit : Entries(X509_get_subject_name(certificate), NID_organizationalUnitName)) {
    for (const Role role : kRoles) {
      if (unit != absl::StrCat("parzen-", RoleName(role))) continue;
      if (found.has_value()) return std::nullopt;
      found = role;
    }
  }
  return found;
}

std::string AddressText(const ASN1_OCTET_STRING* address) {
  char text[INET6_ADDRSTRLEN] = {};
  const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(address) != 16) return "";
  inet_ntop(family, ASN1_STRING_get0_data(address), text, sizeof(text));
  return text;
}

std::vector<std::string> Hosts(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, OpenSslFree<GENERAL_NAMES_free>> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, /*crit=*/nullptr, /*idx=*/nullptr)));
  std::vector<std::string> hosts;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) {
      hosts.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                         static_cast<size_t>(ASN1_STRING_length(name->d.dNSName)));
    } else if (name->type == GEN_IPADD) {
      hosts.push_back(AddressText(name->d.iPAddress));
    }
  }
  return hosts;
}

absl::Time TimeOf(const ASN1_TIME* time) {
  std::tm parts = {};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return absl::InfinitePast();
  return absl::FromTimeT(timegm(&parts));
}

std::string Serial(const X509* certificate) {
  const std::unique_ptr<BIGNUM, OpenSslFree<BN_free>> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  char* const text = BN_bn2hex(number.get());
  const std::string serial = text == nullptr ? "" : text;
  OPENSSL_free(text);
  return serial;
}

absl::Status NoCertificate() { return absl::InvalidArgumentError("is no certificate (PEM)"); }

using StorePtr = std::unique_ptr<X509_STORE, OpenSslFree<X509_STORE_free>>;

// Null when there is no certificate among them.
StorePtr StoreOf(absl::string_view authorities) {
  StorePtr store(X509_STORE_new());
  bool any = false;
  const absl::string_view kBegin = "-----BEGIN CERTIFICATE";
  for (size_t at = authorities.find(kBegin); at != absl::string_view::npos; at = authorities.find(kBegin, at + 1)) {
    const X509Ptr authority = ReadX509(authorities.substr(at));
    any |= authority != nullptr && X509_STORE_add_cert(store.get(), authority.get()) == 1;
  }
  return any ? std::move(store) : nullptr;
}

absl::Status CheckSigned(X509* certificate, absl::string_view authorities, Role role, absl::Time now) {
  const StorePtr store = StoreOf(authorities);
  if (store == nullptr) return absl::InvalidArgumentError("has no certificate of an authority beside it");
  const std::unique_ptr<X509_STORE_CTX, OpenSslFree<X509_STORE_CTX_free>> check(X509_STORE_CTX_new());
  X509_STORE_CTX_init(check.get(), store.get(), certificate, nullptr);
  X509_STORE_CTX_set_time(check.get(), 0, absl::ToTimeT(now));
  X509_STORE_CTX_set_purpose(check.get(),
                             role == Role::kCoordinator ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT);
  if (X509_verify_cert(check.get()) == 1) return absl::OkStatus();
  const int error = X509_STORE_CTX_get_error(check.get());
  ERR_clear_error();
  if (error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY || error == X509_V_ERR_CERT_SIGNATURE_FAILURE) {
    return absl::InvalidArgumentError("is not signed by the authority beside it");
  }
  const bool of_authority = X509_STORE_CTX_get_error_depth(check.get()) > 0;
  return absl::InvalidArgumentError(
      absl::StrCat(of_authority ? "cannot be used, because of its authority: " : "",
                   of_authority ? "" : "cannot be used: ", X509_verify_cert_error_string(error)));
}

}  // namespace

absl::string_view RoleName(Role role) {
  switch (role) {
    case Role::kCoordinator:
      return "coordinator";
    case Role::kWorker:
      return "worker";
    case Role::kClient:
      return "client";
  }
  return "";
}

std::string DescribeRole(const std::optional<Role>& role) {
  return role.has_value() ? absl::StrCat("a certificate of role ", RoleName(*role)) : "a certificate without a role";
}

absl::StatusOr<Certificate> ParseCertificate(absl::string_view pem) {
  const X509Ptr x509 = ReadX509(pem);
  if (x509 == nullptr) return NoCertificate();
  Certificate certificate;
  certificate.name = CommonName(X509_get_subject_name(x509.get()));
  certificate.issuer = CommonName(X509_get_issuer_name(x509.get()));
  certificate.serial = Serial(x509.get());
  certificate.is_authority = X509_check_ca(x509.get()) == 1;
  certificate.role = RoleOf(x509.get());
  certificate.hosts = Hosts(x509.get());
  certificate.valid_from = TimeOf(X509_get0_notBefore(x509.get()));
  certificate.valid_until = TimeOf(X509_get0_notAfter(x509.get()));
  return certificate;
}

absl::StatusOr<bool> IsForHost(absl::string_view pem, const std::string& host) {
  const X509Ptr x509 = ReadX509(pem);
  if (x509 == nullptr) return NoCertificate();
  return X509_check_ip_asc(x509.get(), host.c_str(), 0) == 1 ||
         X509_check_host(x509.get(), host.data(), host.size(), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
}

absl::Status CheckIdentity(absl::string_view pem, absl::string_view key, absl::string_view authorities, Role role,
                           absl::Time now) {
  const X509Ptr x509 = ReadX509(pem);
  if (x509 == nullptr) return NoCertificate();
  const auto wrong = [](auto&&... parts) { return absl::InvalidArgumentError(absl::StrCat(parts...)); };
  const std::optional<Role> shown = RoleOf(x509.get());
  if (shown != role) return wrong("is ", DescribeRole(shown), "; one of role ", RoleName(role), " is needed");
  const absl::Time until = TimeOf(X509_get0_notAfter(x509.get()));
  if (now > until) return wrong("has expired at ", absl::FormatTime(until, absl::UTCTimeZone()));
  const KeyPtr private_key = ReadKey(key);
  if (private_key == nullptr) return wrong("has no private key (PEM, without a passphrase) beside it");
  if (X509_check_private_key(x509.get(), private_key.get()) != 1) {
    ERR_clear_error();
    return wrong("and the private key beside it do not belong together");
  }
  return CheckSigned(x509.get(), authorities, role, now);
}

}  // namespace parzen
