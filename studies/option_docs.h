// The documentation of every option, from the comments of the protos themselves: what `parzen model show` prints.
// Pure functions over the descriptors embedded in the binary.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parzen {

// One field of a message, or of one inside it.
struct OptionDoc {
  std::string name;      // as a parameter's `sets` has it: "max_depth", "training.epochs"; of a list "hidden[]"
  std::string type;      // "int", "float", "text", "bool", "GINI | ENTROPY", "message Scale", "list of messages"
  std::string fallback;  // the default as written in a study file; "" when there is none
  std::string accepts;   // its Rule in words: "1 to 100000", "> 0", "all, sqrt, ..."; "" when anything goes
  std::string meaning;   // its comment
};

// One member of a oneof: a model, a sampler, a dataset format.
struct KindDoc {
  std::string name;     // as in a study file: "random_forest"
  std::string meaning;  // its message's comment
  std::vector<OptionDoc> options;
};

// Members of the oneof `oneof` in the message `message` ("TrainSpec", "model"), in the order of the proto.
// Requires: both exist.
std::vector<KindDoc> DescribeKinds(absl::string_view message, absl::string_view oneof);

// One of them. NotFound suggests the closest name; `what` ("model") names the kind in the error.
absl::StatusOr<KindDoc> DescribeKind(absl::string_view message, absl::string_view oneof, absl::string_view name,
                                     absl::string_view what);

}  // namespace parzen
