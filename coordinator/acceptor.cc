#include "coordinator/acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "coordinator/first_bytes.h"
#include "coordinator/received_bytes.h"

namespace parzen {
namespace {

// Connections that may be silent at a time.
constexpr size_t kMaxNewcomers = 1024;
// Connections that are taken before those that came earlier are looked at again.
constexpr int kMaxTaken = 64;
// Files the process needs for other things than connections: the database, its log, gRPC, HTTP.
constexpr size_t kReservedFiles = 128;
// How long to wait when the system gives no connections.
constexpr int kPauseMilliseconds = 100;
constexpr absl::string_view kSaysNothing = "it says nothing, and too many do";
// Peers that a line of the log names.
constexpr size_t kMaxNamed = 3;

// How many connections there may be; asks for as many files as they take, if the system allows them.
size_t MaxConnections(const ServerLimits& limits) {
  const rlim_t wanted = static_cast<rlim_t>(limits.connections) + kReservedFiles;
  rlimit files = {};
  getrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < wanted) {
    files.rlim_cur = std::min(wanted, files.rlim_max);
    setrlimit(RLIMIT_NOFILE, &files);
  }
  const size_t allowed = files.rlim_cur > 2 * kReservedFiles ? files.rlim_cur - kReservedFiles : kReservedFiles;
  return std::min(allowed, static_cast<size_t>(limits.connections));
}

// As gRPC names it: a socket for IPv6 that takes IPv4 as well calls 10.0.0.5 ::ffff:10.0.0.5, and gRPC does not.
std::string PeerName(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    return absl::StrCat(text, ":", ntohs(v4.sin_port));
  }
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text, sizeof(text));
      return absl::StrCat(text, ":", ntohs(v6.sin6_port));
    }
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
    const std::string scope = v6.sin6_scope_id == 0 ? "" : absl::StrCat("%", v6.sin6_scope_id);
    return absl::StrCat("[", text, scope, "]:", ntohs(v6.sin6_port));
  }
  return "a Unix socket";
}

// gRPC writes "ipv6:%5B::1%5D:80" for [::1]:80.
std::string WithoutScheme(absl::string_view peer) {
  if (!absl::ConsumePrefix(&peer, "ipv4:")) absl::ConsumePrefix(&peer, "ipv6:");
  return absl::StrReplaceAll(peer, {{"%5B", "["}, {"%5D", "]"}, {"%25", "%"}});
}

uint64_t InodeOf(int fd) {
  struct stat status = {};
  return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

void AwaitBytes(int fd, size_t bytes) {
  const int low_water = static_cast<int>(bytes);
  setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &low_water, sizeof(low_water));
}

// One of these peers it was.
std::string OneOf(std::vector<std::string> names) {
  if (names.empty()) return "a peer";
  if (names.size() == 1) return names[0];
  if (names.size() > kMaxNamed) {
    const size_t others = names.size() - kMaxNamed;
    names.resize(kMaxNamed);
    names.push_back(absl::StrCat(others, " others"));
  }
  return absl::StrCat("one of ", absl::StrJoin(names, ", "));
}

}  // namespace

Acceptor::Acceptor(ListeningSockets sockets, bool encrypted, const ServerLimits& limits, RefusalLog& log)
    : sockets_(std::move(sockets)),
      encrypted_(encrypted),
      limits_(limits),
      max_connections_(MaxConnections(limits)),
      log_(log),
      wake_(eventfd(0, EFD_CLOEXEC)),
      spare_(open("/dev/null", O_RDONLY | O_CLOEXEC)) {}

Acceptor::~Acceptor() {
  Stop();
  close(wake_);
  close(spare_);
}

void Acceptor::Start(HandOver hand_over) {
  hand_over_ = std::move(hand_over);
  thread_ = std::thread([this] { Run(); });
}

void Acceptor::Stop() {
  if (thread_.joinable()) {
    eventfd_write(wake_, 1);
    thread_.join();
  }
  sockets_.Close();
}

