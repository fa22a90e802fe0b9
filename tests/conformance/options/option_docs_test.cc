// Held for every field that a study file may have, those of options yet to come included.
#include "studies/option_docs.h"

#include <regex>
#include <set>

#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "gtest/gtest.h"
#include "proto/embedded_descriptors.h"
#include "proto/importance.pb.h"
#include "proto/study.pb.h"
#include "studies/field_path.h"

namespace parzen {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A name that says it all needs no comment.
const std::set<std::string>& SelfEvident() {
  static const auto* const names = new std::set<std::string>{
      "parzen.ObjectiveSpec.direction", "parzen.FloatRange.low", "parzen.FloatRange.high", "parzen.IntRange.low",
      "parzen.IntRange.high",           "parzen.Values",         "parzen.Values.value",
  };
  return *names;
}

void Collect(const Descriptor& message, std::set<const Descriptor*>& found) {
  if (!found.insert(&message).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    if (message.field(i)->message_type() != nullptr) Collect(*message.field(i)->message_type(), found);
  }
}

// Every message that a study file or an option of the command line can hold.
std::set<const Descriptor*> Messages() {
  std::set<const Descriptor*> found;
  Collect(*StudySpec::descriptor(), found);
  Collect(*ImportanceSpec::descriptor(), found);
  return found;
}

std::vector<const FieldDescriptor*> Fields() {
  std::vector<const FieldDescriptor*> fields;
  for (const Descriptor* message : Messages()) {
    for (int i = 0; i < message->field_count(); ++i) fields.push_back(message->field(i));
  }
  return fields;
}

// The descriptors with their comments.
const google::protobuf::DescriptorPool& Commented() {
  static const auto* const pool = [] {
    auto* const result = new google::protobuf::DescriptorPool;
    google::protobuf::FileDescriptorSet files;
    EXPECT_TRUE(files.ParseFromArray(EmbeddedDescriptors().data(), static_cast<int>(EmbeddedDescriptors().size())));
    for (const auto& file : files.file()) EXPECT_NE(result->BuildFile(file), nullptr) << file.name();
    return result;
  }();
  return *pool;
}

template <typename SomeDescriptor>
bool HasComment(const SomeDescriptor* descriptor) {
  google::protobuf::SourceLocation location;
  return descriptor != nullptr && descriptor->GetSourceLocation(&location) && !location.leading_comments.empty();
}

TEST(OptionConformanceTest, EveryMessageAndFieldOfAStudyFileIsExplained) {
  for (const Descriptor* message : Messages()) {
    if (SelfEvident().count(message->full_name()) > 0) continue;
    EXPECT_TRUE(HasComment(Commented().FindMessageTypeByName(message->full_name()))) << message->full_name();
  }
  for (const FieldDescriptor* field : Fields()) {
    // The member of a oneof is explained by its message.
    if (field->message_type() != nullptr && field->real_containing_oneof() != nullptr) continue;
    if (SelfEvident().count(field->full_name()) > 0) continue;
    EXPECT_TRUE(HasComment(Commented().FindFieldByName(field->full_name()))) << field->full_name();
  }
}

TEST(OptionConformanceTest, EveryPatternCompilesAndSaysInWordsWhatItMeans) {
  for (const FieldDescriptor* field : Fields()) {
    const Rule& rule = FieldRule(*field);
    EXPECT_EQ(rule.has_pattern(), rule.has_means()) << field->full_name();
    EXPECT_NO_THROW(std::regex{rule.pattern()}) << field->full_name();
  }
}

TEST(OptionConformanceTest, EveryDefaultObeysItsRule) {
  for (const FieldDescriptor* field : Fields()) {
    if (!field->has_default_value()) continue;
    const Rule& rule = FieldRule(*field);
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        EXPECT_TRUE(CheckRule(rule, field->default_value_int32()).ok()) << field->full_name();
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        EXPECT_TRUE(CheckRule(rule, static_cast<double>(field->default_value_int64())).ok()) << field->full_name();
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        EXPECT_TRUE(CheckRule(rule, field->default_value_double()).ok()) << field->full_name();
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        EXPECT_TRUE(CheckRule(rule, field->default_value_string()).ok()) << field->full_name();
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
      case FieldDescriptor::CPPTYPE_ENUM:
        break;
      default:
        ADD_FAILURE() << field->full_name() << " has a default of a type that this test does not know";
    }
  }
}

