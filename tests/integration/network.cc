#include "tests/integration/network.h"

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "tests/integration/process.h"

namespace parzen {
namespace {

constexpr char kPrefix[] = "parzen-";  // of namespaces; the pid and the host follow
constexpr char kNamespaces[] = "/run/netns";
constexpr char kHostFiles[] = "/etc/netns";  // in its folder NAME: what /etc is to hold in the namespace NAME
constexpr char kSwitch[] = "switch";
constexpr char kCard[] = "eth0";  // of a worker's host

absl::StatusOr<std::string> Run(const std::vector<std::string>& command) {
  const Finished finished = RunToEnd(command);
  if (finished.code == 0) return finished.out;
  return absl::UnavailableError(
      absl::StrCat(absl::StrJoin(command, " "), " ended with ", finished.code, ": ", finished.err));
}

// `ip` with these words.
absl::Status Ip(absl::string_view words) {
  std::vector<std::string> command = {"/sbin/ip"};
  for (const absl::string_view word : absl::StrSplit(words, ' ')) command.emplace_back(word);
  return Run(command).status();
}

std::vector<std::string> On(const std::string& host, const std::vector<std::string>& command) {
  std::vector<std::string> all = {"/sbin/ip", "netns", "exec", host};
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

absl::StatusOr<std::string> Nft(const std::string& host, const std::string& what) {
  return Run(On(host, {"/usr/sbin/nft", what}));
}

// What the counter in a listing has counted: "... counter packets 17 bytes 1020 drop".
int64_t PacketsIn(absl::string_view listing) {
  constexpr absl::string_view kCounter = "packets ";
  const size_t counter = listing.find(kCounter);
  if (counter == absl::string_view::npos) return 0;
  listing.remove_prefix(counter + kCounter.size());
  int64_t packets = 0;
  return absl::SimpleAtoi(listing.substr(0, listing.find(' ')), &packets) ? packets : 0;
}

std::string PortOf(int worker) { return absl::StrCat("port", worker); }

void RemoveHost(const std::string& host) {
  Ip(absl::StrCat("netns delete ", host)).IgnoreError();
  std::error_code ignored;
  std::filesystem::remove_all(std::filesystem::path(kHostFiles) / host, ignored);
}

// Those of tests that were killed.
void RemoveAbandonedHosts() {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(kNamespaces, none)) {
    const std::string name = entry.path().filename();
    absl::string_view pid_and_host = name;
    pid_t pid = 0;
    if (!absl::ConsumePrefix(&pid_and_host, kPrefix)) continue;
    if (!absl::SimpleAtoi(pid_and_host.substr(0, pid_and_host.find('-')), &pid)) continue;
    if (kill(pid, 0) != 0) RemoveHost(name);
  }
}

// Written in its place: a host's processes see the file that was there when they started.
absl::Status WriteHostFile(const std::string& host, const std::string& name, const std::string& text) {
  const std::filesystem::path file = std::filesystem::path(kHostFiles) / host / name;
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  std::ofstream stream(file);
  stream << text << std::flush;
  return stream ? absl::OkStatus() : absl::UnavailableError(absl::StrCat("cannot write ", file.string()));
}

absl::Status NameCoordinator(const std::string& host, absl::string_view address) {
  return WriteHostFile(host, "hosts", absl::StrCat("127.0.0.1 localhost\n", address, " ", Network::kCoordinator, "\n"));
}

std::string HostName(absl::string_view host) { return absl::StrCat(kPrefix, getpid(), "-", host); }

std::vector<std::string> WorkerNames(int workers) {
  std::vector<std::string> names;
  for (int worker = 0; worker < workers; ++worker) names.push_back(HostName(absl::StrCat("worker", worker)));
  return names;
}

}  // namespace

Network::Network(int workers) : coordinator_(HostName(kCoordinator)), workers_(WorkerNames(workers)) {}

Network::~Network() {
  for (const std::string& host : workers_) RemoveHost(host);
  RemoveHost(coordinator_);
}

absl::StatusOr<std::unique_ptr<Network>> Network::Make(int workers) {
  RemoveAbandonedHosts();
  std::unique_ptr<Network> network(new Network(workers));
  const std::string& coordinator = network->coordinator_;
  RETURN_IF_ERROR(network->AddHost(coordinator));
  RETURN_IF_ERROR(Ip(absl::StrCat("-n ", coordinator, " link add ", kSwitch, " type bridge")));
  RETURN_IF_ERROR(Ip(absl::StrCat("-n ", coordinator, " link set ", kSwitch, " up")));
  for (int worker = 0; worker < workers; ++worker) RETURN_IF_ERROR(network->AddWorker(worker));
  RETURN_IF_ERROR(network->MoveCoordinator(kFirstAddress));
  return network;
}

absl::Status Network::AddHost(const std::string& host) {
  RETURN_IF_ERROR(Ip(absl::StrCat("netns add ", host)));
  return Ip(absl::StrCat("-n ", host, " link set lo up"));
}

absl::Status Network::AddWorker(int worker) {
  const std::string& host = WorkerHost(worker);
  const std::string port = PortOf(worker);
  RETURN_IF_ERROR(AddHost(host));
  RETURN_IF_ERROR(WriteHostFile(host, "resolv.conf", ""));  // the test's machine may have a server that is not there
  RETURN_IF_ERROR(
      Ip(absl::StrCat("link add ", port, " netns ", coordinator_, " type veth peer name ", kCard, " netns ", host)));
  RETURN_IF_ERROR(Ip(absl::StrCat("-n ", coordinator_, " link set ", port, " master ", kSwitch)));
  RETURN_IF_ERROR(Ip(absl::StrCat("-n ", host, " address add 10.77.0.", 101 + worker, "/24 dev ", kCard)));
  RETURN_IF_ERROR(Ip(absl::StrCat("-n ", host, " link set ", kCard, " up")));
  return Plug(worker);
}

std::vector<std::string> Network::OnCoordinatorHost(const std::vector<std::string>& command) const {
  return On(coordinator_, command);
}

std::vector<std::string> Network::OnWorkerHost(int worker, const std::vector<std::string>& command) const {
  return On(WorkerHost(worker), command);
}

absl::Status Network::Unplug(int worker) {
  return Ip(absl::StrCat("-n ", coordinator_, " link set ", PortOf(worker), " down"));
}

absl::Status Network::Plug(int worker) {
  return Ip(absl::StrCat("-n ", coordinator_, " link set ", PortOf(worker), " up"));
}

absl::Status Network::LosePackets(int worker, int percent) {
  // Where packets arrive, so that the sender's own machine does not tell it of the loss.
  const auto lose = [&](const std::string& host, const std::string& card) {
    return Nft(host,
               absl::StrCat("add table netdev ", card, "; add chain netdev ", card,
                            " lossy { type filter hook ingress device \"", card, "\" priority 0; }; add rule netdev ",
                            card, " lossy numgen random mod 100 < ", percent, " counter drop"))
        .status();
  };
  RETURN_IF_ERROR(lose(coordinator_, PortOf(worker)));
  return lose(WorkerHost(worker), kCard);
}

absl::StatusOr<int64_t> Network::LostPackets(int worker) const {
  ASSIGN_OR_RETURN(const std::string to, Nft(coordinator_, absl::StrCat("list table netdev ", PortOf(worker))));
  ASSIGN_OR_RETURN(const std::string from, Nft(WorkerHost(worker), absl::StrCat("list table netdev ", kCard)));
  return PacketsIn(to) + PacketsIn(from);
}

absl::Status Network::MoveCoordinator(absl::string_view address) {
  RETURN_IF_ERROR(Ip(absl::StrCat("-n ", coordinator_, " address flush dev ", kSwitch)));
  RETURN_IF_ERROR(Ip(absl::StrCat("-n ", coordinator_, " address add ", address, "/24 dev ", kSwitch)));
  for (const std::string& host : workers_) RETURN_IF_ERROR(NameCoordinator(host, address));
  return absl::OkStatus();
}

}  // namespace parzen
