// t-SNE (van der Maaten and Hinton, 2008; van der Maaten, 2014), with the meanings and defaults of scikit-learn 1.2.
// Where those differ from the papers: in three dimensions Student's distribution has two degrees of freedom.
#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "worker/finite_check.h"
#include "worker/models/embeddings/embedder.h"
#include "worker/models/embeddings/principal_start.h"
#include "worker/models/embeddings/tsne_affinities.h"
#include "worker/models/embeddings/tsne_descent.h"
#include "worker/models/embeddings/tsne_forces.h"
#include "worker/models/stop_check.h"

namespace parzen {
namespace {

constexpr double kStartDeviation = 1e-4;
constexpr double kLeastAutomaticRate = 50;
constexpr double kMostPerplexity = 100000;
constexpr double kMostExaggeration = 10000;
constexpr int32_t kFewestIterations = 250;
constexpr int32_t kMostIterations = 1000000;

class TsneEmbedder : public Embedder {
 public:
  explicit TsneEmbedder(const Tsne& options) : options_(options) {}

  absl::StatusOr<FeatureMatrix> Embed(const FeatureRef& rows, UnlabelledContext& context,
                                      TrainMetrics& metrics) const override {
    if (rows.rows() < 2 || rows.cols() < 1) {
      return absl::InvalidArgumentError(absl::StrCat("tsne needs at least two rows and one feature; got ", rows.rows(),
                                                     " rows of ", rows.cols(), " features"));
    }
    RETURN_IF_ERROR(CheckFinite(rows, "rows"));
    StopCheck check(context.stop_requested);
    const std::function<bool()> stop = [&check] { return check.Stopped(); };
    ASSIGN_OR_RETURN(const Affinities affinities, FindAffinities(rows, options_.perplexity(), stop));
    ASSIGN_OR_RETURN(FeatureMatrix places, Start(rows, context.stream));
    const std::unique_ptr<TsneForces> forces =
        TsneForces::Make(affinities, options_.dimensions(), options_.angle(), stop);
    ASSIGN_OR_RETURN(const TsneEnd end, DescendTsne(*forces, Schedule(rows.rows()), context, places));
    metrics.set_iterations(static_cast<double>(end.rounds));
    if (end.converged) metrics.set_converged(1);  // to make all rounds is usual, and nothing to warn of
    metrics.mutable_train()->set_kl_divergence(end.divergence);
    return places;
  }

 private:
  absl::StatusOr<FeatureMatrix> Start(const FeatureRef& rows, RandomStream& stream) const {
    if (options_.start() == Tsne::PCA) return PrincipalStart(rows, options_.dimensions(), kStartDeviation, stream);
    return RandomStart(rows.rows(), options_.dimensions(), kStartDeviation, stream);
  }

  TsneSchedule Schedule(int64_t rows) const {
    const double automatic =
        std::max(static_cast<double>(rows) / options_.early_exaggeration() / 4, kLeastAutomaticRate);
    return {options_.learning_rate() == 0 ? automatic : options_.learning_rate(), options_.early_exaggeration(),
            options_.iterations()};
  }

  const Tsne options_;
};

// "" when `value` is in [low, high].
std::string OutOfRange(absl::string_view name, double value, double low, double high) {
  if (value >= low && value <= high) return "";
  return absl::StrCat("tsne.", name, ": ", value, " is not between ", low, " and ", high);
}

absl::StatusOr<std::unique_ptr<Embedder>> MakeTsne(const TrainSpec& spec) {
  const Tsne& options = spec.tsne();
  for (const std::string& wrong :
       {OutOfRange("dimensions", options.dimensions(), 1, 3),
        OutOfRange("perplexity", options.perplexity(), 1, kMostPerplexity),
        OutOfRange("early_exaggeration", options.early_exaggeration(), 1, kMostExaggeration),
        OutOfRange("learning_rate", options.learning_rate(), 0, std::numeric_limits<float>::max()),
        OutOfRange("iterations", options.iterations(), kFewestIterations, kMostIterations),
        OutOfRange("angle", options.angle(), 0, 1)}) {
    if (!wrong.empty()) return absl::InvalidArgumentError(wrong);
  }
  return std::make_unique<TsneEmbedder>(options);
}

const bool registered = Registry<EmbedderFactory>::Global().Add("tsne", &MakeTsne);

}  // namespace
}  // namespace parzen
