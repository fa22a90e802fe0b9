#include "coordinator/role_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace parzen {
namespace {

using testing::HasSubstr;

// Which of all roles, and of peers without one, may call it.
std::set<std::optional<Role>> WhoMayCall(const char* path) {
  std::set<std::optional<Role>> who;
  for (const std::optional<Role> role : {std::optional<Role>(), std::optional(Role::kCoordinator),
                                         std::optional(Role::kWorker), std::optional(Role::kClient)}) {
    if (CheckMayCall(path, role).ok()) who.insert(role);
  }
  return who;
}

TEST(RoleCheckTest, WorkersWorkAndClientsEdit) {
  using Roles = std::set<std::optional<Role>>;
  EXPECT_EQ(WhoMayCall("/parzen.WorkerService/Work"), Roles{Role::kWorker});
  EXPECT_EQ(WhoMayCall("/parzen.WorkerService/FetchFile"), Roles{Role::kWorker});
  EXPECT_EQ(WhoMayCall("/parzen.StudyService/GetStudy"), Roles{Role::kClient});
  EXPECT_EQ(WhoMayCall("/parzen.StudyService/DrainWorker"), Roles{Role::kClient});
}

TEST(RoleCheckTest, AnybodyVerifiedMayAskForHealth) {
  EXPECT_EQ(WhoMayCall("/grpc.health.v1.Health/Check").size(), 4u);
}

TEST(RoleCheckTest, WhatNobodyKnowsNobodyMayCall) {
  for (const char* path :
       {"", "/", "/parzen.StudyServiceX/GetStudy", "/parzen.NewService/Do", "parzen.StudyService/Get"}) {
    EXPECT_TRUE(WhoMayCall(path).empty()) << path;
  }
}

TEST(RoleCheckTest, RefusalSaysWhatIsNeededAndWhatWasShown) {
  const absl::Status status = CheckMayCall("/parzen.WorkerService/Work", std::nullopt);
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(status.message()), HasSubstr("role worker, and a certificate without a role was shown"));
}

}  // namespace
}  // namespace parzen
