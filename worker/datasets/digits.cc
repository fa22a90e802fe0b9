// The built-in dataset: digits drawn from pen strokes.
#include <array>
#include <cstdint>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "base/random_stream.h"
#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "worker/datasets/dataset_format.h"
#include "worker/datasets/digit_painter.h"

namespace parzen {
namespace {

constexpr int kClasses = 10;
constexpr int kMaxImages = 1000000;

// Image i of a part depends on (seed, part, i) alone: a larger dataset begins with the smaller one. Each ten images
// that follow each other hold every digit once, in random order.
LabelledRows Draw(uint64_t seed, absl::string_view part, int images) {
  LabelledRows rows;
  rows.features.resize(images, kDigitPixels);
  rows.labels.resize(static_cast<size_t>(images));
  tbb::parallel_for(0, (images + kClasses - 1) / kClasses, [&](int ten) {
    RandomStream order_stream(seed, ten, absl::StrCat("digits ", part, " order"));
    std::array<int, kClasses> order;
    std::iota(order.begin(), order.end(), 0);
    order_stream.Shuffle(order);
    for (int i = 0; i < kClasses && ten * kClasses + i < images; ++i) {
      const int image = ten * kClasses + i;
      RandomStream stream(seed, image, absl::StrCat("digits ", part));
      rows.labels[static_cast<size_t>(image)] = order[static_cast<size_t>(i)];
      PaintDigit(order[static_cast<size_t>(i)], stream, absl::MakeSpan(rows.features.row(image).data(), kDigitPixels));
    }
  });
  return rows;
}

absl::Status CheckCount(absl::string_view field, int images, int smallest) {
  if (images >= smallest && images <= kMaxImages) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("dataset.digits.", field, ": ", images, " is not between ", smallest, " and ", kMaxImages));
}

absl::Status CheckDigits(const DatasetSpec& spec) {
  RETURN_IF_ERROR(CheckCount("train", spec.digits().train(), kClasses));
  return CheckCount("test", spec.digits().test(), 0);
}

absl::StatusOr<Dataset> LoadDigits(const DatasetSpec& spec) {
  const Digits& digits = spec.digits();
  Dataset dataset;
  dataset.train = Draw(static_cast<uint64_t>(digits.seed()), "train", digits.train());
  dataset.test = Draw(static_cast<uint64_t>(digits.seed()), "test", digits.test());
  for (int digit = 0; digit < kClasses; ++digit) dataset.class_names.push_back(absl::StrCat(digit));
  dataset.image_height = dataset.image_width = kDigitSide;
  return dataset;
}

const bool registered = Registry<DatasetFormat>::Global().Add("digits", &LoadDigits) &&
                        Registry<DatasetCheck>::Global().Add("digits", &CheckDigits);

}  // namespace
}  // namespace parzen
