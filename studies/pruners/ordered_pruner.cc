#include "studies/pruners/ordered_pruner.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/status_macros.h"

namespace parzen {
namespace {

class OrderedPruner : public Pruner {
 public:
  OrderedPruner(const PrunerInputs& inputs, size_t look_ahead)
      : inputs_(inputs),
        look_ahead_(look_ahead),
        block_(std::max<size_t>(1, look_ahead / 4)),
        // Trials that run together are look_ahead numbers in a row.
        views_((look_ahead - 1 + block_ - 1) / block_ + 1) {}

  // InvalidArgument as MakePruner. To be called once, first.
  absl::Status MakePruners() {
    for (View& view : views_) RETURN_IF_ERROR(Renew(view));
    return absl::OkStatus();
  }

  PrunerDecision Judge(size_t index, int64_t step) override {
    const size_t block = index / block_;
    const size_t first = block * block_;
    const size_t horizon = first + 1 > look_ahead_ ? first + 1 - look_ahead_ : 0;
    View& view = views_[block % views_.size()];
    // A trial of long ago: whoever put it back into the queue, it is judged as it was then.
    if (horizon < view.horizon && !Renew(view).ok()) return {};
    view.horizon = horizon;
    return view.pruner->Judge(index, step);
  }

  std::optional<int32_t> Bracket(int64_t number) const override { return views_[0].pruner->Bracket(number); }

 private:
  struct View {
    size_t horizon = 0;  // borrowed by the pruner
    std::unique_ptr<Pruner> pruner;
  };

  absl::Status Renew(View& view) {
    PrunerInputs inputs = inputs_;
    inputs.horizon = &view.horizon;
    view.horizon = 0;
    ASSIGN_OR_RETURN(view.pruner, MakePruner(inputs));
    return absl::OkStatus();
  }

  const PrunerInputs inputs_;
  const size_t look_ahead_;
  const size_t block_;
  std::vector<View> views_;  // never moved; by block, in turn
};

}  // namespace

absl::StatusOr<std::unique_ptr<Pruner>> MakeOrderedPruner(const PrunerInputs& inputs, int64_t look_ahead) {
  auto pruner = std::make_unique<OrderedPruner>(inputs, static_cast<size_t>(look_ahead));
  RETURN_IF_ERROR(pruner->MakePruners());
  return pruner;
}

}  // namespace parzen
