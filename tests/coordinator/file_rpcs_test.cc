// Dataset files over real RPCs: what clients may give, what workers may have, and what neither gets.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/sha256.h"
#include "coordinator/file_manifest.h"
#include "coordinator/server.h"
#include "proto/coordinator.grpc.pb.h"
#include "rpc/channel.h"
#include "rpc/grpc_status.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string DigestOf(absl::string_view bytes) { return absl::BytesToHexString(Sha256Of(bytes)); }

class FileRpcsTest : public testing::Test {
 protected:
  FileRpcsTest()
      : root_(std::filesystem::path(testing::TempDir()) / absl::StrCat("file_rpcs_", getpid(), "_", counter_++)) {
    fs::create_directories(root_ + "/data");
    options_.db = root_ + "/s.db";
    options_.listen = "127.0.0.1:0";
    options_.data = {root_ + "/data"};
    Start();
  }
  ~FileRpcsTest() override {
    server_.reset();
    fs::remove_all(root_);
  }

  void Start() {
    server_.reset();
    absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(options_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const auto channel = DialCoordinator(server_->address());
    client_ = StudyService::NewStub(channel);
    worker_ = WorkerService::NewStub(channel);
  }
  std::string Write(const std::string& name, const std::string& bytes) {
    std::ofstream(root_ + "/" + name) << bytes;
    return root_ + "/" + name;
  }
  static DatasetFile File(const std::string& name, const std::string& bytes, const std::string& path = "/elsewhere") {
    DatasetFile file;
    file.set_name(name);
    file.set_path(path);
    file.set_bytes(static_cast<int64_t>(bytes.size()));
    file.set_sha256(DigestOf(bytes));
    return file;
  }
  absl::StatusOr<std::vector<std::string>> Missing(const DatasetFile& file) {
    grpc::ClientContext context;
    FindMissingFilesRequest request;
    *request.add_file() = file;
    FindMissingFilesResponse reply;
    const absl::Status status = FromGrpc(client_->FindMissingFiles(&context, request, &reply));
    if (!status.ok()) return status;
    return std::vector<std::string>(reply.missing().begin(), reply.missing().end());
  }
  absl::Status Put(const DatasetFile& file, const std::string& bytes) {
    grpc::ClientContext context;
    PutFileResponse reply;
    const auto writer = client_->PutFile(&context, &reply);
    PutFileRequest part;
    *part.mutable_file() = file;
    bool open = writer->Write(part);
    for (size_t at = 0; open && at < bytes.size(); at += 1 << 20) {
      part.set_data(bytes.substr(at, 1 << 20));
      open = writer->Write(part);
    }
    writer->WritesDone();
    return FromGrpc(writer->Finish());
  }
  // Creates a study whose dataset is that file.
  absl::Status Create(const std::string& study, const DatasetFile& file) {
    CreateStudyRequest request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        R"(objective { metric: "validation_accuracy" direction: MAXIMIZE }
           train { decision_tree {} }
           parameter { name: "d" sets: "decision_tree.max_depth" int { low: 1 high: 4 } }
           search { sampler { random {} } trials: 3 })",
        request.mutable_spec()));
    request.mutable_spec()->set_name(study);
    request.mutable_spec()->mutable_train()->mutable_dataset()->mutable_csv()->set_file(file.name());
    *request.add_file() = file;
    grpc::ClientContext context;
    StudySummary reply;
    return FromGrpc(client_->CreateStudy(&context, request, &reply));
  }
  void Remove(const std::string& study) {
    grpc::ClientContext context;
    DeleteStudyRequest request;
    request.set_study(study);
    DeleteStudyResponse reply;
    EXPECT_TRUE(client_->DeleteStudy(&context, request, &reply).ok());
  }
  // Where the study's file is, as the coordinator says.
  std::string PathIn(const std::string& study) {
    grpc::ClientContext context;
    GetStudyRequest request;
    request.set_study(study);
    StudySummary reply;
    EXPECT_TRUE(client_->GetStudy(&context, request, &reply).ok());
    return reply.file_size() == 1 ? reply.file(0).path() : "";
  }
  absl::StatusOr<FileManifest> Manifest(const std::string& sha256) {
    grpc::ClientContext context;
    FileManifestRequest request;
    request.set_sha256(sha256);
    FileManifest reply;
    const absl::Status status = FromGrpc(worker_->GetFileManifest(&context, request, &reply));
    if (!status.ok()) return status;
    return reply;
  }
  absl::StatusOr<std::string> Fetch(const std::string& sha256, int64_t first_chunk = 0) {
    grpc::ClientContext context;
    FetchFileRequest request;
    request.set_sha256(sha256);
    request.set_first_chunk(first_chunk);
    const auto reader = worker_->FetchFile(&context, request);
    std::string bytes;
    FileChunk chunk;
    while (reader->Read(&chunk)) {
      EXPECT_EQ(chunk.index(), first_chunk++);
      bytes += chunk.data();
    }
    const absl::Status status = FromGrpc(reader->Finish());
    if (!status.ok()) return status;
    return bytes;
  }

  static inline int counter_ = 0;
  const std::string root_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<StudyService::Stub> client_;
  std::unique_ptr<WorkerService::Stub> worker_;
};

