#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tests/coordinator/simulator/simulation.h"

namespace parzen {

absl::StatusOr<std::unique_ptr<SimulatedDisk>> SimulatedDisk::Create(const std::string& folder) {
  static int made = 0;
  std::unique_ptr<SimulatedDisk> disk(
      new SimulatedDisk(absl::StrCat(folder, "/parzen_simulator_", getpid(), "_", ++made, ".db")));
  for (std::unique_ptr<Store>* const store : {&disk->store_, &disk->other_store_}) {
    ASSIGN_OR_RETURN(*store, Store::Open(disk->path_, Store::Mode::kCreate));
    // What a power cut does is tested elsewhere.
    RETURN_IF_ERROR((*store)->database().Execute("PRAGMA synchronous = OFF"));
  }
  ASSIGN_OR_RETURN(Statement & tables,
                   disk->store_->database().Prepare(
                       "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('version_info', "
                       "'alembic_version', 'parzen_version', 'parzen_cluster')"));
  RETURN_IF_ERROR(tables.ForEach([&] {
    absl::StrAppend(&disk->wipe_sql_, "DELETE FROM ", tables.Text(0), ";");
    return absl::OkStatus();
  }));
  return disk;
}

SimulatedDisk::~SimulatedDisk() {
  store_.reset();
  other_store_.reset();
  for (const char* const suffix : {"", "-wal", "-shm"}) unlink((path_ + suffix).c_str());
}

absl::Status SimulatedDisk::Wipe() {
  store_->Rollback();
  RETURN_IF_ERROR(store_->Begin());
  RETURN_IF_ERROR(store_->database().Execute(wipe_sql_));
  return store_->Commit();
}

absl::StatusOr<std::vector<std::string>> SimulatedDisk::Table() {
  std::vector<std::string> table;
  ASSIGN_OR_RETURN(
      Statement & query,
      store_->database().Prepare(
          "SELECT t.number || ' ' || t.state || ' ' || "
          "coalesce((SELECT group_concat(param_name || '=' || printf('%!.17g', param_value)) FROM (SELECT * FROM "
          "trial_params p WHERE p.trial_id = t.trial_id ORDER BY param_name)), '') || ' ' || "
          "coalesce((SELECT printf('%!.17g', value) FROM trial_values v WHERE v.trial_id = t.trial_id), '') || ' ' || "
          "coalesce((SELECT group_concat(step || ':' || printf('%!.17g', intermediate_value)) FROM (SELECT * FROM "
          "trial_intermediate_values i WHERE i.trial_id = t.trial_id ORDER BY step)), '') "
          "FROM trials t ORDER BY t.study_id, t.number"));
  RETURN_IF_ERROR(query.ForEach([&] {
    table.push_back(query.Text(0));
    return absl::OkStatus();
  }));
  return table;
}

}  // namespace parzen
