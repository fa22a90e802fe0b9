#include "worker/slots/slot_frames.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

constexpr size_t kHeader = 4;

}  // namespace

void AppendFrame(const google::protobuf::MessageLite& message, std::string& bytes) {
  const auto size = static_cast<uint32_t>(message.ByteSizeLong());
  for (size_t i = 0; i < kHeader; ++i) bytes.push_back(static_cast<char>(size >> (8 * i)));
  message.AppendToString(&bytes);
}

void FrameReader::Append(absl::string_view bytes) {
  bytes_.erase(0, taken_);
  taken_ = 0;
  bytes_.append(bytes.data(), bytes.size());
}

absl::StatusOr<bool> FrameReader::Next(google::protobuf::MessageLite& message) {
  const absl::string_view left = absl::string_view(bytes_).substr(taken_);
  if (left.size() < kHeader) return false;
  size_t size = 0;
  for (size_t i = 0; i < kHeader; ++i) size |= size_t{static_cast<unsigned char>(left[i])} << (8 * i);
  if (size > kLongestSlotMessage) {
    return absl::InvalidArgumentError(
        absl::StrCat("a message of ", size, " bytes; at most ", kLongestSlotMessage, " are taken"));
  }
  if (left.size() < kHeader + size) return false;
  if (!message.ParseFromArray(left.data() + kHeader, static_cast<int>(size))) {
    return absl::InvalidArgumentError(absl::StrCat(size, " bytes that are no ", message.GetTypeName()));
  }
  taken_ += kHeader + size;
  return true;
}

}  // namespace parzen