TEST_F(FileRpcsTest, WhatIsUploadedIsHandedOutInChunks) {
  std::string bytes(3 * kFileChunkBytes + 17, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 1000);
  const DatasetFile file = File("train.csv", bytes);
  EXPECT_THAT(*Missing(file), ElementsAre(file.sha256()));
  EXPECT_TRUE(absl::IsFailedPrecondition(Create("s", file)));
  ASSERT_TRUE(Put(file, bytes).ok());
  EXPECT_THAT(*Missing(file), IsEmpty());
  ASSERT_TRUE(Create("s", file).ok());
  EXPECT_EQ(PathIn("s"), absl::StrCat(root_, "/s.db.files/", file.sha256()));

  const auto manifest = Manifest(file.sha256());
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->bytes(), file.bytes());
  EXPECT_EQ(manifest->chunk_sha256_size(), 4);
  EXPECT_EQ(*Fetch(file.sha256()), bytes);
  EXPECT_EQ(*Fetch(file.sha256(), 3), bytes.substr(3 * kFileChunkBytes));
  EXPECT_EQ(*Fetch(file.sha256(), 4), "");
  EXPECT_TRUE(absl::IsInvalidArgument(Fetch(file.sha256(), 5).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Fetch(file.sha256(), -1).status()));
}

TEST_F(FileRpcsTest, UploadsSurviveARestart) {
  const DatasetFile file = File("train.csv", "label,x\na,1\n");
  ASSERT_TRUE(Put(file, "label,x\na,1\n").ok());
  ASSERT_TRUE(Create("s", file).ok());
  Start();
  EXPECT_EQ(*Fetch(file.sha256()), "label,x\na,1\n");
}

TEST_F(FileRpcsTest, AnUploadOfOtherBytesIsRefused) {
  const absl::Status refusal = Put(File("train.csv", "these"), "those");
  EXPECT_TRUE(absl::IsInvalidArgument(refusal));
  EXPECT_THAT(std::string(refusal.message()), HasSubstr(DigestOf("those")));
  EXPECT_THAT(*Missing(File("train.csv", "these")), ElementsAre(DigestOf("these")));
}

TEST_F(FileRpcsTest, AnUploadThatBreaksOffLeavesNothing) {
  {
    grpc::ClientContext context;
    PutFileResponse reply;
    const auto writer = client_->PutFile(&context, &reply);
    PutFileRequest part;
    *part.mutable_file() = File("train.csv", "0123456789");
    ASSERT_TRUE(writer->Write(part));
    part.set_data("01234");
    ASSERT_TRUE(writer->Write(part));
    context.TryCancel();
    writer->Finish();
  }
  server_.reset();  // ends what was under way
  EXPECT_TRUE(!fs::exists(root_ + "/s.db.files") || fs::is_empty(root_ + "/s.db.files"));
}

TEST_F(FileRpcsTest, AnUploadHasASizeThatIsAllowed) {
  options_.max_upload_bytes = 9;
  Start();
  EXPECT_THAT(std::string(Put(File("f", "0123456789"), "0123456789").message()), HasSubstr("--max-upload"));
  EXPECT_TRUE(Put(File("f", "012345678"), "012345678").ok());
  DatasetFile lie = File("f", "abc");
  EXPECT_TRUE(absl::IsInvalidArgument(Put(lie, std::string(100, 'a'))));
  lie.set_sha256("../../evil");
  EXPECT_TRUE(absl::IsInvalidArgument(Put(lie, "abc")));
}

TEST_F(FileRpcsTest, AFileBelowADataFolderNeedsNoUpload) {
  const std::string path = Write("data/train.csv", "label,x\nb,2\n");
  const DatasetFile file = File("train.csv", "label,x\nb,2\n");
  EXPECT_THAT(*Missing(file), IsEmpty());
  ASSERT_TRUE(Create("s", file).ok());
  EXPECT_EQ(PathIn("s"), fs::canonical(path).string());
  EXPECT_EQ(*Fetch(file.sha256()), "label,x\nb,2\n");
}

TEST_F(FileRpcsTest, FilesOutsideTheDataFoldersAreNotOpenedWhateverTheyAreCalled) {
  const std::string bytes = "a secret";
  const std::string secret = Write("secret", bytes);
  fs::create_symlink("../secret", root_ + "/data/link");
  for (const std::string& name :
       {std::string("../secret"), secret, std::string("link"), std::string("data/../../secret")}) {
    const DatasetFile file = File(name, bytes, secret);
    EXPECT_THAT(*Missing(file), ElementsAre(file.sha256())) << name;
    const absl::Status refusal = Create("s", file);
    EXPECT_TRUE(absl::IsFailedPrecondition(refusal)) << name << ": " << refusal;
  }
  EXPECT_TRUE(absl::IsNotFound(Manifest(DigestOf(bytes)).status()));
  EXPECT_TRUE(absl::IsNotFound(Fetch(DigestOf(bytes)).status()));
}

