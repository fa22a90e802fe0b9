// What is kept with a trial beside its metrics, as people ask for it.
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr size_t kPartBytes = 1 << 20;

class ArtifactListTest : public StoreTest {
 protected:
  ArtifactListTest() {
    Open();
    trial_id_ = AddComplete(CreateStudy(ForestSpec("s")), 0.5);
  }
  void Put(const std::string& name, const std::string& bytes) {
    Transact([&] { return store().PutArtifact(trial_id_, name, "text/plain", bytes); });
  }
  absl::StatusOr<ListArtifactsResponse> List(const std::string& study, int64_t number) {
    ListArtifactsRequest request;
    request.set_study(study);
    request.set_number(number);
    return StudyReader(store()).ListArtifacts(request);
  }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    const ListArtifactsResponse listed = *List("s", 0);
    for (const ArtifactRecord& artifact : listed.artifact()) names.push_back(artifact.name());
    return names;
  }
  absl::StatusOr<ArtifactPart> Get(const std::string& name, int64_t offset) {
    GetArtifactRequest request;
    request.set_study("s");
    request.set_number(0);
    request.set_name(name);
    request.set_offset(offset);
    return StudyReader(store()).GetArtifact(request);
  }

  int64_t trial_id_ = 0;
};

TEST_F(ArtifactListTest, AreListedByNameWithTheirSizes) {
  EXPECT_THAT(Names(), IsEmpty());
  Put("b", "12");
  Put("a", "");
  EXPECT_THAT(Names(), ElementsAre("a", "b"));
  const ListArtifactsResponse listed = *List("s", 0);
  EXPECT_EQ(listed.artifact(1).bytes(), 2);
  EXPECT_EQ(listed.artifact(1).media_type(), "text/plain");
}

TEST_F(ArtifactListTest, OneComesInPartsFromTheOffsetThatIsAskedFor) {
  std::string bytes(kPartBytes + 5, 'x');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  Put("large", bytes);
  EXPECT_EQ(Get("large", 0)->data(), bytes.substr(0, kPartBytes));
  EXPECT_EQ(Get("large", 3)->data(), bytes.substr(3, kPartBytes));
  EXPECT_EQ(Get("large", kPartBytes)->data(), bytes.substr(kPartBytes));
  EXPECT_EQ(Get("large", kPartBytes + 5)->data(), "");
  EXPECT_EQ(Get("large", 0)->artifact().bytes(), kPartBytes + 5);
}

TEST_F(ArtifactListTest, WhatIsNotThereIsNamed) {
  Put("a", "123");
  EXPECT_THAT(Get("b", 0).status(), IsError(absl::StatusCode::kNotFound, "trial 0 has no artifact \"b\""));
  EXPECT_THAT(Get("a", 4).status(), IsError(absl::StatusCode::kNotFound, "has 3 bytes, and none at 4"));
  EXPECT_THAT(Get("a", -1).status(), IsError(absl::StatusCode::kNotFound, "none at -1"));
  EXPECT_THAT(List("s", 7).status(), IsError(absl::StatusCode::kNotFound, "no trial 7"));
  EXPECT_THAT(List("t", 0).status(), IsError(absl::StatusCode::kNotFound, "t"));
}

TEST_F(ArtifactListTest, ADatabaseOfOtherProgramsHasNone) {
  const std::string path = Path("optuna.db");
  ASSERT_TRUE(RunSql(path, FileText("tests/testdata/optuna_schema.sql")).ok());
  ASSERT_TRUE(RunSql(path, FileText("tests/testdata/optuna_rows.sql")).ok());
  const auto reader = StudyReader::Open(path);
  ASSERT_TRUE(reader.ok()) << reader.status();
  ListStudiesRequest all;
  all.set_outline(true);
  ListArtifactsRequest request;
  request.set_study((*reader)->ListStudies(all)->study(0).name());
  EXPECT_EQ((*reader)->ListArtifacts(request)->artifact_size(), 0);
}

}  // namespace
}  // namespace parzen
