// Studies that go on from another one's trial.
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "studies/study_file.h"

namespace parzen {
namespace {

using testing::HasSubstr;

TrainSpec Train(const std::string& text) {
  TrainSpec train;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &train)) << text;
  return train;
}
std::string Put(const std::string& over, const std::string& under) {
  return OnTopOf(Train(under), Train(over)).ShortDebugString();
}

constexpr char kFound[] =
    "dataset { digits { train: 500 } } mlp { hidden: 300 hidden: 200 dropout: 0.3 training { learning_rate: 0.01 } }";
constexpr char kFile[] = R"(name: "second"
objective { metric: "validation_accuracy" direction: MAXIMIZE }
base { study: "first" }
train { mlp { batch_norm: true training { early_stopping {} } } }
parameter { name: "rate" sets: "mlp.training.learning_rate" float { low: 1e-4 high: 1 log: true } }
search { trials: 5 }
)";

absl::StatusOr<BaseTrial> Found(const BaseSpec& base) {
  if (base.study() != "first") return absl::NotFoundError("no study \"" + base.study() + "\"");
  return BaseTrial{Train(kFound), base.has_trial() ? base.trial() : 17};
}

TEST(BaseStudyTest, WhatAFileGivesTakesThePlaceOfWhatTheTrialHadFieldByField) {
  EXPECT_EQ(
      Put("mlp { dropout: 0.1 training { epochs: 3 } }", "mlp { hidden: 5 dropout: 0.5 training { batch_size: 7 } }"),
      "mlp { hidden: 5 dropout: 0.1 training { epochs: 3 batch_size: 7 } }");
}

TEST(BaseStudyTest, ListsAreReplacedAsAWhole) {
  EXPECT_EQ(Put("mlp { hidden: 9 }", "mlp { hidden: 5 hidden: 6 }"), "mlp { hidden: 9 }");
  EXPECT_EQ(Put("transform { pca { } }", "transform { scale { } } transform { standard { } }"),
            "transform { pca { } }");
}

TEST(BaseStudyTest, AnotherModelTakesThePlaceOfTheTrials) {
  EXPECT_EQ(Put("svm { c: 3 }", "mlp { hidden: 5 }"), "svm { c: 3 }");
}

TEST(BaseStudyTest, AFileWithABaseIsReadAsTheStudyThatItMeans) {
  const auto spec = ParseStudyFile(kFile, "f", &Found);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->base().trial(), 17) << "the file says which trial it was from now on";
  EXPECT_EQ(spec->train().mlp().hidden_size(), 2);
  EXPECT_TRUE(spec->train().mlp().batch_norm());
  EXPECT_TRUE(spec->train().mlp().training().has_early_stopping());
  EXPECT_EQ(spec->train().dataset().digits().train(), 500);
  EXPECT_TRUE(CheckStudySpec(*spec).empty()) << "and is one that a coordinator takes";
}

TEST(BaseStudyTest, WhatIsWrongWithABaseIsToldAtItsLine) {
  const auto complaint = [](const std::string& from, const std::string& to, const FindBaseTrial& find = &Found) {
    std::string text = kFile;
    text.replace(text.find(from), from.size(), to);
    return std::string(ParseStudyFile(text, "f", find).status().message());
  };
  EXPECT_THAT(complaint("\"first\"", "\"frist\""), HasSubstr("f:3: base.study: no study \"frist\""));
  EXPECT_THAT(complaint("name", "name", {}), HasSubstr("f:3: base.study: there is no database here"));
  EXPECT_THAT(complaint("train { mlp { batch_norm: true training { early_stopping {} } } }", "function { sphere {} }"),
              HasSubstr("base.study: is for studies that train"));
  EXPECT_THAT(complaint("study: \"first\"", "trial: 3"), HasSubstr("f:3: base.study: is missing"));
}

}  // namespace
}  // namespace parzen
