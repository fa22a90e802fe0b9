// The body of an action over HTTP: one JSON object with members that are known by name. Immutable; threads: any.
//
// Errors: InvalidArgument, which names the member and says what it must be.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/repeated_field.h"
#include "nlohmann/json.hpp"
#include "proto/study.pb.h"

namespace parzen {

class ActionBody {
 public:
  // No other members than these may be there, and none twice. Requires: the text's length is bounded.
  static absl::StatusOr<ActionBody> Read(const std::string& text, const std::vector<std::string>& known);

  // Text that must be there, and is not empty.
  absl::StatusOr<std::string> Text(const std::string& name) const;
  // The same, "" when it is not there.
  absl::StatusOr<std::string> OptionalText(const std::string& name) const;
  // A whole number that must be there.
  absl::StatusOr<int64_t> Number(const std::string& name) const;
  // False when it is not there.
  absl::StatusOr<bool> OptionalFlag(const std::string& name) const;
  // {"c": 0.5, "kernel": "RBF"}: parameters with values as a study file writes them, 0.5 and "0.5" being the same.
  absl::StatusOr<google::protobuf::RepeatedPtrField<FixedValue>> Values(const std::string& name) const;

 private:
  explicit ActionBody(nlohmann::json object) : object_(std::move(object)) {}

  // nullptr when it is not there, or null.
  const nlohmann::json* Find(const std::string& name) const;

  nlohmann::json object_;
};

}  // namespace parzen