void Acceptor::Run() {
  for (;;) {
    std::vector<pollfd> waits = {{wake_, POLLIN, 0}};
    for (const int listener : sockets_.all()) waits.push_back({listener, POLLIN, 0});
    for (const Newcomer& newcomer : newcomers_) waits.push_back({newcomer.socket, POLLIN | POLLRDHUP, 0});
    int timeout = -1;
    if (!newcomers_.empty()) {
      const absl::Duration left = newcomers_.front().since + limits_.handshake - ReadClock().steady;
      timeout = static_cast<int>(std::max<int64_t>(absl::ToInt64Milliseconds(left) + 1, 0));
    }
    if (poll(waits.data(), waits.size(), timeout) < 0) {
      if (errno != EINTR && Pause("cannot wait for them", errno)) break;
      continue;
    }
    if ((waits[0].revents & POLLIN) != 0) break;
    const absl::Duration now = ReadClock().steady;
    const size_t first_newcomer = 1 + sockets_.all().size();
    std::deque<Newcomer> still;
    for (size_t i = 0; i < newcomers_.size(); ++i) {
      const int event = waits[first_newcomer + i].revents;
      if (event == 0 || Judge(newcomers_[i], /*ended=*/(event & ~POLLIN) != 0, now)) still.push_back(newcomers_[i]);
    }
    newcomers_ = std::move(still);
    RefuseLate(now);
    for (size_t i = 1; i < first_newcomer; ++i) {
      for (int taken = 0; waits[i].revents != 0 && taken < kMaxTaken && Take(waits[i].fd, now);) ++taken;
    }
  }
  for (const Newcomer& newcomer : newcomers_) close(newcomer.socket);
  newcomers_.clear();
}

bool Acceptor::Pause(absl::string_view what, int error) {
  log_.Add("connections", absl::StrCat(what, ": ", std::strerror(error)), ReadClock().steady);
  pollfd wake = {wake_, POLLIN, 0};
  return poll(&wake, 1, kPauseMilliseconds) > 0;
}

bool Acceptor::Take(int listener, absl::Duration now) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  const auto accept = [&] {
    return accept4(listener, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  };
  int fd = accept();
  const bool no_file = fd < 0 && (errno == EMFILE || errno == ENFILE);
  if (no_file) {
    close(spare_);
    fd = accept();
  }
  const int error = fd < 0 ? errno : 0;
  if (fd >= 0 && no_file) Refuse({fd, PeerName(address), now}, "the process can open no more files", now);
  if (fd >= 0 && !no_file) Welcome({fd, PeerName(address), now});
  if (no_file) spare_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (error == 0 || error == ECONNABORTED || error == EINTR) return true;
  if (error != EAGAIN) Pause("cannot take them", error);
  return false;
}

