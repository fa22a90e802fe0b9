// What a worker of a test runs in its slots: what `parzen slot` is.
#include <cstdio>
#include <string>
#include <vector>

#include "worker/slots/slot_process.h"

int main(int argc, char** argv) {
  const auto options = parzen::ParseSlotArguments(std::vector<std::string>(argv + 2, argv + argc));
  const absl::Status status = options.ok() ? parzen::RunSlotProcess(*options) : options.status();
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}
