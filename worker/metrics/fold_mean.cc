#include "worker/metrics/fold_mean.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "google/protobuf/message.h"

namespace parzen {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Messages = std::vector<const Message*>;

void Merge(const Messages& folds, Message& mean);

void MergeField(const Messages& folds, const FieldDescriptor& field, Message& mean) {
  const Reflection& reflection = *mean.GetReflection();
  double sum = 0;
  int64_t count = 0;
  Messages parts;
  for (const Message* fold : folds) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) sum += reflection.GetDouble(*fold, &field);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT64) count += reflection.GetInt64(*fold, &field);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) parts.push_back(&reflection.GetMessage(*fold, &field));
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const bool summed = absl::EndsWith(field.name(), "_seconds");
      return reflection.SetDouble(&mean, &field, summed ? sum : sum / static_cast<double>(folds.size()));
    }
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.SetInt64(&mean, &field, count);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Merge(parts, *reflection.MutableMessage(&mean, &field));
    default:
      return reflection.SetString(&mean, &field, reflection.GetString(*folds[0], &field));
  }
}

// Element by element.
void MergeRepeated(const Messages& folds, const FieldDescriptor& field, Message& mean) {
  const Reflection& reflection = *mean.GetReflection();
  for (int i = 0; i < reflection.FieldSize(*folds[0], &field); ++i) {
    double sum = 0;
    int64_t count = 0;
    Messages parts;
    for (const Message* fold : folds) {
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) sum += reflection.GetRepeatedDouble(*fold, &field, i);
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT64) count += reflection.GetRepeatedInt64(*fold, &field, i);
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        parts.push_back(&reflection.GetRepeatedMessage(*fold, &field, i));
      }
    }
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_DOUBLE:
        reflection.AddDouble(&mean, &field, sum / static_cast<double>(folds.size()));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection.AddInt64(&mean, &field, count);
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        Merge(parts, *reflection.AddMessage(&mean, &field));
        break;
      default:
        reflection.AddString(&mean, &field, reflection.GetRepeatedString(*folds[0], &field, i));
    }
  }
}

// What all of them have.
void Merge(const Messages& folds, Message& mean) {
  const Reflection& reflection = *mean.GetReflection();
  for (int i = 0; i < mean.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *mean.GetDescriptor()->field(i);
    const auto has = [&](const Message* fold) {
      return field.is_repeated() ? reflection.FieldSize(*fold, &field) == reflection.FieldSize(*folds[0], &field)
                                 : reflection.HasField(*fold, &field);
    };
    if (!std::all_of(folds.begin(), folds.end(), has)) continue;
    field.is_repeated() ? MergeRepeated(folds, field, mean) : MergeField(folds, field, mean);
  }
}

}  // namespace

TrainMetrics MeanOfFolds(absl::Span<const TrainMetrics> folds) {
  Messages messages;
  for (const TrainMetrics& fold : folds) messages.push_back(&fold);
  TrainMetrics mean;
  Merge(messages, mean);
  return mean;
}

}  // namespace parzen
