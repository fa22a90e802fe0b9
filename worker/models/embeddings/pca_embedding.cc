// Places of rows by their first principal components.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "worker/finite_check.h"
#include "worker/models/embeddings/embedder.h"
#include "worker/models/embeddings/principal_places.h"

namespace parzen {
namespace {

constexpr int32_t kMostDimensions = 3;

class PcaEmbedder : public Embedder {
 public:
  explicit PcaEmbedder(const PcaEmbedding& options) : options_(options) {}

  absl::StatusOr<FeatureMatrix> Embed(const FeatureRef& rows, UnlabelledContext& context,
                                      TrainMetrics&) const override {
    if (rows.rows() == 0 || rows.cols() == 0) {
      return absl::InvalidArgumentError(absl::StrCat("pca_embedding needs at least one row and one feature; got ",
                                                     rows.rows(), " rows of ", rows.cols(), " features"));
    }
    if (context.stop_requested()) return absl::CancelledError("training was asked to stop");
    RETURN_IF_ERROR(CheckFinite(rows, "training rows"));
    ASSIGN_OR_RETURN(FeatureMatrix places, PrincipalPlaces(rows, options_.dimensions()));
    if (context.stop_requested()) return absl::CancelledError("training was asked to stop");
    return places;
  }

 private:
  const PcaEmbedding options_;
};

absl::StatusOr<std::unique_ptr<Embedder>> MakePcaEmbedding(const TrainSpec& spec) {
  const PcaEmbedding& options = spec.pca_embedding();
  if (options.dimensions() < 1 || options.dimensions() > kMostDimensions) {
    return absl::InvalidArgumentError(
        absl::StrCat("pca_embedding.dimensions: ", options.dimensions(), " is not between 1 and ", kMostDimensions));
  }
  return std::make_unique<PcaEmbedder>(options);
}

const bool registered = Registry<EmbedderFactory>::Global().Add("pca_embedding", &MakePcaEmbedding);

}  // namespace
}  // namespace parzen
