#include "studies/trial_state.h"

#include <array>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/suggest.h"

namespace parzen {
namespace {

// legal[from][to], by the proto's numbers. What is final stays; a RUNNING trial goes back to WAITING when its worker is
// lost or it pauses; a WAITING one fails when nobody can ever train it, and is PRUNED where it had paused.
constexpr bool kLegal[5][5] = {
    // RUNNING COMPLETE PRUNED FAIL   WAITING
    {false, true, true, true, true},      // from RUNNING
    {false, false, false, false, false},  // from COMPLETE
    {false, false, false, false, false},  // from PRUNED
    {false, false, false, false, false},  // from FAIL
    {true, false, true, true, false},     // from WAITING
};
static_assert(RUNNING == 0 && COMPLETE == 1 && PRUNED == 2 && FAIL == 3 && WAITING == 4);

constexpr std::array<const char*, 5> kNames = {"RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"};

}  // namespace

bool IsFinal(TrialState state) { return state == COMPLETE || state == PRUNED || state == FAIL; }

bool IsLegalMove(TrialState from, TrialState to) { return kLegal[from][to]; }

absl::Status CheckMove(int64_t trial_number, TrialState from, TrialState to) {
  if (IsLegalMove(from, to)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("trial ", trial_number, " is ", TrialStateName(from),
                                                    IsFinal(from) ? ", which is final," : "", " and cannot become ",
                                                    TrialStateName(to)));
}

absl::string_view TrialStateName(TrialState state) { return kNames[state]; }

absl::StatusOr<TrialState> ParseTrialState(absl::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<TrialState>(i);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", name, "\" is no state of a trial",
                   SuggestName(name, std::vector<std::string>(kNames.begin(), kNames.end()))));
}

}  // namespace parzen
