// Another program on the same file, such as Optuna: enqueues, claims, makes and ends trials, puts them back into the
// queue, and deletes studies, over a connection of its own and without asking the coordinator. Threads: externally
// synchronised. Borrows everything it is given.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/random_stream.h"
#include "studies/store/store.h"
#include "tests/coordinator/simulator/referee.h"
#include "tests/coordinator/simulator/scenario.h"
#include "tests/coordinator/simulator/world.h"

namespace parzen {

class ForeignProgram {
 public:
  // `store` is a connection of its own.
  ForeignProgram(World& world, const Scenario& scenario, Store& store, Referee& referee);

  // One write by chance; `now` is the machine's clock.
  void Write(absl::Time now);
  // Ends most of the trials that it runs; the others it never ends.
  void TidyUp(absl::Time now);

 private:
  absl::Status Transact(const std::function<absl::Status()>& writes);
  absl::Status WriteTo(const StoredStudy& study, absl::Time now);
  // Of a trial of the study in that state, by chance; 0 when there is none.
  absl::StatusOr<int64_t> SomeTrial(int64_t study_id, absl::string_view state);
  absl::Status Claim(const StoredStudy& study, absl::Time now);
  absl::Status Make(const StoredStudy& study, absl::Time now);
  absl::Status End(int64_t trial_id, absl::Time now);
  absl::Status Run(absl::string_view sql, std::initializer_list<SqlValue> values);

  World& world_;
  const Scenario& scenario_;
  Store& store_;
  Referee& referee_;
  RandomStream random_;
  std::vector<std::pair<std::string, int64_t>> running_;  // study's name, trial_id
};

}  // namespace parzen
