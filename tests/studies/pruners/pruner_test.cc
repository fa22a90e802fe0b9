#include "studies/pruners/pruner.h"

#include "tests/studies/pruners/pruner_fixture.h"

namespace parzen {
namespace {

TEST(MakePrunerTest, WithoutAPrunerNoTrialStops) {
  PrunedStudy study("");
  study.Completed({1, 1});
  const size_t trial = study.Start();
  EXPECT_THAT(study.Report(trial, 1, 100), GoesOn());
  EXPECT_THAT(study.Report(trial, 2, kNan), GoesOn());
  EXPECT_EQ(study.pruner().Bracket(0), std::nullopt);
}

TEST(MakePrunerTest, EveryKindOfTheProtoIsRegisteredAndNothingElse) {
  std::vector<std::string> kinds;
  const google::protobuf::OneofDescriptor& kind = *PrunerSpec::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < kind.field_count(); ++i) kinds.push_back(kind.field(i)->name());
  EXPECT_THAT(Registry<PrunerFactory>::Global().Names(), testing::UnorderedElementsAreArray(kinds));
}

}  // namespace
}  // namespace parzen
