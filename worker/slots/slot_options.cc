#include "worker/slots/slot_options.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace parzen {
namespace {

constexpr char kThreads[] = "--threads=";
constexpr char kMemory[] = "--memory-bytes=";
constexpr char kCache[] = "--cache=";
constexpr char kCacheBytes[] = "--cache-bytes=";
constexpr char kCommands[] = "--allow-commands";

}  // namespace

std::vector<std::string> SlotArguments(const SlotOptions& options) {
  std::vector<std::string> arguments = {absl::StrCat(kThreads, options.threads)};
  if (options.memory_bytes > 0) arguments.push_back(absl::StrCat(kMemory, options.memory_bytes));
  if (!options.cache.empty()) {
    arguments.push_back(absl::StrCat(kCache, options.cache));
    arguments.push_back(absl::StrCat(kCacheBytes, options.cache_bytes));
  }
  if (options.allow_commands) arguments.push_back(kCommands);
  return arguments;
}

absl::StatusOr<SlotOptions> ParseSlotArguments(const std::vector<std::string>& arguments) {
  SlotOptions options;
  for (const absl::string_view argument : arguments) {
    absl::string_view value = argument;
    bool understood = false;
    if (absl::ConsumePrefix(&value, kThreads)) {
      understood = absl::SimpleAtoi(value, &options.threads) && options.threads >= 1;
    } else if (absl::ConsumePrefix(&value, kMemory)) {
      understood = absl::SimpleAtoi(value, &options.memory_bytes) && options.memory_bytes > 0;
    } else if (absl::ConsumePrefix(&value, kCache)) {
      options.cache = std::string(value);
      understood = !value.empty();
    } else if (absl::ConsumePrefix(&value, kCacheBytes)) {
      understood = absl::SimpleAtoi(value, &options.cache_bytes) && options.cache_bytes >= 0;
    } else if (argument == kCommands) {
      understood = options.allow_commands = true;
    }
    if (!understood) return absl::InvalidArgumentError(absl::StrCat("\"", argument, "\" is no option of a slot"));
  }
  return options;
}

}  // namespace parzen
