// People and programs at the command line: they create studies, stop, resume, extend and delete them, enqueue and retry
// trials, and ask for trials and tell how they ended. Their requests and the answers may be lost; then they repeat what
// may be repeated (coordinator.proto), and go on trying until the studies are as they want them.
//
// Threads: externally synchronised. Borrows everything it is given.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/random_stream.h"
#include "coordinator/study_edits.h"
#include "proto/query.pb.h"
#include "tests/coordinator/simulator/referee.h"
#include "tests/coordinator/simulator/scenario.h"
#include "tests/coordinator/simulator/simulated_coordinator.h"
#include "tests/coordinator/simulator/world.h"

namespace parzen {

class Client {
 public:
  Client(World& world, const Scenario& scenario, SimulatedCoordinator& coordinator, Store& store, Referee& referee);

  // Creates the studies at their times.
  void Begin();
  // One edit by chance.
  void Edit();
  // Asks the worker to take no more trials.
  void DrainWorker(int worker);
  // Resumes and creates what is to go on, and ends the trials that were asked for.
  void TidyUp();
  // Everything that TidyUp began has come to an end.
  bool IsTidy() const { return tidying_ == 0; }

 private:
  // A trial that somebody asked for.
  struct Asked {
    std::string study;
    std::string request_id;
    int64_t number = -1;  // not known yet
    double value = 0;
  };
  template <typename Request, typename Reply>
  using EditMethod = absl::StatusOr<Reply> (StudyEdits::*)(const Request&, Now);

  // `on_reply` is told Unavailable when no answer came.
  template <typename Request, typename Reply>
  void Call(EditMethod<Request, Reply> edit, const Request& request,
            std::function<void(const absl::StatusOr<Reply>& reply)> on_reply);
  void CreateUntilDone(size_t index, std::function<void()> then);
  void Change(const std::string& study, const std::function<void(ChangeStudyRequest& request)>& what);
  void Extend(const std::string& study);
  void Enqueue(const std::string& study);
  void Retry(const std::string& study);
  void Cancel(const std::string& study);
  // A trial is added once, however often the request arrives.
  template <typename Request>
  void AddUntilAnswered(EditMethod<Request, TrialRecord> edit, const Request& request, int64_t number = -1);
  void Delete(size_t index);
  void Ask(const std::string& study);
  // Asks until there is an answer, and tells until there is one.
  void AskUntilAnswered(const std::string& request_id, bool tell, std::function<void()> then);
  void TellUntilAnswered(const std::string& request_id, std::function<void()> then);

  World& world_;
  const Scenario& scenario_;
  SimulatedCoordinator& coordinator_;
  Store& store_;
  Referee& referee_;
  RandomStream random_;
  std::map<std::string, Asked> asked_;  // by request_id: those whose end was not told
  int64_t asks_ = 0;
  int64_t additions_ = 0;
  int64_t tidying_ = 0;
};

}  // namespace parzen
