// Messages on the socket between worker and slot, in pieces and damaged.
#include "worker/slots/slot_frames.h"

#include <gtest/gtest.h>

#include "proto/slot.pb.h"
#include "worker/slots/slot_options.h"

namespace parzen {
namespace {

FromSlot Report(int64_t step) {
  FromSlot message;
  message.mutable_report()->set_step(step);
  return message;
}

TEST(SlotFramesTest, MessagesComeOutAsTheyWentInHoweverTheBytesAreCut) {
  std::string bytes;
  for (int64_t step = 1; step <= 3; ++step) AppendFrame(Report(step), bytes);
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    FrameReader reader;
    std::vector<int64_t> steps;
    for (size_t start = 0; start < bytes.size(); start += piece) {
      reader.Append(absl::string_view(bytes).substr(start, piece));
      for (FromSlot message; *reader.Next(message);) steps.push_back(message.report().step());
    }
    EXPECT_EQ(steps, std::vector<int64_t>({1, 2, 3}));
  }
}

TEST(SlotFramesTest, TooLongAMessageIsRefusedBeforeItIsKept) {
  FrameReader reader;
  reader.Append(absl::string_view("\xff\xff\xff\x7f", 4));
  FromSlot message;
  EXPECT_EQ(reader.Next(message).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(SlotFramesTest, BytesThatAreNoMessageAreRefused) {
  FrameReader reader;
  reader.Append(absl::string_view("\x02\0\0\0\xff\xff", 6));
  FromSlot message;
  EXPECT_EQ(reader.Next(message).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(SlotFramesTest, OptionsComeBackFromTheirArguments) {
  const SlotOptions options{
      .threads = 3, .allow_commands = true, .memory_bytes = 1 << 30, .cache = "/a cache", .cache_bytes = 5};
  const absl::StatusOr<SlotOptions> back = ParseSlotArguments(SlotArguments(options));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(SlotArguments(*back), SlotArguments(options));
  EXPECT_FALSE(ParseSlotArguments({"--threads=0"}).ok());
  EXPECT_FALSE(ParseSlotArguments({"--threads=2", "x"}).ok());
}

}  // namespace
}  // namespace parzen
