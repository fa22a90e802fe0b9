#include "worker/datasets/npy_array.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "worker/datasets/data_file.h"

namespace parzen {
namespace {

constexpr absl::string_view kMagic = "\x93NUMPY";
constexpr size_t kMostHeaderBytes = 1 << 16;

absl::Status NotSuch(const std::string& path, size_t byte, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": byte ", byte, ": ", why));
}

// What stands behind "'name':" in a dictionary, up to the comma or brace that ends it.
absl::StatusOr<std::string> Entry(const std::string& path, absl::string_view header, absl::string_view name) {
  const size_t at = header.find(absl::StrCat("'", name, "':"));
  if (at == absl::string_view::npos) {
    return NotSuch(path, kMagic.size(), absl::StrCat("the header of the array does not say its '", name, "'"));
  }
  absl::string_view rest = absl::StripAsciiWhitespace(header.substr(at + name.size() + 3));
  const bool is_tuple = absl::StartsWith(rest, "(");
  const size_t end = is_tuple ? rest.find(')') : rest.find_first_of(",}");
  if (end == absl::string_view::npos) return NotSuch(path, kMagic.size(), "the header of the array does not end");
  return std::string(absl::StripAsciiWhitespace(rest.substr(0, end + (is_tuple ? 1 : 0))));
}

absl::Status ReadType(const std::string& descr, NpyArray& array) {
  absl::string_view type = descr;
  const bool quoted = absl::ConsumePrefix(&type, "'") && absl::ConsumeSuffix(&type, "'");
  const char order = type.empty() ? '?' : type[0];
  int width = 0;
  const bool is_known =
      quoted && type.size() >= 3 && absl::SimpleAtoi(type.substr(2), &width) &&
      ((type[1] == 'f' && (width == 4 || width == 8)) || (type[1] == 'b' && width == 1) ||
       ((type[1] == 'i' || type[1] == 'u') && (width == 1 || width == 2 || width == 4 || width == 8)));
  if (!is_known || !(order == '<' || (order == '|' && width == 1))) {
    return NotSuch(
        array.path, kMagic.size(),
        absl::StrCat("the array is of ", absl::CEscape(descr), "; float32, float64 and whole numbers of 1 to ",
                     "8 bytes are read, the lowest byte first (array.astype('<f4'))"));
  }
  array.kind = type[1];
  array.width = static_cast<size_t>(width);
  return absl::OkStatus();
}

absl::Status ReadShape(const std::string& text, NpyArray& array) {
  absl::string_view inside = text;
  const bool is_tuple = absl::ConsumePrefix(&inside, "(") && absl::ConsumeSuffix(&inside, ")");
  bool is_known = is_tuple;
  for (const absl::string_view part : absl::StrSplit(inside, ',', absl::SkipWhitespace())) {
    int64_t size = 0;
    is_known =
        is_known && absl::SimpleAtoi(absl::StripAsciiWhitespace(part), &size) && size >= 0 && size <= kMaxDataFileBytes;
    array.shape.push_back(size);
  }
  if (!is_known || array.shape.empty() || array.shape.size() > 3) {
    return NotSuch(array.path, kMagic.size(),
                   absl::StrCat("the array has the shape ", absl::CEscape(text), "; one to three sizes are read"));
  }
  unsigned __int128 claimed = array.width;
  for (const int64_t size : array.shape) claimed *= static_cast<uint64_t>(size);
  const size_t present = array.file.size() - array.begin;
  const std::string shape = absl::StrJoin(array.shape, " x ");
  if (claimed == 0) return NotSuch(array.path, kMagic.size(), absl::StrCat("the array is ", shape, ": it is empty"));
  if (claimed != present) {
    return NotSuch(array.path, array.begin,
                   absl::StrCat("the header says ", shape, " numbers of ", array.width, " bytes, ",
                                claimed > present ? "more than the " : "fewer than the ", present,
                                " bytes that follow it; the file is ",
                                claimed > present ? "truncated" : "not the array it says it is"));
  }
  if (array.item_size() > kMaxFeatures) {
    return NotSuch(
        array.path, kMagic.size(),
        absl::StrCat("a row of ", shape, " has ", array.item_size(), " features; at most ", kMaxFeatures, " are read"));
  }
  return absl::OkStatus();
}

template <typename Number>
double NumberAt(const char* bytes) {
  Number number;
  std::memcpy(&number, bytes, sizeof(number));
  return static_cast<double>(number);
}

}  // namespace

int64_t NpyArray::item_size() const {
  int64_t size = 1;
  for (size_t d = 1; d < shape.size(); ++d) {
    if (size > kMaxFeatures) return size;  // what it has more does not matter, and must not overflow
    size *= std::min(shape[d], kMaxFeatures + 1);
  }
  return size;
}

double NpyArray::At(int64_t i) const {
  const char* const at = file.data() + begin + static_cast<size_t>(i) * width;
  if (kind == 'f') return width == 4 ? NumberAt<float>(at) : NumberAt<double>(at);
  const bool is_signed = kind == 'i';
  switch (width) {
    case 1:
      return is_signed ? NumberAt<int8_t>(at) : NumberAt<uint8_t>(at);
    case 2:
      return is_signed ? NumberAt<int16_t>(at) : NumberAt<uint16_t>(at);
    case 4:
      return is_signed ? NumberAt<int32_t>(at) : NumberAt<uint32_t>(at);
    default:
      return is_signed ? NumberAt<int64_t>(at) : NumberAt<uint64_t>(at);
  }
}

absl::StatusOr<NpyArray> ReadNpy(const std::string& path) {
  NpyArray array;
  array.path = path;
  ASSIGN_OR_RETURN(array.file, ReadDataFile(path));
  const std::string& bytes = array.file;
  if (!absl::StartsWith(bytes, kMagic)) return NotSuch(path, 0, "not an array that numpy.save has written");
  if (bytes.size() < kMagic.size() + 4) return NotSuch(path, bytes.size(), "ends inside its header");
  const int version = bytes[kMagic.size()];
  if (version < 1 || version > 3) {
    return NotSuch(path, kMagic.size(), absl::StrCat("version ", version, " of the format; 1 to 3 are read"));
  }
  const size_t length_bytes = version == 1 ? 2 : 4;
  size_t length = 0;
  const size_t before = kMagic.size() + 2 + length_bytes;
  if (bytes.size() < before) return NotSuch(path, bytes.size(), "ends inside its header");
  std::memcpy(&length, bytes.data() + kMagic.size() + 2, length_bytes);
  if (length > kMostHeaderBytes || bytes.size() < before + length) {
    return NotSuch(path, kMagic.size() + 2,
                   absl::StrCat("a header of ", length, " bytes, which the file does not have"));
  }
  array.begin = before + length;
  const std::string header = bytes.substr(before, length);
  ASSIGN_OR_RETURN(const std::string descr, Entry(path, header, "descr"));
  ASSIGN_OR_RETURN(const std::string fortran, Entry(path, header, "fortran_order"));
  ASSIGN_OR_RETURN(const std::string shape, Entry(path, header, "shape"));
  RETURN_IF_ERROR(ReadType(descr, array));
  RETURN_IF_ERROR(ReadShape(shape, array));
  if (fortran == "True" && array.shape.size() > 1) {
    return NotSuch(path, kMagic.size(), "the array lies column by column; numpy.ascontiguousarray(array) turns it");
  }
  return array;
}

}  // namespace parzen
