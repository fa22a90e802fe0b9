#include "worker/archive.h"

namespace parzen {

void ArchiveWriter::Matrix(const FeatureRef& matrix) {
  Number(static_cast<int64_t>(matrix.rows()));
  Number(static_cast<int64_t>(matrix.cols()));
  for (Eigen::Index row = 0; row < matrix.rows(); ++row) {
    Raw(matrix.data() + row * matrix.outerStride(), static_cast<size_t>(matrix.cols()) * sizeof(float));
  }
}

void ArchiveReader::Matrix(FeatureMatrix& matrix) {
  int64_t rows = 0, columns = 0;
  Number(rows);
  Number(columns);
  const int64_t most = static_cast<int64_t>(rest_.size() / sizeof(float));
  if (rows < 0 || columns < 0 || rows > most + 1 || columns > most + 1) return Fail();
  if (columns > 0 && rows > most / columns) return Fail();
  matrix.resize(rows, columns);
  Raw(matrix.data(), static_cast<size_t>(rows * columns) * sizeof(float));
}

absl::Status ArchiveReader::Finish() const {
  if (!failed_ && rest_.empty()) return absl::OkStatus();
  return absl::DataLossError("these are not the numbers of such a model");
}

void ArchiveReader::Raw(void* data, size_t size) {
  if (failed_ || size > rest_.size()) return Fail();
  if (size > 0) std::memcpy(data, rest_.data(), size);
  rest_.remove_prefix(size);
}

}  // namespace parzen
