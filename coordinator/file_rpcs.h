// The coordinator's side of dataset files: takes them from clients, finds them, hands them to workers in chunks.
//
// What may be asked for: GetFileManifest and FetchFile know the files that a study of this database names, by digest;
// names and paths of clients open nothing but what lies below a --data folder. What happens when things fail:
//   the client dies in mid-upload    nothing is kept
//   the bytes are not the digest's   InvalidArgument, nothing is kept
//   the disk is full                 ResourceExhausted, nothing is kept
//   a file was changed or deleted    NotFound, until the same bytes are there again or are uploaded
//   it changes while it is sent      the worker refuses the chunk that is not in the manifest
//   a worker does not read           its transfer waits, with one chunk in memory; nobody else does
//   an upload stands still           its place goes to the next one after a minute
//   a client uploads, and dies       the file stays for its claim (file_store.h), and until the next Sweep
// Nothing here waits for the commit loop, and the loop for nothing here. Threads: internally synchronised; files are
// read, written and hashed on threads of its own.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/call_gate.h"
#include "coordinator/file_store.h"
#include "coordinator/served_files.h"
#include "coordinator/work_queue.h"
#include "grpcpp/grpcpp.h"
#include "proto/coordinator.pb.h"

namespace parzen {

class FileRpcs {
 public:
  struct Options {
    std::string store;                 // folder of what clients upload
    std::vector<std::string> folders;  // canonical: where files may be that clients name
    int64_t max_upload_bytes = 0;
    absl::Duration upload_may_stand_still = absl::Minutes(1);
    bool trusts_paths = false;  // clients' paths are taken as they are
    std::function<void(int64_t bytes)> on_sent = [](int64_t) {
    };  // told of each chunk that went to a worker; any thread
  };
  using DatasetFiles = google::protobuf::RepeatedPtrField<DatasetFile>;
  // The files that studies name: those of one digest, or all when it is empty.
  using FilesOfStudies = std::function<absl::StatusOr<std::vector<DatasetFile>>(const std::string& sha256)>;

  // Borrows the gate.
  FileRpcs(const Options& options, CallGate& gate, FilesOfStudies files_of_studies);

  grpc::ServerUnaryReactor* GetFileManifest(grpc::CallbackServerContext* context, const FileManifestRequest* request,
                                            FileManifest* reply);
  grpc::ServerWriteReactor<FileChunk>* FetchFile(grpc::CallbackServerContext* context, const FetchFileRequest* request);
  grpc::ServerUnaryReactor* FindMissingFiles(grpc::CallbackServerContext* context,
                                             const FindMissingFilesRequest* request, FindMissingFilesResponse* reply);
  grpc::ServerReadReactor<PutFileRequest>* PutFile(grpc::CallbackServerContext* context);

  // Gives the files of a study that comes from a client the paths that they have here, and then calls `done`, on
  // another thread. FailedPrecondition: files are missing; with `even_if_missing` they get the path that they will have
  // once they are uploaded. `client`: gRPC's name for it.
  void Place(const DatasetFiles& files, const std::string& client, bool even_if_missing,
             std::function<void(absl::StatusOr<DatasetFiles>)> done);
  // The study of these files, as they were placed, is stored, or will not be. Once for each Place that went well.
  void Placed(const DatasetFiles& files, const std::string& client);
  // Removes, soon, what clients uploaded and no study names any more.
  void Sweep();
  // What runs ends soon, without what it was to do. Before the gRPC server is shut down.
  void Stop() { stopping_.store(true); }

 private:
  class Fetch;
  class Put;

  // InvalidArgument: it is none.
  static absl::Status CheckDigestText(const std::string& sha256);
  absl::StatusOr<ServedFiles::Found> FindNamed(const std::string& sha256);
  absl::StatusOr<ServedFiles::Found> FindForClient(const DatasetFile& file, const std::string& client);
  absl::StatusOr<DatasetFiles> PlaceAll(const DatasetFiles& files, const std::string& client, bool even_if_missing);

  const Options options_;
  CallGate& gate_;
  const FilesOfStudies files_of_studies_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> fetches_ = 0;
  FileStore store_;
  ServedFiles served_;
  absl::Mutex mutex_;
  std::list<Put*> puts_ ABSL_GUARDED_BY(mutex_);
  WorkQueue finder_{1};  // whatever may read whole files: one at a time, and no transfer waits for it
  WorkQueue mover_{2};   // reads and writes chunks
};

}  // namespace parzen
