#include "worker/slots/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <set>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace parzen {
namespace {

// A short file of /proc; empty when the process is gone.
std::string Read(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  std::string text;
  char buffer[4096];
  for (ssize_t bytes = 0; (bytes = read(fd, buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, static_cast<size_t>(bytes));
  }
  close(fd);
  return text;
}

std::vector<std::string> ThreadsOf(pid_t pid) {
  std::vector<std::string> threads;
  DIR* const folder = opendir(absl::StrCat("/proc/", pid, "/task").c_str());
  if (folder == nullptr) return threads;
  while (const dirent* const entry = readdir(folder)) {
    if (entry->d_name[0] != '.') threads.push_back(entry->d_name);
  }
  closedir(folder);
  return threads;
}

void AddChildren(pid_t pid, std::vector<pid_t>& found) {
  for (const std::string& thread : ThreadsOf(pid)) {
    const std::string children = Read(absl::StrCat("/proc/", pid, "/task/", thread, "/children"));
    for (const absl::string_view word : absl::StrSplit(children, ' ', absl::SkipWhitespace())) {
      int child = 0;
      if (absl::SimpleAtoi(word, &child) && found.size() < kMostDescendants) found.push_back(child);
    }
  }
}

// The fields of /proc/PID/stat behind the program's name, the first of them empty; none when the process is gone.
std::vector<std::string> Stat(pid_t pid) {
  const std::string text = Read(absl::StrCat("/proc/", pid, "/stat"));
  const size_t name_end = text.rfind(')');  // the name may contain anything
  if (name_end == std::string::npos) return {};
  return absl::StrSplit(text.substr(name_end + 1), ' ');
}

// Whether it runs, in that session.
bool IsOfSession(pid_t pid, pid_t leader) {
  constexpr size_t kState = 1, kSession = 4;
  const std::vector<std::string> fields = Stat(pid);
  pid_t session = 0;
  return fields.size() > kSession && absl::SimpleAtoi(fields[kSession], &session) && session == leader &&
         fields[kState] != "Z" && fields[kState] != "X";
}

std::vector<pid_t> AllProcesses() {
  std::vector<pid_t> all;
  DIR* const folder = opendir("/proc");
  if (folder == nullptr) return all;
  while (const dirent* const entry = readdir(folder)) {
    pid_t pid = 0;
    if (absl::SimpleAtoi(entry->d_name, &pid)) all.push_back(pid);
  }
  closedir(folder);
  return all;
}

}  // namespace

std::vector<pid_t> Descendants(pid_t pid) {
  std::vector<pid_t> found;
  AddChildren(pid, found);
  for (size_t i = 0; i < found.size(); ++i) AddChildren(found[i], found);
  return found;
}

int64_t PrivateMemoryBytes(pid_t pid) {
  // Pages: all, resident, of those shared, ...
  const std::vector<std::string> fields = absl::StrSplit(Read(absl::StrCat("/proc/", pid, "/statm")), ' ');
  int64_t resident = 0;
  int64_t shared = 0;
  if (fields.size() < 3 || !absl::SimpleAtoi(fields[1], &resident) || !absl::SimpleAtoi(fields[2], &shared)) return 0;
  return (resident - shared) * sysconf(_SC_PAGESIZE);
}

absl::Duration ProcessorTime(pid_t pid) {
  constexpr size_t kFirst = 12;  // utime, stime, cutime, cstime
  constexpr size_t kFields = 4;
  const std::vector<std::string> fields = Stat(pid);
  int64_t ticks = 0;
  for (size_t i = kFirst; i < kFirst + kFields && i < fields.size(); ++i) {
    int64_t value = 0;
    if (absl::SimpleAtoi(fields[i], &value)) ticks += value;
  }
  return absl::Seconds(static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK)));
}

void KillWithDescendants(pid_t pid) {
  const std::vector<pid_t> descendants = Descendants(pid);
  kill(pid, SIGKILL);
  for (const pid_t descendant : descendants) {
    kill(descendant, SIGKILL);
    kill(-descendant, SIGKILL);  // no such group, unless it leads one
  }
}

void KillSession(pid_t leader) {
  // Again, until nobody is left who might have started another meanwhile.
  constexpr int kMostRounds = 100;
  std::set<pid_t> killed = {leader};
  for (int round = 0; round < kMostRounds; ++round) {
    const size_t before = killed.size();
    for (const pid_t pid : AllProcesses()) {
      if (IsOfSession(pid, leader) && killed.insert(pid).second) kill(pid, SIGKILL);
    }
    if (killed.size() == before) return;
  }
}

}  // namespace parzen
