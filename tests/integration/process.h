// A real process of a test: started, read line by line, signalled, waited for. Every wait ends: lines come from a pipe
// that breaks when the process does, and a process that outlives its deadline is killed and fails the test. Threads:
// externally synchronised.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace parzen {

class Process {
 public:
  // Starts `arguments` (the first is the program) with stdout and stderr in one pipe, in a fresh process group.
  explicit Process(std::vector<std::string> arguments, const std::string& stdin_file = "/dev/null");
  // Kills what still runs.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Reads on until a line contains `text`; returns that line, or "" (and fails the test) when the output ends first.
  std::string WaitForLine(const std::string& text);
  // Sends a signal to the process.
  void Signal(int signal) const;
  // Reads the rest of the output and waits for the end. The exit code, or -signal.
  int Wait();
  pid_t pid() const { return pid_; }
  // All output so far.
  const std::string& output() const { return output_; }

 private:
  // False at the end of the output.
  bool ReadMore();

  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string output_;
  size_t searched_ = 0;  // lines before this were returned or passed over
};

struct Finished {
  int code;  // exit code, or -signal
  std::string out;
  std::string err;
};

// Runs a command to its end with stdout and stderr apart.
Finished RunToEnd(const std::vector<std::string>& arguments);

// The parzen binary under test.
std::string ParzenBinary();
// A file of the tree, as the test sees it.
std::string TreeFile(const std::string& path);
// A file's bytes; "" when it cannot be read.
std::string ReadFile(const std::string& path);
// A fresh folder with a short path, removed when the test program ends.
std::string FreshFolder();

}  // namespace parzen
