#include "cli/picture_files.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "cli/study_input.h"
#include "cli/whole_file.h"
#include "nlohmann/json.hpp"
#include "worker/objectives/child_spawn.h"

namespace parzen {
namespace {

using nlohmann::json;

constexpr const char* kBrowsers[] = {"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"};
constexpr absl::Duration kPatience = absl::Minutes(2);
constexpr uintmax_t kMostBytes = 1 << 30;

// A folder that goes away with what is in it.
class TemporaryFolder {
 public:
  static absl::StatusOr<TemporaryFolder> Make() {
    std::error_code error;
    const std::filesystem::path base = std::filesystem::temp_directory_path(error);
    std::string name = ((error ? std::filesystem::path("/tmp") : base) / "parzen-pictures-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) return absl::UnavailableError(absl::StrCat("cannot make the folder ", name));
    return TemporaryFolder(std::move(name));
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  std::string File(const std::string& name) const { return absl::StrCat(path_, "/", name); }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// The first browser that there is, with its output in a file.
absl::StatusOr<RunningProgram> StartBrowser(const TemporaryFolder& folder, const std::string& address) {
  const FileDescriptor nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  const FileDescriptor out(open(folder.File("page").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!nothing.is_open() || !out.is_open()) return absl::UnavailableError("cannot open a file for the browser");
  for (const char* browser : kBrowsers) {
    std::vector<std::string> argv = {browser,
                                     "--headless",
                                     "--disable-gpu",
                                     "--no-first-run",
                                     "--disable-background-networking",
                                     "--disable-component-update",
                                     "--disable-sync",
                                     absl::StrCat("--user-data-dir=", folder.File("profile")),
                                     "--dump-dom",
                                     address};
    if (geteuid() == 0) argv.insert(argv.begin() + 1, "--no-sandbox");  // it refuses to have one as root
    absl::StatusOr<RunningProgram> program =
        SpawnProgram(argv, "", {nothing.get(), out.get(), nothing.get()}, Leads::kSession);
    if (!absl::IsNotFound(program.status())) return program;
  }
  return absl::NotFoundError(
      "pictures are drawn by a browser, and there is none on the PATH: install Chromium (Debian: apt install chromium) "
      "or Chrome");
}

absl::Status WaitFor(const RunningProgram& program, const Stop& stop) {
  const absl::Duration deadline = ReadClock().steady + kPatience;
  pollfd ended{program.handle.get(), POLLIN, 0};
  constexpr int kLookMilliseconds = 100;
  while (poll(&ended, 1, kLookMilliseconds) <= 0 && ReadClock().steady < deadline && !stop.Requested()) {
  }
  const bool in_time = (ended.revents & POLLIN) != 0;
  kill(-program.pid, SIGKILL);  // also what it has started
  int status = 0;
  waitpid(program.pid, &status, 0);
  if (stop.Requested()) return absl::AbortedError("stopped; no picture was written");
  if (!in_time)
    return absl::DeadlineExceededError(
        absl::StrCat("the browser has drawn nothing within ", absl::FormatDuration(kPatience)));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return absl::AbortedError("the browser failed to draw the pictures");
  return absl::OkStatus();
}

// What web/src/pictures.ts has left in the page.
absl::StatusOr<json> ReadPictures(const std::string& path) {
  std::error_code error;
  if (std::filesystem::file_size(path, error) > kMostBytes || error) {
    return absl::ResourceExhaustedError("the browser drew pictures of more than 1 GB");
  }
  std::ifstream file(path, std::ios::binary);
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  const std::string opening = "id=\"pictures\">";
  const size_t begin = page.find(opening);
  const size_t end = begin == std::string::npos ? begin : page.find("</script>", begin);
  if (end == std::string::npos) return absl::AbortedError("the browser drew no pictures");
  const size_t first = begin + opening.size();
  json pictures = json::parse(page.begin() + static_cast<ptrdiff_t>(first), page.begin() + static_cast<ptrdiff_t>(end),
                              nullptr, /*allow_exceptions=*/false);
  if (!pictures.is_array()) return absl::AbortedError("the browser drew pictures that cannot be read");
  return pictures;
}

absl::StatusOr<json> DrawPictures(const std::string& fragment, absl::Span<const ReportedStudy> studies,
                                  const Stop& stop) {
  ASSIGN_OR_RETURN(const TemporaryFolder folder, TemporaryFolder::Make());
  RETURN_IF_ERROR(WriteReport(folder.File("report.html"), studies, absl::UnixEpoch()));
  ASSIGN_OR_RETURN(const RunningProgram program,
                   StartBrowser(folder, absl::StrCat("file://", folder.File("report.html"), "#", fragment)));
  RETURN_IF_ERROR(WaitFor(program, stop));
  return ReadPictures(folder.File("page"));
}

}  // namespace

absl::StatusOr<std::vector<std::string>> WritePictureFiles(const std::string& folder, PictureFormat format,
                                                           absl::Span<const ReportedStudy> studies, const Stop& stop) {
  const std::string ending = format == PictureFormat::kSvg ? "svg" : "png";
  ASSIGN_OR_RETURN(json pictures, DrawPictures(absl::StrCat("pictures=", ending), studies, stop));
  const std::vector<std::string> folders = FoldersOf(folder, studies);
  std::vector<std::string> paths;
  for (json& picture : pictures) {
    const bool is_whole = picture.is_object() && picture["study"].is_number_unsigned() && picture["plot"].is_string() &&
                          picture["content"].is_string();
    if (!is_whole || picture["study"].get<size_t>() >= studies.size()) continue;
    const auto study = picture["study"].get<size_t>();
    const auto plot = picture["plot"].get<std::string>();
    auto content = picture["content"].get<std::string>();
    if (format == PictureFormat::kPng) {
      std::string bytes;
      if (!absl::Base64Unescape(content, &bytes)) return absl::AbortedError("the browser drew a picture that is none");
      content = std::move(bytes);
    }
    const std::filesystem::path own = folders[study];
    std::error_code error;
    std::filesystem::create_directories(own, error);
    if (error)
      return absl::UnavailableError(absl::StrCat("cannot make the folder ", own.string(), ": ", error.message()));
    paths.push_back((own / absl::StrCat(SafeFileName(plot), ".", ending)).string());
    RETURN_IF_ERROR(WriteWholeFile(paths.back(), content));
  }
  return paths;
}

}  // namespace parzen
