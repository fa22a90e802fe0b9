#include "rpc/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

BioPtr Over(absl::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(std::min<size_t>(text.size(), 1 << 20))));
}

// A file with a passphrase is refused; nobody is asked for it at a terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

}  // namespace

absl::Status OpenSslError(absl::string_view what) {
  const char* const reason = ERR_reason_error_string(ERR_get_error());
  ERR_clear_error();
  return absl::InternalError(
      absl::StrCat("cannot ", what, ": ", reason == nullptr ? "OpenSSL gives no reason" : reason));
}

X509Ptr ReadX509(absl::string_view pem) {
  X509Ptr certificate(PEM_read_bio_X509(Over(pem).get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  return certificate;
}

KeyPtr ReadKey(absl::string_view pem) {
  KeyPtr key(PEM_read_bio_PrivateKey(Over(pem).get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  return key;
}

std::string Contents(BIO* bio) {
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(bytes));
}

}  // namespace parzen
