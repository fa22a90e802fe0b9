#include "cli/file_upload.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "cli/terminal.h"
#include "rpc/grpc_status.h"

namespace parzen {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;
// Slower than this, an upload is given up.
constexpr int64_t kLeastBytesPerSecond = 64 << 10;

// One line that is drawn over on a terminal; elsewhere a line now and then.
class UploadProgress {
 public:
  UploadProgress(const DatasetFile& file, std::FILE* stream)
      : file_(file), stream_(stream), terminal_(IsTerminal(fileno(stream))), start_(ReadClock().steady) {
    next_ = start_ + absl::Seconds(1);
  }
  ~UploadProgress() {
    if (shown_ && terminal_) std::fputs("\r\x1b[K", stream_);
  }

  void Show(int64_t sent) {
    const absl::Duration now = ReadClock().steady;
    if (now < next_ || sent == 0) return;
    next_ = now + (terminal_ ? absl::Milliseconds(200) : absl::Seconds(10));
    shown_ = true;
    const double left = absl::ToDoubleSeconds(now - start_) / static_cast<double>(sent) * (file_.bytes() - sent);
    const std::string line =
        absl::StrFormat("uploading %s: %d of %d MiB, ETA %s", Printable(file_.name()), sent >> 20, file_.bytes() >> 20,
                        absl::FormatDuration(absl::Ceil(absl::Seconds(left), absl::Seconds(1))));
    if (terminal_) {
      absl::FPrintF(stream_, "\r%s\x1b[K", FitColumns(line, TerminalColumns(fileno(stream_))));
    } else {
      absl::FPrintF(stream_, "%s\n", line);
    }
    std::fflush(stream_);
  }

 private:
  const DatasetFile& file_;
  std::FILE* const stream_;
  const bool terminal_;
  const absl::Duration start_;
  absl::Duration next_;
  bool shown_ = false;
};

}  // namespace

absl::Status UploadFile(StudyService::Stub& stub, const DatasetFile& file, std::FILE* progress) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> source(std::fopen(file.path().c_str(), "rb"), &std::fclose);
  if (source == nullptr) {
    return absl::NotFoundError(absl::StrCat("cannot read \"", file.path(), "\": ", std::strerror(errno)));
  }
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(2) +
                       std::chrono::seconds(file.bytes() / kLeastBytesPerSecond));
  PutFileResponse response;
  const std::unique_ptr<grpc::ClientWriter<PutFileRequest>> writer = stub.PutFile(&context, &response);
  PutFileRequest part;
  *part.mutable_file() = file;
  part.mutable_file()->clear_path();  // the coordinator does not want it
  UploadProgress shown(file, progress);
  int64_t sent = 0;
  // A Write fails once the coordinator has made up its mind; Finish then says what it is.
  bool goes_on = writer->Write(part);
  while (goes_on) {
    std::string& data = *part.mutable_data();
    data.resize(kPieceBytes);
    data.resize(std::fread(data.data(), 1, data.size(), source.get()));
    if (data.empty()) break;
    goes_on = writer->Write(part);
    sent += static_cast<int64_t>(data.size());
    shown.Show(sent);
  }
  if (std::ferror(source.get()) != 0 || (goes_on && sent != file.bytes())) {
    context.TryCancel();
    writer->Finish();
    return absl::DataLossError(absl::StrCat("\"", file.path(), "\" changed or became unreadable while it was sent"));
  }
  writer->WritesDone();
  return FromGrpc(writer->Finish());
}

}  // namespace parzen
