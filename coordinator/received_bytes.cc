#include "coordinator/received_bytes.h"

#include <linux/tcp.h>  // glibc's netinet/tcp.h, which cannot be read beside it, knows a shorter tcp_info
#include <netinet/in.h>
#include <sys/socket.h>

namespace parzen {

uint64_t ReceivedBytes(int socket) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_bytes_received;
}

}  // namespace parzen
