#include "studies/base_study.h"

#include <memory>
#include <vector>

#include "google/protobuf/message.h"

namespace parzen {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void PutOver(const Message& over, Message& message) {
  const Reflection& reflection = *over.GetReflection();
  std::vector<const FieldDescriptor*> given;
  reflection.ListFields(over, &given);
  for (const FieldDescriptor* const field : given) {
    if (!field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      PutOver(reflection.GetMessage(over, field), *reflection.MutableMessage(&message, field));
      continue;
    }
    // MergeFrom adds to lists, and knows every type: it gets this field alone.
    const std::unique_ptr<Message> alone(over.New());
    alone->CopyFrom(over);
    for (const FieldDescriptor* const other : given) {
      if (other != field) reflection.ClearField(alone.get(), other);
    }
    reflection.ClearField(&message, field);
    message.MergeFrom(*alone);
  }
}

}  // namespace

TrainSpec OnTopOf(const TrainSpec& under, const TrainSpec& over) {
  TrainSpec train = under;
  PutOver(over, train);
  return train;
}

void PutOnBase(const BaseTrial& trial, StudySpec& spec) {
  *spec.mutable_train() = OnTopOf(trial.train, spec.train());
  spec.mutable_base()->set_trial(trial.number);
}

}  // namespace parzen
