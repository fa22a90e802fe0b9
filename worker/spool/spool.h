// Ends of trials on disk, from the trial's end to the coordinator's acknowledgement: what a worker has finished is
// delivered although it is killed meanwhile, by the next worker that starts with the same folder.
//
// FOLDER/spool/WORKER_ID.ends is a worker's file (spool_file.h). What happens when things fail:
//   the worker is killed (-9)              the next worker of the folder finds the file unlocked, and delivers its ends
//                                          once it is connected to the cluster that they are for
//   it is killed while it takes ends over  they stand in two files and are delivered twice, which is as good as once
//   the machine loses its power            ends may be lost; their leases run out and the trials are done again
//   the disk is full                       said once; new ends are kept in memory only, those of dead workers are
//                                          delivered and stay in their files, too
//   somebody deletes the folder            the next end makes it again, with what is not acknowledged
//   a file is damaged                      what can be read is delivered; the file is kept as *.damaged
//   nobody takes an end                    dropped after a week, with a warning
//
// Threads: externally synchronised.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/coordinator.pb.h"
#include "worker/spool/spool_file.h"

namespace parzen {

class Spool {
 public:
  // Nobody waits longer for an end.
  static constexpr absl::Duration kKept = absl::Hours(7 * 24);
  // Files of dead workers read at one time.
  static constexpr int kMostFiles = 1000;

  // `folder` is there (DiskCache::Open). InvalidArgument: it cannot be written.
  static absl::StatusOr<std::unique_ptr<Spool>> Open(const std::string& folder, const std::string& worker_id);
  // Leaves no file behind when everything was delivered.
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Whether it is on disk now.
  bool Add(const TrialEnd& end, const std::string& cluster_id, absl::Time now);
  void Delivered(const Lease& lease);
  // Takes over the ends for this cluster that dead workers have left.
  std::vector<TrialEnd> Adopt(const std::string& cluster_id, absl::Time now);

 private:
  Spool(std::string folder, SpoolFile file) : folder_(std::move(folder)), file_(std::move(file)) {}

  void AdoptFile(const std::string& path, const std::string& cluster_id, absl::Time now, std::vector<TrialEnd>& ends);
  // False, and said once, when it could not.
  bool Write(const SpoolEntry& entry);
  // The file anew, with what was in it, where somebody has deleted it.
  absl::Status MakeAgain();
  // Keeps the file from growing with what was delivered long ago.
  void Tidy();

  const std::string folder_;
  SpoolFile file_;
  SpoolFile::Ends ends_;  // those in file_
  bool warned_ = false;
};

}  // namespace parzen