TEST(OptionConformanceTest, RulesFitTheTypesOfTheirFields) {
  for (const FieldDescriptor* field : Fields()) {
    const Rule& rule = FieldRule(*field);
    const bool is_text = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    const bool has_bounds = rule.has_min() || rule.has_max() || rule.has_above() || rule.has_below();
    EXPECT_FALSE(has_bounds && is_text) << field->full_name();
    EXPECT_FALSE((rule.has_pattern() || rule.file()) && !is_text) << field->full_name();
    EXPECT_FALSE(rule.required() && field->has_default_value()) << field->full_name();
  }
}

OptionDoc Option(const std::string& kind, const std::string& name) {
  const auto doc = DescribeKind("TrainSpec", "model", kind, "model");
  EXPECT_TRUE(doc.ok()) << doc.status();
  for (const OptionDoc& option : doc->options) {
    if (option.name == name) return option;
  }
  ADD_FAILURE() << name;
  return {};
}

TEST(OptionDocsTest, EveryOneofOfAStudyFileIsDescribedCompletely) {
  for (const auto& [message, oneof] :
       std::vector<std::pair<std::string, std::string>>{{"TrainSpec", "model"},
                                                        {"DatasetSpec", "format"},
                                                        {"TransformSpec", "kind"},
                                                        {"SamplerSpec", "kind"},
                                                        {"PrunerSpec", "kind"},
                                                        {"FunctionSpec", "kind"},
                                                        {"ImportanceSpec", "evaluator"}}) {
    const std::vector<KindDoc> kinds = DescribeKinds(message, oneof);
    EXPECT_THAT(kinds, Not(IsEmpty())) << message;
    for (const KindDoc& kind : kinds) {
      EXPECT_NE(kind.meaning, "") << kind.name;
      for (const OptionDoc& option : kind.options) {
        EXPECT_NE(option.meaning, "") << kind.name << "." << option.name;
        EXPECT_NE(option.type, "") << kind.name << "." << option.name;
      }
    }
  }
}

TEST(OptionDocsTest, AnOptionShowsItsTypeDefaultRuleAndComment) {
  const OptionDoc trees = Option("random_forest", "trees");
  EXPECT_EQ(trees.type, "int");
  EXPECT_EQ(trees.fallback, "100");
  EXPECT_EQ(trees.accepts, "1 to 100000");
  EXPECT_EQ(trees.meaning, "Number of trees.");
}

TEST(OptionDocsTest, DefaultsStandAsAStudyFileWritesThem) {
  EXPECT_EQ(Option("random_forest", "max_features").fallback, "\"sqrt\"");
  EXPECT_EQ(Option("random_forest", "criterion").fallback, "GINI");
  EXPECT_EQ(Option("random_forest", "criterion").type, "GINI | ENTROPY");
  EXPECT_EQ(Option("random_forest", "bootstrap").fallback, "true");
  EXPECT_EQ(Option("random_forest", "max_features").accepts, "all, sqrt, log2, a count (100) or a fraction (0.5)");
}

TEST(OptionDocsTest, OptionsInsideOptionsAreShownAsAParameterNamesThem) {
  EXPECT_EQ(Option("mlp", "training.epochs").fallback, "10");
  EXPECT_EQ(Option("mlp", "training.adam.beta1").accepts, ">= 0, < 1");
  EXPECT_EQ(Option("mlp", "hidden[]").type, "int");
  EXPECT_EQ(Option("cnn", "block[]").type, "list of messages");
  EXPECT_EQ(Option("cnn", "block[].pooling").type, "MAXIMUM | AVERAGE");
  // A pruner that may wrap any pruner would have no end.
  const auto patient = DescribeKind("PrunerSpec", "kind", "patient", "pruner");
  EXPECT_EQ(patient->options.size(), 3u);
}

TEST(OptionDocsTest, AMessageOfSeveralCommentLinesIsOneParagraph) {
  const auto digits = DescribeKind("DatasetSpec", "format", "digits", "dataset format");
  ASSERT_TRUE(digits.ok());
  EXPECT_THAT(digits->meaning, HasSubstr("jitter and elastic distortion. Needs no file"));
}

TEST(OptionDocsTest, AnUnknownKindGetsASuggestion) {
  const absl::Status status = DescribeKind("TrainSpec", "model", "random_forst", "model").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("no model is called \"random_forst\"; did you mean \"random_forest\"?"));
}

}  // namespace
}  // namespace parzen
