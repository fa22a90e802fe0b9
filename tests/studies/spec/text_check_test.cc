#include "studies/text_check.h"

#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/studies/spec/study_text.h"

namespace parzen {
namespace {

using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

class Silence : public google::protobuf::io::ErrorCollector {
  void AddError(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
};

bool ProtobufAccepts(const std::string& text, StudySpec& spec) {
  google::protobuf::TextFormat::Parser parser;
  Silence silence;
  parser.RecordErrorsTo(&silence);
  return parser.ParseFromString(text, &spec);
}

// Holds for every text: we accept what protobuf accepts, and read the same.
void ExpectAgreement(const std::string& text) {
  StudySpec theirs;
  const bool accepted = ProtobufAccepts(text, theirs);
  ProblemList problems;
  const StudyText ours = ReadStudyText(text, problems);
  EXPECT_EQ(problems.problems().empty(), accepted) << text << "\n"
                                                   << ProblemsToStatus(problems.problems(), "").message();
  if (!accepted) return;
  EXPECT_EQ(ours.spec.SerializeAsString(), theirs.SerializeAsString()) << text;
}

// One change of a text, such as a slip of the hand makes.
std::string Mangled(std::string text, RandomStream& stream) {
  static const char* const kSnippets[] = {"{",    "}", "<",    ">",     "[",  "]",    ":",  ";",    ",",
                                          "\"",   "'", "#",    "\n",    "-",  "5",    "0x", "1e99", "09",
                                          "true", "x", "name", "train", "\\", "\xff", "\0", "{{{"};
  const size_t at = stream.Below(text.size());
  const size_t length = std::min<size_t>(text.size() - at, 1 + stream.Below(12));
  switch (stream.Below(5)) {
    case 0:
      return text.erase(at, length);
    case 1:
      return text.insert(stream.Below(text.size()), text.substr(at, length));
    case 2:
      return text.insert(at, kSnippets[stream.Below(std::size(kSnippets))]);
    case 3:
      return text.replace(at, length, kSnippets[stream.Below(std::size(kSnippets))]);
    default:
      text[at] = static_cast<char>(stream.Below(256));
      return text;
  }
}

TEST(TextCheckTest, TheGoodStudyReadsAsProtobufReadsIt) { ExpectAgreement(kGoodStudy); }

TEST(TextCheckTest, EverySpellingOfTextProtoIsUnderstood) {
  for (const char* text : {
           "name: \"a\" 'b' \"\\x41\"",
           "name:'x';search{trials:0x1F,}",
           "search { seed: - 5 }",
           "search: < trials: 017 >",
           "parameter [ { name: \"a\" }, < name: \"b\" > ] parameter: { }",
           "objective { direction: 1 }",
           "parameter []",
           "parameter { categorical { choice: [] choice: ['a', \"b\" 'c'] choice: 'd' } }",
           "train { split { validation: .5f stratified: t } } # end",
           "train { split { validation: -inf stratified: False } }",
           "train { split { validation: 1 } split { } }",
           "parameter { float { low: nan } }",
           "\xef\xbb\xbfname: 'bom'",
           "search { seed: 1 seed: 2 }",
           "name: 'a' , ;",
           "search { trials: 5L }",
           "search { trials: 5x }",
           "name 'x'",
           "parameter: [ {}, ]",
           "parser: 5",
           "[ext]: 5",
           "train { [a.b/C] { } }",
           "search { sampler { random grid } }",
           "objective { direction: -1 }",
           "search { seed: 1.0 }",
           "train { split { validation: 'x' } }",
           "search >",
           "search { trials: 1 >",
           "1: 5",
           "name: ",
           "name",
           ":",
           "search { max_attempts: 99999999999 }",
           "name: [\"a\"]",
           "train { split { stratified: 1 } } ",
           "train { split { stratified: 2 } } ",
           "search { trials: - }",
           "name: \"\\q\"",
       }) {
    ExpectAgreement(text);
  }
}

TEST(TextCheckTest, MangledTextsNeverCrashAndAreAcceptedOnlyWhereProtobufAcceptsThem) {
  RandomStream stream(1, 0, "mangle");
  for (int round = 0; round < 3000; ++round) {
    std::string text = kGoodStudy;
    for (uint64_t changes = 1 + stream.Below(4); changes > 0; --changes) text = Mangled(text, stream);
    ExpectAgreement(text);
    (void)ParseStudyFile(text, "mangled");
    if (HasFailure()) break;
  }
}

TEST(TextCheckTest, LinesAreKnownByPath) {
  ProblemList problems;
  const StudyText study = ReadStudyText(kGoodStudy, problems);
  EXPECT_EQ(study.LineOf("name"), 2);
  EXPECT_EQ(study.LineOf("parameter[1].int.step"), 13);
  EXPECT_EQ(study.LineOf("parameter[3].when[1].parameter"), 24);
  EXPECT_EQ(study.LineOf("parameter[3].when[0].one_of.value[0]"), 23);
  EXPECT_EQ(study.LineOf("parameter[2].float.step"), 18) << "absent: where it would stand";
  EXPECT_EQ(study.LineOf("nothing.of.this"), 1);
}

TEST(TextCheckTest, DeepNestingIsSkippedWithoutRecursion) {
  std::string deep = "nonsense ";
  for (int i = 0; i < 1'000'000; ++i) deep += "{";
  EXPECT_THAT(Complaints(deep), HasSubstr("nonsense: unknown field"));
  EXPECT_THAT(Complaints("search " + deep), HasSubstr("expects { ... }, found \"nonsense\""));
}

TEST(TextCheckTest, OneBadFieldHidesNoOther) {
  ProblemList problems;
  const StudyText study =
      ReadStudyText("name: 5\nsearch { trials: x seed: 4 }\nparameter { nam: 'a' sets: 'b' }", problems);
  EXPECT_EQ(study.spec.ShortDebugString(), "parameter { sets: \"b\" } search { seed: 4 }");
  EXPECT_THAT(problems.problems().size(), Eq(3u));
}

TEST(TextCheckTest, AFullListOfProblemsEndsTheReading) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "nonsense" + std::to_string(i) + ": 1\n";
  EXPECT_THAT(Complaints(text), HasSubstr("only the first 200 problems are shown"));
  EXPECT_THAT(Complaints(text), Not(HasSubstr("nonsense200:")));
}

}  // namespace
}  // namespace parzen
