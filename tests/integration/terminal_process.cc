#include "tests/integration/terminal_process.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "cli/terminal.h"

namespace parzen {
namespace {

// No step of a test may be silent for longer.
constexpr int kSilenceMilliseconds = 60000;

// Bytes of the character or control sequence that `text` begins with; 0 when its end has not arrived.
size_t TokenLength(const std::string& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead == '\x1b') {
    if (text.size() < 2) return 0;
    if (text[1] == ']') {  // a title, ended by a bell
      const size_t bell = text.find('\a');
      return bell == std::string::npos ? 0 : bell + 1;
    }
    if (text[1] != '[') return 2;
    const size_t final = text.find_first_not_of("0123456789;?>=", 2);
    return final == std::string::npos ? 0 : final + 1;
  }
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return length <= text.size() ? length : 0;
}

}  // namespace

void TerminalScreen::Write(const std::string& bytes) {
  unfinished_ += bytes;
  size_t length = 0;
  while (!unfinished_.empty() && (length = TokenLength(unfinished_)) > 0) {
    const std::string token = unfinished_.substr(0, length);
    unfinished_.erase(0, length);
    if (token[0] == '\n') {
      ++row_;
    } else if (token[0] == '\r') {
      column_ = 0;
    } else if (token[0] == '\b') {
      column_ -= column_ > 0 ? 1 : 0;
    } else if (token.size() > 2 && token[0] == '\x1b' && token[1] == '[') {
      Control(token.back(), static_cast<size_t>(std::atoi(token.c_str() + 2)));
    } else if (static_cast<unsigned char>(token[0]) >= ' ') {
      Put(token);
    }
  }
}

std::vector<std::string>& TerminalScreen::Row() {
  if (rows_.size() <= row_) rows_.resize(row_ + 1);
  return rows_[row_];
}

void TerminalScreen::Put(const std::string& character) {
  const size_t width = DisplayWidth(character);
  if (column_ + width > columns_) {
    wrapped_ = true;
    ++row_;
    column_ = 0;
  }
  if (Row().size() < column_ + width) Row().resize(column_ + width, " ");
  if (width == 0) return;
  Row()[column_] = character;
  for (size_t i = 1; i < width; ++i) Row()[column_ + i] = "";
  column_ += width;
}

void TerminalScreen::Control(char final, size_t number) {
  const size_t count = std::max<size_t>(number, 1);
  if (final == 'A') row_ -= std::min(row_, count);
  if (final == 'B') row_ += count;
  if (final == 'C') column_ += count;
  if (final == 'D') column_ -= std::min(column_, count);
  if (final == 'H') row_ = column_ = 0;
  if (final == 'K' || (final == 'J' && number == 0)) Row().resize(std::min(Row().size(), column_));
  if (final == 'J' && number == 0) rows_.resize(std::min(rows_.size(), row_ + 1));
  if (final == 'J' && number == 2) rows_.clear();
}

std::vector<std::string> TerminalScreen::Lines() const {
  std::vector<std::string> lines;
  for (const std::vector<std::string>& row : rows_) {
    std::string line;
    for (const std::string& character : row) line += character;
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(line);
  }
  return lines;
}

std::string TerminalScreen::Text() const {
  std::string text;
  for (const std::string& line : Lines()) absl::StrAppend(&text, line, "\n");
  return text;
}

TerminalProcess::TerminalProcess(std::vector<std::string> arguments, size_t columns, size_t rows,
                                 std::vector<std::string> environment)
    : screen_(columns) {
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = static_cast<unsigned short>(rows);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  environment.push_back("TERM=xterm");
  pid_ = forkpty(&terminal_, nullptr, nullptr, &size);
  if (pid_ < 0) abort();
  if (pid_ > 0) return;
  for (std::string& variable : environment) putenv(variable.data());
  execvp(argv[0], argv.data());
  _exit(127);
}

TerminalProcess::~TerminalProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(terminal_);
}

void TerminalProcess::Type(const std::string& keys) const {
  ASSERT_EQ(write(terminal_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
}

bool TerminalProcess::ReadMore() {
  pollfd ready{terminal_, POLLIN, 0};
  if (poll(&ready, 1, kSilenceMilliseconds) <= 0) {
    ADD_FAILURE() << "no output for a minute; on the screen:\n" << screen_.Text();
    return false;
  }
  char buffer[4096];
  const ssize_t bytes = read(terminal_, buffer, sizeof(buffer));
  if (bytes <= 0) return false;
  screen_.Write(std::string(buffer, static_cast<size_t>(bytes)));
  return true;
}

void TerminalProcess::WaitToSee(const std::vector<std::string>& texts) {
  for (;;) {
    const std::string text = screen_.Text();
    const auto shown = [&text](const std::string& wanted) { return text.find(wanted) != std::string::npos; };
    if (std::all_of(texts.begin(), texts.end(), shown)) return;
    if (ReadMore()) continue;
    ADD_FAILURE() << "the output ended without " << testing::PrintToString(texts) << "; on the screen:\n" << text;
    return;
  }
}

int TerminalProcess::Wait() {
  while (ReadMore()) {
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace parzen
