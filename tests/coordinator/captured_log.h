// What the program under test logs. Made before its threads begin, and gone after they have ended.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "spdlog/sinks/base_sink.h"

namespace parzen {

// The log of this process, which may say something a moment after a peer has noticed it.
class CapturedLog {
 public:
  CapturedLog() : sink_(std::make_shared<Sink>()), before_(spdlog::default_logger()) {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink_));
  }
  ~CapturedLog() { spdlog::set_default_logger(before_); }

  std::vector<std::string> lines() const { return sink_->lines(); }
  // Waits until a line contains all of `texts`; the whole log when there is none for too long, else "".
  std::string Miss(const std::vector<std::string>& texts) const { return sink_->Miss(texts); }

 private:
  class Sink final : public spdlog::sinks::base_sink<std::mutex> {
   public:
    std::vector<std::string> lines() {
      absl::MutexLock lock(&lines_mutex_);
      return lines_;
    }
    std::string Miss(const std::vector<std::string>& texts) {
      absl::MutexLock lock(&lines_mutex_);
      const auto said = [&] {
        return std::any_of(lines_.begin(), lines_.end(), [&](const std::string& line) {
          return std::all_of(texts.begin(), texts.end(),
                             [&](const std::string& text) { return absl::StrContains(line, text); });
        });
      };
      if (lines_mutex_.AwaitWithTimeout(absl::Condition(&said), absl::Seconds(30))) return "";
      return absl::StrCat("the log: ", absl::StrJoin(lines_, "\n"));
    }

   private:
    void sink_it_(const spdlog::details::log_msg& message) override {
      absl::MutexLock lock(&lines_mutex_);
      lines_.emplace_back(message.payload.data(), message.payload.size());
    }
    void flush_() override {}

    absl::Mutex lines_mutex_;
    std::vector<std::string> lines_;
  };

  const std::shared_ptr<Sink> sink_;
  const std::shared_ptr<spdlog::logger> before_;
};

}  // namespace parzen
