// A language for tests of study files: a good study, changed in one place, and what is said about it.
#pragma once

#include <string>

#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "studies/study_file.h"

namespace parzen {

// Uses what a study file can: conditions, a chosen model, every kind of domain, comments, lists and separators.
inline constexpr char kGoodStudy[] = R"(# line 1
name: "good"
objective { metric: "validation_accuracy" direction: MAXIMIZE }
train {
  dataset { idx { images: "i" labels: "l" } }
  split { validation: 0.25 }
  transform { scale { divide_by: 255 } }
  random_forest { trees: 50 }
}
parameter { name: "model" sets: "model" categorical { choice: "random_forest" choice: "decision_tree" } }
parameter {
  name: "trees" sets: "random_forest.trees"
  int { low: 10 high: 90 step: 20 }
  when { parameter: "model" equals: "random_forest" }
}
parameter {
  name: "scale" sets: "transform[0].scale.divide_by"
  float { low: 1 high: 1000 log: true }
}
parameter {
  name: "depth" sets: "decision_tree.max_depth"
  int { low: 1 high: 9 }
  when { parameter: "model" one_of { value: ["decision_tree"] } }
  when { parameter: "scale" at_least: 10 }
}
search { sampler { random {} } trials: 7; seed: 3 }
)";

// The good study with `from`, which must be in it, replaced by `to`.
inline std::string Changed(const std::string& from, const std::string& to) {
  std::string text = kGoodStudy;
  EXPECT_NE(text.find(from), std::string::npos) << from;
  return absl::StrReplaceAll(text, {{from, to}});
}

// All that is said about a text; "" when it is good.
inline std::string Complaints(const std::string& text) {
  return std::string(ParseStudyFile(text, "f").status().message());
}

}  // namespace parzen
