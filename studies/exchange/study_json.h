// Reads the json that `parzen study export -f json` writes:
//
//   {"format": "parzen-study", "version": 1,
//   "study": {"name": "demo", "directions": ["MINIMIZE"], ...},
//   "trials": [
//   {"number": 0, "state": "COMPLETE", "values": [0.5], "parameters": {"x": 0.5}, "distributions": {"x": {...}}, ...}
//   ]}
//
// A parameter's distribution is the one of the trial before that names it. Where trials stand on lines does not matter.
// Trials are read one at a time. Unknown members are an error: a newer program wrote the file, and what it says would
// be lost.
#pragma once

#include <istream>
#include <memory>
#include <string>

#include "studies/exchange/study_parts.h"

namespace parzen {

inline constexpr char kStudyJsonFormat[] = "parzen-study";
inline constexpr int kStudyJsonVersion = 1;
// One trial, or the study, may not be larger.
inline constexpr size_t kMaxJsonPartBytes = 64 << 20;

// `name` is for messages. Borrows `in`.
std::unique_ptr<StudyParts> ReadStudyJson(std::istream& in, const std::string& name);

}  // namespace parzen
