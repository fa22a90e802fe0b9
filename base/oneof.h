// Which member of a oneof a message has. Pure functions.
#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace parzen {

// The member's name; `absent` when none is set. Requires: the message has a oneof of that name.
std::string ChosenMember(const google::protobuf::Message& message, const std::string& oneof,
                         const std::string& absent = "");

}  // namespace parzen
