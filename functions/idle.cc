// Functions that compute nothing: noop and sleep are 0 everywhere. The worker does the waiting.
#include "functions/test_function.h"

namespace parzen {
namespace {

bool Register(const char* name) {
  return Registry<TestFunction>::Global().Add(
      name, {.min_parameters = 0,
             .box =
                 [](int) {
                   return TestFunction::Box{0, 1};
                 },
             .optimum = [](const FunctionSpec&, int parameters) -> std::optional<TestFunction::Optimum> {
               return {{std::vector<double>(static_cast<size_t>(parameters), 0), 0}};
             },
             .evaluate = [](const FunctionSpec&, absl::Span<const double>) { return std::vector<double>{0}; }});
}

const bool noop = Register("noop");
const bool sleep = Register("sleep");

}  // namespace
}  // namespace parzen
