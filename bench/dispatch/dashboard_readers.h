// Browsers with the dashboard open, as far as the coordinator can tell: each asks for the study, follows its events,
// and asks for the plots every two seconds. Threads: made, used and destroyed on one.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace parzen {

class DashboardReaders {
 public:
  // At "HOST:PORT".
  DashboardReaders(int count, const std::string& address, const std::string& study);
  ~DashboardReaders();

  // Since the beginning, of all together.
  int64_t events() const { return lines_ / kLinesOfEvent; }
  int64_t bytes() const { return bytes_; }

 private:
  void Follow(const std::string& study);
  void ReadPlots(const std::string& study);

  const std::string address_;
  std::atomic<bool> stopping_ = false;
  static constexpr int64_t kLinesOfEvent = 4;  // id, event, data, and the empty one

  std::atomic<int64_t> lines_ = 0;
  std::atomic<int64_t> bytes_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace parzen
