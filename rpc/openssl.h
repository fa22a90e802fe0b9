// What the files about certificates share: OpenSSL's objects as owners, its errors as statuses, PEM in and out.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace parzen {

template <auto free>
struct OpenSslFree {
  template <typename T>
  void operator()(T* object) const {
    free(object);
  }
};

using BioPtr = std::unique_ptr<BIO, OpenSslFree<BIO_free_all>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpenSslFree<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, OpenSslFree<X509_free>>;

// Internal: OpenSSL could not do `what`, and the first reason it gives.
absl::Status OpenSslError(absl::string_view what);

// Null when there is none.
X509Ptr ReadX509(absl::string_view pem);
KeyPtr ReadKey(absl::string_view pem);

// All that was written to a memory BIO.
std::string Contents(BIO* bio);

}  // namespace parzen
