#include "coordinator/http_token.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/random_token.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

constexpr absl::string_view kScheme = "Bearer ";

absl::Status Cannot(absl::string_view what, const std::string& path, int error) {
  return absl::PermissionDeniedError(
      absl::StrCat("--http-token ", path, ": cannot ", what, ": ", std::strerror(error)));
}

bool MayBeInToken(char c) { return absl::ascii_isalnum(c) || absl::StrContains("-._~+/=", c); }

absl::Status CheckToken(absl::string_view token, const std::string& path) {
  const auto wrong = [&](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("--http-token ", path, ": its first line ", what, "; a token has ",
                                                   kLeastTokenBytes, " to ", kMostTokenBytes,
                                                   " letters, digits and -._~+/= (a file that is not there is made)"));
  };
  if (token.empty()) return wrong("is empty");
  if (!std::all_of(token.begin(), token.end(), MayBeInToken)) return wrong("has other characters than a token has");
  if (token.size() < kLeastTokenBytes) return wrong("is too short");
  if (token.size() > kMostTokenBytes) return wrong("is too long");
  return absl::OkStatus();
}

absl::Status CheckIsSecret(int file, const std::string& path) {
  struct stat info = {};
  if (fstat(file, &info) != 0) return Cannot("look at it", path, errno);
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat("--http-token ", path, ": this is no file"));
  }
  if (info.st_uid != geteuid() && info.st_uid != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("--http-token ", path, ": it belongs to another user, who knows the token; make one of your own"));
  }
  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  if ((info.st_mode & kOthers) != 0) {
    return absl::PermissionDeniedError(
        absl::StrFormat("--http-token %s: others may use it (its mode is %04o); "
                        "`chmod 600` it, and change the token if others had it",
                        path, info.st_mode & 07777));
  }
  return absl::OkStatus();
}

// At most so much as a token with its end of line may have.
absl::StatusOr<std::string> FirstLine(int file, const std::string& path) {
  std::string text(kMostTokenBytes + 2, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(file, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Cannot("read it", path, errno);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  text.resize(size);
  text.resize(std::min(size, text.find('\n')));
  return std::string(absl::StripTrailingAsciiWhitespace(text));
}

// NotFound: there is no such file.
absl::StatusOr<std::string> ReadToken(const std::string& path) {
  // What is no file, such as a pipe, would keep the process waiting.
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0 && errno == ENOENT) return absl::NotFoundError(path);
  if (file < 0) return Cannot("read it", path, errno);
  const absl::Cleanup close_file = [file] { close(file); };
  RETURN_IF_ERROR(CheckIsSecret(file, path));
  ASSIGN_OR_RETURN(std::string token, FirstLine(file, path));
  RETURN_IF_ERROR(CheckToken(token, path));
  return token;
}

// The whole file appears at once or not at all. AlreadyExists: somebody else was faster.
absl::Status MakeFile(const std::string& path, const std::string& token) {
  const std::string part = absl::StrCat(path, ".", RandomToken().substr(0, 8), ".part");
  const int file = open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return Cannot("make it", path, errno);
  const absl::Cleanup remove_part = [&part] { unlink(part.c_str()); };
  const std::string text = token + "\n";
  const ssize_t written = write(file, text.data(), text.size());
  int error = written == static_cast<ssize_t>(text.size()) ? 0 : written < 0 ? errno : ENOSPC;
  if (error == 0 && fsync(file) != 0) error = errno;
  if (close(file) != 0 && error == 0) error = errno;
  if (error == 0 && link(part.c_str(), path.c_str()) != 0) error = errno;
  if (error == EEXIST) return absl::AlreadyExistsError(path);
  return error == 0 ? absl::OkStatus() : Cannot("make it", path, error);
}

}  // namespace

absl::StatusOr<HttpToken> ReadOrMakeHttpToken(const std::string& path) {
  absl::StatusOr<std::string> known = ReadToken(path);
  if (absl::IsNotFound(known.status())) {
    std::string token = absl::StrCat(RandomToken(), RandomToken());
    const absl::Status made = MakeFile(path, token);
    if (made.ok()) return HttpToken{std::move(token), /*is_new=*/true};
    if (!absl::IsAlreadyExists(made)) return made;
    known = ReadToken(path);
    if (absl::IsNotFound(known.status())) return Cannot("read it", path, ENOENT);  // a link to nowhere
  }
  RETURN_IF_ERROR(known.status());
  return HttpToken{*std::move(known)};
}

bool IsBearerOf(absl::string_view authorization, absl::string_view token) {
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) return false;
  const absl::string_view given = absl::StripAsciiWhitespace(authorization.substr(kScheme.size()));
  return given.size() == token.size() && CRYPTO_memcmp(given.data(), token.data(), token.size()) == 0;
}

}  // namespace parzen
