// The machine's name, for people.
#pragma once

#include <unistd.h>

#include <string>

namespace parzen {

inline std::string HostName() {
  char host[256] = {};
  gethostname(host, sizeof(host) - 1);
  return host;
}

}  // namespace parzen
