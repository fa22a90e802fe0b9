// A convolutional network.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "worker/models/networks/network_model.h"

namespace parzen {
namespace {

absl::StatusOr<Shape> ImageShape(const Cnn& options, int64_t features, const ImageSize& image) {
  const bool is_told = options.has_height() && options.has_width();
  const int64_t height = is_told ? options.height() : image.height, width = is_told ? options.width() : image.width;
  if (height * width * options.channels() == features) return PackedShape(height, width, options.channels());
  if (options.block_size() == 0 && !is_told) return PackedShape(1, 1, features);
  if (height * width == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "cnn: the dataset does not say how rows of ", features,
        " features are images; say it with height, width and channels, as in \"cnn { height: 28 width: 28 }\""));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("cnn: an image of ", height, " x ", width, " pixels and ", options.channels(), " channels has ",
                   height * width * options.channels(), " features, and rows have ", features,
                   "; transforms that change their number, as pca does, leave no images"));
}

absl::StatusOr<std::unique_ptr<Model>> MakeCnn(const TrainSpec& spec) {
  const Cnn& options = spec.cnn();
  RETURN_IF_ERROR(CheckNetworkOptions("cnn", options));
  RETURN_IF_ERROR(CheckTraining("cnn", options.training()));
  RETURN_IF_ERROR(CheckUsed("cnn.blocks", options.blocks(), "cnn.block", options.block_size()));
  if (options.has_height() != options.has_width()) {
    return absl::InvalidArgumentError("cnn: an image has a height and a width, and only one of them is said");
  }
  ASSIGN_OR_RETURN(ClassWeights weights, ReadClassWeights("cnn", options));
  return MakeNetworkModel(
      {"cnn", options.training(), std::move(weights),
       [options](int64_t features, const ImageSize& image) { return ImageShape(options, features, image); },
       [options](const NetworkEnds& ends) { return PlanLayers(options, ends); }});
}

const bool registered = Registry<ModelFactory>::Global().Add("cnn", &MakeCnn);

}  // namespace
}  // namespace parzen
