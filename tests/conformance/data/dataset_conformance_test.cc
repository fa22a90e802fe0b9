// What every dataset format keeps to, found through the registry: a new one is tested before anyone writes a test for
// it.
#include <map>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "proto/rule.pb.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "tests/worker/data_folder.h"

namespace parzen {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using testing::StartsWith;

// Field name -> content of a good file with training and test rows, for each format that reads files.
const std::map<std::string, std::map<std::string, std::string>>& GoodFiles() {
  static const auto* const files = new std::map<std::string, std::map<std::string, std::string>>{
      {"csv", {{"file", "label,a,b\nx,1,2\ny,3,4\nx,5,6\n"}, {"test_file", "label,a,b\ny,7,8\n"}}},
      {"idx",
       {{"images", SmallImages(3)},
        {"labels", IdxLabels({0, 1, 0})},
        {"test_images", SmallImages(2)},
        {"test_labels", IdxLabels({1, 0})}}},
      {"npy",
       {{"file",
         NpyFile("<f4", "3, 2",
                 absl::string_view("\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40\0\0\xa0\x40\0\0\xc0\x40", 24))},
        {"labels", NpyFile("|u1", "3,", "\x07\x05\x07")},
        {"test_file", NpyFile("|i1", "1, 2", "\x01\x02")},
        {"test_labels", NpyFile("<i2", "1,", absl::string_view("\x05\0", 2))}}},
  };
  return *files;
}

class DatasetConformanceTest : public testing::TestWithParam<std::string> {
 protected:
  Message& Options() {
    const auto* field = DatasetSpec::descriptor()->FindFieldByName(GetParam());
    return *spec_.GetReflection()->MutableMessage(&spec_, field);
  }
  std::vector<const FieldDescriptor*> FileFields() {
    std::vector<const FieldDescriptor*> fields;
    const auto* descriptor = Options().GetDescriptor();
    for (int f = 0; f < descriptor->field_count(); ++f) {
      if (descriptor->field(f)->options().GetExtension(rule).file()) fields.push_back(descriptor->field(f));
    }
    return fields;
  }
  const std::string& Good(const FieldDescriptor* field) { return GoodFiles().at(GetParam()).at(field->name()); }
  void WriteGood() {
    for (const auto* field : FileFields()) Write(field, Good(field));
  }
  void Write(const FieldDescriptor* field, absl::string_view bytes) {
    Message& options = Options();
    options.GetReflection()->SetString(&options, field, folder_.Write(field->name(), bytes));
  }
  absl::StatusOr<Dataset> Load() { return LoadDataset(spec_); }

