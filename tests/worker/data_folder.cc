#include "tests/worker/data_folder.h"

#include <stdlib.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

void AppendBigEndian32(uint32_t word, std::string& bytes) {
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(word >> shift & 0xff));
}

}  // namespace

DataFolder::DataFolder() : folder_(absl::StrCat(testing::TempDir(), "/parzen_data_XXXXXX")) {
  if (mkdtemp(folder_.data()) == nullptr) ADD_FAILURE() << "cannot make a folder in " << testing::TempDir();
}

DataFolder::~DataFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string DataFolder::Path(absl::string_view name) const { return absl::StrCat(folder_, "/", name); }

std::string DataFolder::Write(absl::string_view name, absl::string_view bytes) const {
  const std::string path = Path(name);
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

std::string Gzipped(absl::string_view bytes) {
  z_stream zlib = {};
  constexpr int kGzip = 16 + MAX_WBITS;
  EXPECT_EQ(deflateInit2(&zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&zlib, bytes.size()) + 64, '\0');
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  zlib.avail_in = static_cast<uInt>(bytes.size());
  zlib.next_out = reinterpret_cast<Bytef*>(packed.data());
  zlib.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&zlib, Z_FINISH), Z_STREAM_END);
  packed.resize(zlib.total_out);
  deflateEnd(&zlib);
  return packed;
}

std::string IdxFile(uint32_t magic, const std::vector<uint32_t>& sizes, absl::string_view elements) {
  std::string bytes;
  AppendBigEndian32(magic, bytes);
  for (const uint32_t size : sizes) AppendBigEndian32(size, bytes);
  return absl::StrCat(bytes, elements);
}

std::string SmallImages(int count) {
  std::string pixels;
  for (int image = 0; image < count; ++image) {
    for (int pixel = 0; pixel < 6; ++pixel) pixels.push_back(static_cast<char>(10 * image + pixel));
  }
  return IdxFile(0x803, {static_cast<uint32_t>(count), 2, 3}, pixels);
}

std::string IdxLabels(const std::vector<int>& labels) {
  return IdxFile(0x801, {static_cast<uint32_t>(labels.size())}, std::string(labels.begin(), labels.end()));
}

std::string NpyFile(absl::string_view type, absl::string_view shape, absl::string_view numbers) {
  std::string header = absl::StrCat("{'descr': '", type, "', 'fortran_order': False, 'shape': (", shape, "), }");
  header.append(128 - 10 - header.size() - 1, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes.append({static_cast<char>(header.size()), 0});
  return absl::StrCat(bytes, header, numbers);
}

absl::StatusOr<Dataset> LoadFrom(const DataFolder& folder, absl::string_view spec) {
  DatasetSpec parsed;
  const std::string text = absl::StrReplaceAll(spec, {{"$DIR", folder.Path(".")}});
  if (!google::protobuf::TextFormat::ParseFromString(text, &parsed)) return absl::InternalError("bad text proto");
  return LoadDataset(parsed);
}

std::string LoadError(const DataFolder& folder, absl::string_view spec) {
  return absl::StrReplaceAll(LoadFrom(folder, spec).status().ToString(), {{folder.Path("."), "$DIR"}});
}

std::string MnistFile(absl::string_view name) {
  const char* const folder = std::getenv("PARZEN_DATA");
  if (folder == nullptr) return "";
  const std::string path = absl::StrCat(folder, "/", name);
  return std::filesystem::exists(path) ? path : "";
}

}  // namespace parzen
