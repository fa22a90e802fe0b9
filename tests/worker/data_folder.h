// A folder of the test's own for data files, good and damaged ones, and the words to write them in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "worker/datasets/dataset_format.h"

namespace parzen {

// Is removed with everything in it at the end.
class DataFolder {
 public:
  DataFolder();
  ~DataFolder();
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  // The path of a file in the folder, whether it exists or not.
  std::string Path(absl::string_view name) const;
  // Writes a file; returns its path.
  std::string Write(absl::string_view name, absl::string_view bytes) const;

 private:
  std::string folder_;
};

std::string Gzipped(absl::string_view bytes);

// An IDX file: magic, sizes, then the elements.
std::string IdxFile(uint32_t magic, const std::vector<uint32_t>& sizes, absl::string_view elements);
// `count` images of 2 x 3 pixels; the pixels of image i are 10 i, 10 i + 1, ...
std::string SmallImages(int count);
std::string IdxLabels(const std::vector<int>& labels);

// An array as numpy.save writes it: its type ("<f4"), its shape ("3, 2"), then its numbers.
std::string NpyFile(absl::string_view type, absl::string_view shape, absl::string_view numbers);

// Loads what the text proto of a DatasetSpec names, in which $DIR stands for the folder.
absl::StatusOr<Dataset> LoadFrom(const DataFolder& folder, absl::string_view spec);
// The code and message of the error that LoadFrom gives, with $DIR again for the folder; "OK" when there is none.
std::string LoadError(const DataFolder& folder, absl::string_view spec);

// The path of a MNIST file in the folder that PARZEN_DATA names; "" when it is not there.
std::string MnistFile(absl::string_view name);

}  // namespace parzen
