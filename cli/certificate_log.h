// Says in the log of a process that runs for months what is to be said of its certificates (rpc/certificate_watch.h).
// Threads: any.
#pragma once

#include "base/stop.h"
#include "rpc/tls_files.h"

namespace parzen {

// Blocks until `stop` is requested. Without files there is nothing to say.
void LogCertificates(const TlsFiles& files, Role role, const Stop& stop);

}  // namespace parzen
