// Values that someone gives to parameters of a study, as text: checked against the study's search space; for studies
// that other programs made, against what values the parameters had there. Threads: as the store.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/repeated_field.h"
#include "proto/study.pb.h"
#include "studies/store/store.h"

namespace parzen {

struct GivenValue {
  std::string parameter;
  std::string json;                // as users see it
  std::optional<double> internal;  // absent where no distribution is known
};

// In the order in which they are given. InvalidArgument: an unknown name (and the closest that is known), a value that
// the parameter cannot have (and which it can), a parameter that cannot exist beside the other values, or one twice.
absl::StatusOr<std::vector<GivenValue>> ReadGivenValues(Store& store, const StoredStudy& study,
                                                        const google::protobuf::RepeatedPtrField<FixedValue>& set);

// {"c": 0.5, "kernel": "RBF"}.
std::string ToFixedParams(const std::vector<GivenValue>& values);

// Whether what ToFixedParams made says just these values.
bool SameFixedParams(const std::string& stored, const std::vector<GivenValue>& values);

// The oldest trial that was enqueued with exactly these values, or has exactly them; nullopt when there is none.
absl::StatusOr<std::optional<int64_t>> FindTrialWith(Store& store, int64_t study_id,
                                                     const std::vector<GivenValue>& values);

}  // namespace parzen
