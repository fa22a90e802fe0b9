#include "rpc/certificate_authority.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "rpc/openssl.h"

namespace parzen {
namespace {

// What X.509 allows a common name to have.
constexpr size_t kLongestName = 64;
constexpr size_t kLongestHost = 253;

absl::Status CheckName(const std::string& name) {
  const bool fits = !name.empty() && name.size() <= kLongestName &&
                    std::all_of(name.begin(), name.end(), [](char c) { return absl::ascii_isprint(c); });
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a certificate's name has 1 to ", kLongestName, " printable characters of ASCII"));
}

bool IsAddress(const std::string& host) {
  in6_addr any;
  return inet_pton(AF_INET, host.c_str(), &any) == 1 || inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

// As OpenSSL's configuration files write it.
absl::StatusOr<std::string> AlternativeName(const std::string& host) {
  if (IsAddress(host)) return absl::StrCat("IP:", host);
  const auto allowed = [](char c) { return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '*'; };
  if (!host.empty() && host.size() <= kLongestHost && std::all_of(host.begin(), host.end(), allowed)) {
    return absl::StrCat("DNS:", host);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", host, "\" is no host: a name (without a port) or an IP address (without brackets) is"));
}

struct Extension {
  int nid;
  std::string value;
};

absl::Status AddExtensions(X509* certificate, X509* issuer, const std::vector<Extension>& extensions) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  for (const Extension& extension : extensions) {
    const std::unique_ptr<X509_EXTENSION, OpenSslFree<X509_EXTENSION_free>> made(
        X509V3_EXT_conf_nid(nullptr, &context, extension.nid, extension.value.c_str()));
    if (made == nullptr || X509_add_ext(certificate, made.get(), -1) != 1) {
      return OpenSslError(absl::StrCat("write ", OBJ_nid2sn(extension.nid), " into a certificate"));
    }
  }
  return absl::OkStatus();
}

bool SetRandomSerial(X509* certificate) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) return false;
  bytes[0] &= 0x7f;  // positive
  const std::unique_ptr<BIGNUM, OpenSslFree<BN_free>> number(BN_bin2bn(bytes, sizeof(bytes), nullptr));
  return BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool AddToName(X509_NAME* name, int nid, const std::string& text) {
  return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

// All of a certificate but its extensions, issuer and signature.
absl::StatusOr<X509Ptr> Draft(const std::string& name, const std::string& unit, absl::Time from, absl::Time until,
                              EVP_PKEY* key) {
  X509Ptr certificate(X509_new());
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  const bool done = X509_set_version(certificate.get(), 2) == 1 && SetRandomSerial(certificate.get()) &&
                    (unit.empty() || AddToName(subject, NID_organizationalUnitName, unit)) &&
                    AddToName(subject, NID_commonName, name) &&
                    ASN1_TIME_set(X509_getm_notBefore(certificate.get()), absl::ToTimeT(from)) != nullptr &&
                    ASN1_TIME_set(X509_getm_notAfter(certificate.get()), absl::ToTimeT(until)) != nullptr &&
                    X509_set_pubkey(certificate.get(), key) == 1;
  if (!done) return OpenSslError("make a certificate");
  return certificate;
}

absl::StatusOr<PemPair> SignedPair(X509* certificate, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
  if (X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1 ||
      X509_sign(certificate, issuer_key, EVP_sha256()) == 0) {
    return OpenSslError("sign a certificate");
  }
  const BioPtr text(BIO_new(BIO_s_mem()));
  const BioPtr key_text(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(text.get(), certificate) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(key_text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return OpenSslError("write a certificate");
  }
  return PemPair{Contents(text.get()), Contents(key_text.get())};
}

absl::StatusOr<KeyPtr> NewKey() {
  KeyPtr key(EVP_EC_gen("P-256"));
  if (key == nullptr) return OpenSslError("make a key");
  return key;
}

}  // namespace

absl::StatusOr<PemPair> MakeAuthority(const std::string& name, absl::Time from, absl::Time until) {
  RETURN_IF_ERROR(CheckName(name));
  ASSIGN_OR_RETURN(const KeyPtr key, NewKey());
  ASSIGN_OR_RETURN(const X509Ptr certificate, Draft(name, "", from, until, key.get()));
  RETURN_IF_ERROR(AddExtensions(certificate.get(), certificate.get(),
                                {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                 {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                 {NID_subject_key_identifier, "hash"}}));
  return SignedPair(certificate.get(), key.get(), certificate.get(), key.get());
}

absl::StatusOr<PemPair> IssueCertificate(const PemPair& authority, const CertificateRequest& request) {
  RETURN_IF_ERROR(CheckName(request.name));
  const X509Ptr issuer = ReadX509(authority.certificate);
  const KeyPtr issuer_key = ReadKey(authority.key);
  if (issuer == nullptr || issuer_key == nullptr || X509_check_private_key(issuer.get(), issuer_key.get()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError("the authority's certificate and its private key do not belong together");
  }
  ASSIGN_OR_RETURN(const Certificate parent, ParseCertificate(authority.certificate));
  if (!parent.is_authority) return absl::InvalidArgumentError("the certificate that is to sign is no authority's");
  std::vector<Extension> extensions = {
      {NID_basic_constraints, "critical,CA:FALSE"},
      {NID_key_usage, "critical,digitalSignature"},
      {NID_ext_key_usage, request.role == Role::kCoordinator ? "serverAuth" : "clientAuth"},
      {NID_subject_key_identifier, "hash"},
      {NID_authority_key_identifier, "keyid"}};
  std::vector<std::string> names;
  for (const std::string& host : request.hosts) {
    ASSIGN_OR_RETURN(names.emplace_back(), AlternativeName(host));
  }
  if (!names.empty()) extensions.push_back({NID_subject_alt_name, absl::StrJoin(names, ",")});
  ASSIGN_OR_RETURN(const KeyPtr key, NewKey());
  ASSIGN_OR_RETURN(const X509Ptr certificate,
                   Draft(request.name, absl::StrCat("parzen-", RoleName(request.role)), request.valid_from,
                         std::min(request.valid_until, parent.valid_until), key.get()));
  RETURN_IF_ERROR(AddExtensions(certificate.get(), issuer.get(), extensions));
  return SignedPair(certificate.get(), key.get(), issuer.get(), issuer_key.get());
}

}  // namespace parzen