TEST_F(FileRpcsTest, AnImportsPathsOpenNothing) {
  const std::string bytes = "a secret";
  const std::string secret = Write("secret", bytes);
  ImportStudyRequest study, end;
  study.mutable_study()->set_name("s");
  study.mutable_study()->add_direction(MAXIMIZE);
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"(name: "s" objective { metric: "validation_accuracy" direction: MAXIMIZE }
         train { dataset { csv { file: "secret" } } decision_tree {} }
         parameter { name: "d" sets: "decision_tree.max_depth" int { low: 1 high: 4 } }
         search { sampler { random {} } trials: 3 })",
      study.mutable_study()->mutable_spec()));
  *study.mutable_study()->add_file() = File("secret", bytes, secret);
  end.mutable_end()->set_trials(0);
  grpc::ClientContext context;
  StudySummary reply;
  const auto writer = client_->ImportStudy(&context, &reply);
  EXPECT_TRUE(writer->Write(study));
  EXPECT_TRUE(writer->Write(end));
  writer->WritesDone();
  const absl::Status imported = FromGrpc(writer->Finish());
  EXPECT_TRUE(imported.ok()) << imported;
  EXPECT_TRUE(absl::IsNotFound(Fetch(DigestOf(bytes)).status()));
  // Whoever has the bytes may bring them.
  ASSERT_TRUE(Put(File("secret", bytes), bytes).ok());
  EXPECT_EQ(*Fetch(DigestOf(bytes)), bytes);
}

TEST_F(FileRpcsTest, OnlyFilesThatAStudyNamesAreHandedOut) {
  const std::string bytes = "label,x\nc,3\n";
  Write("data/train.csv", bytes);
  EXPECT_TRUE(absl::IsNotFound(Fetch(DigestOf(bytes)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Manifest("../../../../etc/passwd").status()));
}

TEST_F(FileRpcsTest, AFileThatChangedIsNotHandedOut) {
  const DatasetFile file = File("train.csv", "label,x\nd,4\n");
  Write("data/train.csv", "label,x\nd,4\n");
  ASSERT_TRUE(Create("s", file).ok());
  ASSERT_TRUE(Fetch(file.sha256()).ok());
  Write("data/train.csv", "label,x\nd,5\n\n");
  EXPECT_TRUE(absl::IsNotFound(Fetch(file.sha256()).status()));
  ASSERT_TRUE(Put(file, "label,x\nd,4\n").ok());
  EXPECT_EQ(*Fetch(file.sha256()), "label,x\nd,4\n");
}

TEST_F(FileRpcsTest, WhatNoStudyNamesAnyMoreGoesWithTheLastStudy) {
  const DatasetFile file = File("train.csv", "label,x\ne,6\n");
  ASSERT_TRUE(Put(file, "label,x\ne,6\n").ok());
  ASSERT_TRUE(Create("one", file).ok());
  ASSERT_TRUE(Create("two", file).ok());
  Remove("one");
  EXPECT_EQ(*Fetch(file.sha256()), "label,x\ne,6\n");  // found after the sweep
  Remove("two");
  EXPECT_THAT(*Missing(file), ElementsAre(file.sha256()));
}

TEST_F(FileRpcsTest, AStudyThatIsNotCreatedKeepsNoFile) {
  const DatasetFile here = File("here.csv", "label,x\nf,7\n"), missing = File("missing.csv", "label,x\ng,8\n");
  ASSERT_TRUE(Put(here, "label,x\nf,7\n").ok());
  CreateStudyRequest request;
  request.mutable_spec()->set_name("s");
  *request.add_file() = here;
  *request.add_file() = missing;
  grpc::ClientContext context;
  StudySummary reply;
  EXPECT_TRUE(absl::IsFailedPrecondition(FromGrpc(client_->CreateStudy(&context, request, &reply))));
  // Somebody else's study comes and goes.
  ASSERT_TRUE(Put(missing, "label,x\ng,8\n").ok());
  ASSERT_TRUE(Create("other", missing).ok());
  Remove("other");
  EXPECT_THAT(*Missing(here), ElementsAre(here.sha256()));
}

TEST_F(FileRpcsTest, UploadsThatStandStillMakeRoom) {
  options_.limits.sender_may_stand_still = absl::ZeroDuration();
  Start();
  struct Standing {
    grpc::ClientContext context;
    PutFileResponse reply;
    std::unique_ptr<grpc::ClientWriter<PutFileRequest>> writer;
  };
  std::vector<std::unique_ptr<Standing>> standing;
  for (int i = 0; i < 20; ++i) {
    standing.push_back(std::make_unique<Standing>());
    standing.back()->writer = client_->PutFile(&standing.back()->context, &standing.back()->reply);
    PutFileRequest part;
    *part.mutable_file() = File("train.csv", "0123456789");
    standing.back()->writer->Write(part);
  }
  absl::Status status = absl::UnavailableError("not tried");
  const absl::Time end = absl::Now() + absl::Seconds(30);
  while (absl::IsUnavailable(status) && absl::Now() < end) status = Put(File("f", "abc"), "abc");
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace parzen
