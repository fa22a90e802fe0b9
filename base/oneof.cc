#include "base/oneof.h"

namespace parzen {

std::string ChosenMember(const google::protobuf::Message& message, const std::string& oneof,
                         const std::string& absent) {
  const google::protobuf::FieldDescriptor* const chosen =
      message.GetReflection()->GetOneofFieldDescriptor(message, message.GetDescriptor()->FindOneofByName(oneof));
  return chosen == nullptr ? absent : chosen->name();
}

}  // namespace parzen
