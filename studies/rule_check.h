// Every field of a message against its Rule, by reflection: missing fields, bounds, patterns, oneofs without a member,
// and text that is not UTF-8. Pure functions.
#pragma once

#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "studies/problem.h"

namespace parzen {

// `path` is where the message stands in the study ("train"; "" for the study itself). Fields and oneofs whose path is
// in `set_elsewhere` may be absent. An absent oneof is reported under the oneof's own name: "train.model".
void CheckRules(const google::protobuf::Message& message, absl::string_view path,
                const std::set<std::string>& set_elsewhere, ProblemList& problems);

}  // namespace parzen
