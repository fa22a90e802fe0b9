// Edits as those outside ask for them, over gRPC or HTTP: done on the commit loop's thread, in its transactions, and
// answered once they are committed. A coordinator knows no other way to edit its database.
//
// An answer that is an error says that nothing was changed: the edit's own refusal, or why its commit failed. Threads:
// internally synchronised.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "coordinator/commit_loop.h"
#include "coordinator/study_edits.h"
#include "proto/query.pb.h"
#include "studies/store/store.h"

namespace parzen {

class CommittedEdits {
 public:
  template <typename Reply>
  using Edit = std::function<absl::StatusOr<Reply>(StudyEdits& edits, Now now)>;
  template <typename Request, typename Reply>
  using EditMethod = absl::StatusOr<Reply> (StudyEdits::*)(const Request& request, Now now);
  // Called once, on the loop's thread; at once, on the caller's, where the loop has ended.
  template <typename Reply>
  using Answer = std::function<void(absl::StatusOr<Reply> reply)>;

  // Borrows both; `store` is the loop's.
  CommittedEdits(CommitLoop& loop, Store& store) : loop_(loop), store_(store) {}

  template <typename Reply>
  void Submit(Edit<Reply> edit, Answer<Reply> answer) {
    auto result = std::make_shared<absl::StatusOr<Reply>>(absl::UnknownError("not done yet"));
    loop_.Submit(
        [this, edit = std::move(edit), result](Dispatcher& dispatcher, Now now) {
          StudyEdits edits(store_, &dispatcher);
          *result = edit(edits, now);
          return store_.transaction_status();
        },
        [result, answer = std::move(answer)](const absl::Status& committed) {
          answer(committed.ok() ? std::move(*result) : absl::StatusOr<Reply>(committed));
        });
  }

  // The same, with a request that is borrowed until it is answered.
  template <typename Request, typename Reply>
  void Submit(EditMethod<Request, Reply> edit, const Request& request, std::type_identity_t<Answer<Reply>> answer) {
    Submit<Reply>([edit, &request](StudyEdits& edits, Now now) { return (edits.*edit)(request, now); },
                  std::move(answer));
  }

  // Borrows the request until it is answered. NotFound: no such worker is connected.
  void DrainWorkers(const DrainWorkerRequest& request, Answer<ListWorkersResponse> answer);

 private:
  // The workers of these ids, as the open transaction has them. On the loop's thread.
  absl::StatusOr<ListWorkersResponse> Workers(const std::vector<std::string>& ids);

  CommitLoop& loop_;
  Store& store_;  // touched on the loop's thread alone
};

}  // namespace parzen
