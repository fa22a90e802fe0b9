// What the kernel knows of a connection.
#pragma once

#include <cstdint>

namespace parzen {

// What has come over it so far; 0 when it is no TCP socket.
uint64_t ReceivedBytes(int socket);

}  // namespace parzen
