#include "coordinator/refusal_log.h"

#include "absl/strings/str_cat.h"
#include "base/log.h"

namespace parzen {

void RefusalLog::Add(absl::string_view kind, absl::string_view what, absl::Duration now) {
  if (on_refusal_) on_refusal_();
  std::string more;
  {
    absl::MutexLock lock(&mutex_);
    Kind& known = kinds_[kind];
    if (now < known.silent_until) {
      ++known.left_out;
      return;
    }
    if (known.left_out > 0) more = absl::StrCat(" (and ", known.left_out, " more since the last line)");
    known = {now + absl::Seconds(1), 0};
  }
  constexpr size_t kMostShown = 1000;
  const absl::string_view cut = what.size() > kMostShown ? "..." : "";
  Log(spdlog::level::warn, absl::StrCat("refused ", kind, ": {reason}"),
      {{"reason", absl::StrCat(what.substr(0, kMostShown), cut, more)}});
}

}  // namespace parzen
