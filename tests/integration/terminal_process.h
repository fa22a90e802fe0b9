// A real process of a test on a pseudo-terminal, and what a person would see there. Every wait ends: output that stays
// away for a minute fails the test, and a process that is still there at the end is killed. Threads: externally
// synchronised.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace parzen {

// What a terminal shows after the bytes it was sent, as far as Parzen and line editors need it: lines, carriage
// returns, moves of the cursor, clearing; colours are dropped.
class TerminalScreen {
 public:
  explicit TerminalScreen(size_t columns) : columns_(columns) {}

  void Write(const std::string& bytes);
  // Without blanks at the ends of lines.
  std::vector<std::string> Lines() const;
  // The lines, each ended by '\n'.
  std::string Text() const;
  // A line was longer than the terminal is wide.
  bool wrapped() const { return wrapped_; }

 private:
  void Put(const std::string& character);
  // "\x1b[2A": `final` is 'A', `number` 2 (0 when there is none).
  void Control(char final, size_t number);
  std::vector<std::string>& Row();

  const size_t columns_;
  std::vector<std::vector<std::string>> rows_;  // characters
  size_t row_ = 0;
  size_t column_ = 0;
  bool wrapped_ = false;
  std::string unfinished_;  // the beginning of a control sequence or character
};

class TerminalProcess {
 public:
  // Starts `arguments` (the first is the program) with a terminal of this size as its own; `environment` ("NAME=value")
  // beside the test's.
  TerminalProcess(std::vector<std::string> arguments, size_t columns, size_t rows,
                  std::vector<std::string> environment = {});
  ~TerminalProcess();
  TerminalProcess(const TerminalProcess&) = delete;
  TerminalProcess& operator=(const TerminalProcess&) = delete;

  // As if typed; "\x03" is Ctrl-C.
  void Type(const std::string& keys) const;
  // Reads on until the screen shows all of `texts` at once; fails the test when the output ends before.
  void WaitToSee(const std::vector<std::string>& texts);
  // Reads the rest and waits for the end. The exit code, or -signal.
  int Wait();
  const TerminalScreen& screen() const { return screen_; }

 private:
  // False at the end of the output.
  bool ReadMore();

  pid_t pid_ = -1;
  int terminal_ = -1;
  TerminalScreen screen_;
};

}  // namespace parzen
