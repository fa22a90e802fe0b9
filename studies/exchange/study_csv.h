// Reads the csv that `parzen study export` writes, or that Optuna's trials_dataframe().to_csv() does.
//
// A csv does not say everything. Directions and the study's name must be given. What a parameter could have been is
// taken from what it was: a range from the smallest to the largest number where all are numbers, of whole numbers where
// all are whole, and otherwise a category a value, in the order in which they occur. null, true, false and numbers are
// read as such; what stands in quotes is text, unless the row's number does too. An empty cell is a parameter or
// attribute that the trial has not.
#pragma once

#include <istream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "studies/exchange/study_parts.h"

namespace parzen {

struct CsvStudy {
  std::string name;
  std::vector<Direction> directions;
};

// Goes through the whole file once, then begins again: `in` must be seekable, and is borrowed. `file` is for messages.
// InvalidArgument names file, line and column of what is wrong.
absl::StatusOr<std::unique_ptr<StudyParts>> ReadStudyCsv(std::istream& in, const std::string& file,
                                                         const CsvStudy& study);

}  // namespace parzen