void Acceptor::Welcome(const Newcomer& newcomer) {
  const int on = 1;
  setsockopt(newcomer.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (!MakeRoom(newcomer.since)) {
    return Refuse(newcomer, absl::StrCat("there are ", Guests(), " connections already"), newcomer.since);
  }
  if (sockets_.is_unix()) return HandOn(newcomer, newcomer.since);  // whoever opens the path may speak
  newcomers_.push_back(newcomer);
  if (!Judge(newcomers_.back(), /*ended=*/false, newcomer.since)) newcomers_.pop_back();
  if (newcomers_.size() <= kMaxNewcomers) return;
  Refuse(newcomers_.front(), kSaysNothing, newcomer.since);
  newcomers_.pop_front();
}

bool Acceptor::MakeRoom(absl::Duration now) {
  const auto has_room = [this] { return Guests() + newcomers_.size() < max_connections_; };
  if (has_room()) return true;
  {
    absl::MutexLock lock(&mutex_);
    std::erase_if(guests_, [](const Guest& guest) { return InodeOf(guest.socket) != guest.inode; });
  }
  while (!has_room()) {
    if (!newcomers_.empty() && newcomers_.front().since <= OldestSilent()) {
      Refuse(newcomers_.front(), kSaysNothing, now);
      newcomers_.pop_front();
    } else if (!SendAwayOldestSilent(now)) {
      return false;
    }
  }
  return true;
}

size_t Acceptor::Guests() {
  absl::MutexLock lock(&mutex_);
  return guests_.size();
}

absl::Duration Acceptor::OldestSilent() {
  absl::MutexLock lock(&mutex_);
  return silent_.empty() ? absl::InfiniteDuration() : silent_.front().since;
}

bool Acceptor::SendAwayOldestSilent(absl::Duration now) {
  SilentGuest oldest;
  {
    absl::MutexLock lock(&mutex_);
    if (silent_.empty()) return false;
    oldest = std::move(silent_.front());
    silent_of_.erase(oldest.guest.peer);
    silent_.pop_front();
    std::erase_if(guests_, [&](const Guest& guest) { return guest.inode == oldest.guest.inode; });
  }
  if (InodeOf(oldest.guest.socket) != oldest.guest.inode) return true;  // it is gone
  // The socket is gRPC's, which closes it when it sees this. Connections are taken on this thread alone, so that
  // meanwhile the number cannot come to be that of another one.
  shutdown(oldest.guest.socket, SHUT_RDWR);
  log_.Add("a connection", absl::StrCat(oldest.guest.peer, ": it does not come to a call, and too many do not"), now);
  return true;
}

bool Acceptor::Judge(Newcomer& newcomer, bool ended, absl::Duration now) {
  char bytes[kLongestBeginning];
  const ssize_t peeked = recv(newcomer.socket, bytes, sizeof(bytes), MSG_PEEK);
  if (peeked < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  const size_t size = peeked > 0 ? static_cast<size_t>(peeked) : 0;
  const FirstBytes first = JudgeFirstBytes(absl::string_view(bytes, size), encrypted_);
  if (first.verdict == FirstBytes::Verdict::kWrong) {
    Refuse(newcomer, first.why, now);
    return false;
  }
  if (first.verdict == FirstBytes::Verdict::kBelongs) {
    HandOn(newcomer, now);
    return false;
  }
  if (ended || size == 0) {
    close(newcomer.socket);
    return false;
  }
  AwaitBytes(newcomer.socket, first.awaited);
  return true;
}

void Acceptor::HandOn(const Newcomer& newcomer, absl::Duration now) {
  AwaitBytes(newcomer.socket, 1);
  const Guest guest = {newcomer.socket, InodeOf(newcomer.socket), newcomer.peer};
  bool too_many = false;
  {
    absl::MutexLock lock(&mutex_);
    guests_.push_back(guest);
    if (!sockets_.is_unix()) {  // whoever may open one is trusted, and all of them have one name
      if (const auto before = silent_of_.find(guest.peer); before != silent_of_.end()) silent_.erase(before->second);
      silent_of_[guest.peer] = silent_.insert(silent_.end(), {guest, now});
      too_many = silent_.size() > max_connections_ / 2;
    }
  }
  hand_over_(newcomer.socket);
  if (too_many) SendAwayOldestSilent(now);
}

void Acceptor::Refuse(const Newcomer& newcomer, absl::string_view why, absl::Duration now) {
  log_.Add("a connection", absl::StrCat(newcomer.peer, ": ", why), now);
  // An end that expects TLS learns from this that it is not spoken here. What it sent is read, or it would be told
  // nothing but that the connection was reset.
  constexpr absl::string_view kEmptySettings("\0\0\0\4\0\0\0\0\0", 9);
  char ignored[kLongestBeginning];
  if (!encrypted_ && recv(newcomer.socket, ignored, sizeof(ignored), 0) > 0) {
    send(newcomer.socket, kEmptySettings.data(), kEmptySettings.size(), MSG_NOSIGNAL);
  }
  close(newcomer.socket);
}

void Acceptor::RefuseLate(absl::Duration now) {
  while (!newcomers_.empty() && newcomers_.front().since + limits_.handshake <= now) {
    Refuse(newcomers_.front(), absl::StrCat("it said too little within ", absl::FormatDuration(limits_.handshake)),
           now);
    newcomers_.pop_front();
  }
}

void Acceptor::Spoke(absl::string_view peer) {
  absl::MutexLock lock(&mutex_);
  const auto silent = silent_of_.find(WithoutScheme(peer));
  if (silent == silent_of_.end()) return;
  silent_.erase(silent->second);
  silent_of_.erase(silent);
}

std::string Acceptor::Suspects(absl::Duration now) {
  // One whose time is up is heard of a little later.
  const absl::Duration earliest = now - 2 * limits_.handshake;
  std::vector<std::string> names;
  absl::MutexLock lock(&mutex_);
  for (auto it = silent_.rbegin(); it != silent_.rend() && it->since >= earliest; ++it) {
    names.push_back(it->guest.peer);
  }
  return OneOf(names);
}

std::string Acceptor::SendersOf(uint64_t bytes) {
  std::vector<std::string> names;
  absl::MutexLock lock(&mutex_);
  for (auto guest = guests_.rbegin(); guest != guests_.rend(); ++guest) {  // the newest is the likeliest
    if (InodeOf(guest->socket) == guest->inode && ReceivedBytes(guest->socket) >= bytes) names.push_back(guest->peer);
  }
  return OneOf(names);
}

}  // namespace parzen