  DataFolder folder_;
  DatasetSpec spec_;
};

void ExpectSame(const Dataset& a, const Dataset& b) {
  EXPECT_EQ(a.train.features, b.train.features);
  EXPECT_EQ(a.train.labels, b.train.labels);
  EXPECT_EQ(a.test.features, b.test.features);
  EXPECT_EQ(a.test.labels, b.test.labels);
  EXPECT_EQ(a.class_names, b.class_names);
}

void ExpectWellFormed(const LabelledRows& rows, int classes) {
  EXPECT_EQ(rows.labels.size(), static_cast<size_t>(rows.rows()));
  EXPECT_TRUE(rows.features.allFinite());
  for (const int32_t label : rows.labels) EXPECT_TRUE(label >= 0 && label < classes) << label;
}

TEST_P(DatasetConformanceTest, HasTheNameOfAFormatInTheProto) {
  const auto* field = DatasetSpec::descriptor()->FindFieldByName(GetParam());
  ASSERT_NE(field, nullptr);
  EXPECT_EQ(field->containing_oneof()->name(), "format");
}

TEST_P(DatasetConformanceTest, RowsLabelsClassesAndShapesAgree) {
  WriteGood();
  const auto dataset = Load();
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_GT(dataset->train.rows(), 0);
  EXPECT_GT(dataset->test.rows(), 0);
  EXPECT_EQ(dataset->test.features.cols(), dataset->train.features.cols());
  ExpectWellFormed(dataset->train, dataset->classes());
  ExpectWellFormed(dataset->test, dataset->classes());
  const int pixels = dataset->image_height * dataset->image_width;
  EXPECT_TRUE(pixels == 0 || pixels == dataset->train.features.cols());
}

TEST_P(DatasetConformanceTest, SameSpecGivesTheSameDataForAnyNumberOfThreads) {
  WriteGood();
  const tbb::global_control two(tbb::global_control::max_allowed_parallelism, 2);
  absl::StatusOr<Dataset> by_one, by_two;
  tbb::task_arena(1).execute([&] { by_one = Load(); });
  tbb::task_arena(2).execute([&] { by_two = Load(); });
  ASSERT_TRUE(by_one.ok()) << by_one.status();
  ExpectSame(*by_one, *by_two);
}

TEST_P(DatasetConformanceTest, GzipOfEachFileGivesTheSameData) {
  WriteGood();
  const auto plain = Load();
  for (const auto* field : FileFields()) Write(field, Gzipped(Good(field)));
  const auto packed = Load();
  ASSERT_TRUE(packed.ok()) << packed.status();
  ExpectSame(*plain, *packed);
}

TEST_P(DatasetConformanceTest, EachMissingFileIsNotFoundByItsPath) {
  for (const auto* field : FileFields()) {
    WriteGood();
    const std::string absent = folder_.Path("absent");
    Message& options = Options();
    options.GetReflection()->SetString(&options, field, absent);
    EXPECT_THAT(Load().status().ToString(), StartsWith(absl::StrCat("NOT_FOUND: ", absent))) << field->name();
  }
}

TEST_P(DatasetConformanceTest, EachFileCutAtAnyByteIsAnErrorThatNamesAFileOrStillWellFormed) {
  for (const auto* field : FileFields()) {
    WriteGood();
    for (size_t length = 0; length < Good(field).size(); ++length) {
      Write(field, Good(field).substr(0, length));
      const auto dataset = Load();
      if (dataset.ok()) {  // a table may end after any row
        ExpectWellFormed(dataset->train, dataset->classes());
        ExpectWellFormed(dataset->test, dataset->classes());
      } else {
        EXPECT_THAT(dataset.status().ToString(), StartsWith(absl::StrCat("INVALID_ARGUMENT: ", folder_.Path(""))));
      }
    }
  }
}

TEST_P(DatasetConformanceTest, EachTruncatedGzipIsAnErrorThatNamesIt) {
  for (const auto* field : FileFields()) {
    WriteGood();
    const std::string packed = Gzipped(Good(field));
    Write(field, packed.substr(0, packed.size() - 3));
    EXPECT_THAT(Load().status().ToString(),
                StartsWith(absl::StrCat("INVALID_ARGUMENT: ", folder_.Path(field->name()), ": truncated gzip")));
  }
}

TEST_P(DatasetConformanceTest, EachByteChangedGivesAnErrorOrWellFormedRows) {
  for (const auto* field : FileFields()) {
    WriteGood();
    for (size_t at = 0; at < Good(field).size(); ++at) {
      for (const char damage : {'\x01', '\x20', '\x80', '\xff'}) {
        std::string damaged = Good(field);
        damaged[at] = static_cast<char>(damaged[at] ^ damage);
        Write(field, damaged);
        const auto dataset = Load();
        EXPECT_TRUE(dataset.ok() || absl::IsInvalidArgument(dataset.status())) << dataset.status();
        if (dataset.ok()) ExpectWellFormed(dataset->train, dataset->classes());
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every, DatasetConformanceTest, testing::ValuesIn(Registry<DatasetFormat>::Global().Names()),
                         [](const auto& format) { return format.param; });

TEST(DatasetRegistryTest, EveryFormatInTheProtoIsRegistered) {
  const auto* formats = DatasetSpec::descriptor()->FindOneofByName("format");
  for (int f = 0; f < formats->field_count(); ++f) {
    EXPECT_TRUE(Registry<DatasetFormat>::Global().Find(formats->field(f)->name()).ok()) << formats->field(f)->name();
  }
}

}  // namespace
}  // namespace parzen
