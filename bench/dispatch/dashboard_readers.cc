#include "bench/dispatch/dashboard_readers.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "coordinator/listen_address.h"
#include "httplib.h"

namespace parzen {
namespace {

constexpr absl::Duration kPlotsEvery = absl::Seconds(2);

httplib::Client Dial(const std::string& address) {
  const auto [host, port_text] = SplitHostPort(address);
  int port = 0;
  if (!absl::SimpleAtoi(port_text, &port)) port = 0;
  httplib::Client client(host, port);
  client.set_read_timeout(60);
  client.set_default_headers({{"Accept-Encoding", "gzip, deflate, br, zstd"}});  // as browsers ask
  return client;
}

}  // namespace

DashboardReaders::DashboardReaders(int count, const std::string& address, const std::string& study)
    : address_(address) {
  for (int i = 0; i < count; ++i) {
    threads_.emplace_back([this, study] { Follow(study); });
    threads_.emplace_back([this, study] { ReadPlots(study); });
  }
}

DashboardReaders::~DashboardReaders() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
}

void DashboardReaders::Follow(const std::string& study) {
  while (!stopping_) {
    httplib::Client client = Dial(address_);
    const auto whole = client.Get(absl::StrCat("/api/study?name=", study).c_str());
    if (!whole || whole->status != 200) {
      absl::SleepFor(absl::Milliseconds(100));
      continue;
    }
    bytes_ += static_cast<int64_t>(whole->body.size());
    client.Get(absl::StrCat("/api/study/events?name=", study).c_str(), [&](const char* data, size_t size) {
      bytes_ += static_cast<int64_t>(size);
      lines_ += std::count(data, data + size, '\n');
      return !stopping_.load();
    });
  }
}

void DashboardReaders::ReadPlots(const std::string& study) {
  absl::Time next = absl::Now();
  while (!stopping_) {
    absl::SleepFor(absl::Milliseconds(100));
    if (absl::Now() < next) continue;
    const auto plots = Dial(address_).Get(absl::StrCat("/api/study/plots?name=", study).c_str());
    if (plots) bytes_ += static_cast<int64_t>(plots->body.size());
    next = absl::Now() + kPlotsEvery;
  }
}

}  // namespace parzen
