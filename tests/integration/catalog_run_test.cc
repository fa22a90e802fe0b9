// Every study of the catalogue runs, from its file to its report, on a few small images: two trials each.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "studies/store/sqlite.h"
#include "tests/integration/process.h"
#include "tests/worker/data_folder.h"

namespace parzen {
namespace {

constexpr int kTrainRows = 320, kTestRows = 60, kSide = 28, kDigits = 10;

// Images of ten classes: a bright square whose place tells which, in noise.
struct Images {
  std::string pixels;
  std::vector<int> labels;

  Images(int rows, const char* purpose) {
    RandomStream stream(1, 0, purpose);
    for (int row = 0; row < rows; ++row) {
      const int label = row % kDigits, left = label % 5 * 5, top = label / 5 * 12;
      labels.push_back(label);
      for (int y = 0; y < kSide; ++y) {
        for (int x = 0; x < kSide; ++x) {
          const bool bright = x >= left && x < left + 8 && y >= top && y < top + 14;
          pixels.push_back(static_cast<char>(stream.Below(100) + (bright ? 155 : 0)));
        }
      }
    }
  }
  std::string Idx() const { return IdxFile(0x803, {static_cast<uint32_t>(labels.size()), kSide, kSide}, pixels); }
  std::string Csv() const {
    std::string text = "label";
    for (int i = 1; i <= kSide * kSide; ++i) absl::StrAppend(&text, ",pixel", i);
    text += "\n";
    for (size_t row = 0; row < labels.size(); ++row) {
      absl::StrAppend(&text, labels[row]);
      for (int i = 0; i < kSide * kSide; ++i) {
        absl::StrAppend(&text, ",", static_cast<int>(static_cast<uint8_t>(pixels[row * kSide * kSide + i])));
      }
      text += "\n";
    }
    return text;
  }
};

class CatalogRunTest : public testing::Test {
 protected:
  CatalogRunTest() {
    const Images train(kTrainRows, "train"), test(kTestRows, "test");
    data_.Write("train-images-idx3-ubyte.gz", Gzipped(train.Idx()));
    data_.Write("train-labels-idx1-ubyte.gz", Gzipped(IdxLabels(train.labels)));
    data_.Write("t10k-images-idx3-ubyte.gz", Gzipped(test.Idx()));
    data_.Write("t10k-labels-idx1-ubyte.gz", Gzipped(IdxLabels(test.labels)));
    data_.Write("sign_mnist_train.csv", train.Csv());
    data_.Write("sign_mnist_test.csv", test.Csv());
  }

  // File names, those that go on from another study behind it.
  static std::vector<std::string> Files() {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(TreeFile("studies/catalog"))) {
      if (entry.path().extension() == ".textproto") files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    std::stable_partition(files.begin(), files.end(), [](const std::string& file) {
      return !absl::StrContains(ReadFile(file), "activations: true");
    });
    return files;
  }

  // Of so few rows, the larger perplexities are refused: one of four is not.
  static std::string Trials(const std::string& file) { return absl::StrContains(file, "tsne") ? "4" : "2"; }

  DataFolder data_;
};

TEST_F(CatalogRunTest, EveryStudyRunsToItsReportOnAFewImages) {
  const std::string folder = FreshFolder(), db = folder + "/c.db";
  const std::vector<std::string> files = Files();
  EXPECT_GT(files.size(), 30u);
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    const Finished run = RunToEnd({ParzenBinary(), "run", file, "--data", data_.Path(""), "--db", db, "--trials",
                                   Trials(file), "--threads", "2"});
    EXPECT_EQ(run.code, 0) << run.err << run.out;
  }
  auto database = Database::Open(db, Database::Mode::kReadOnly);
  ASSERT_TRUE(database.ok()) << database.status();
  Statement& query = *database->Prepare("SELECT COUNT(*) FROM studies");
  ASSERT_TRUE(*query.Step());
  EXPECT_EQ(query.Int(0), static_cast<int64_t>(files.size()));
}

}  // namespace
}  // namespace parzen
