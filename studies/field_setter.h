// Setting a field by reflection. Pure function.
#pragma once

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "studies/distribution.h"

namespace parzen {

// Sets a scalar field of `message` or, with an index that it has, that element of a list. Internal: a value of another
// type.
absl::Status SetFieldValue(const google::protobuf::FieldDescriptor& field, int index, const Choice& value,
                           google::protobuf::Message& message);

}  // namespace parzen
