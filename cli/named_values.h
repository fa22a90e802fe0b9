// Named JSON values of trials (parameters, metrics, attributes) as cells and columns. Pure functions.
#pragma once

#include <set>
#include <string>
#include <utility>

#include "cli/table.h"
#include "proto/study.pb.h"
#include "proto/train.pb.h"

namespace parzen {

using NamedValues = google::protobuf::RepeatedPtrField<NamedJson>;

// The value of that name; null when there is none.
Cell FindNamed(const NamedValues& values, const std::string& name);

// Every scalar metric under its name ("test_accuracy").
NamedValues MetricValues(const TrainMetrics& metrics);

// "trees = 120".
std::string DescribeNamed(const NamedJson& value);

// null for an empty text.
Cell TextOrNull(const std::string& text);

// Makes names of columns differ. Threads: externally synchronised.
class ColumnNames {
 public:
  // `fixed` names are taken from the start.
  explicit ColumnNames(std::set<std::string> fixed) : taken_(std::move(fixed)) {}

  // The name itself, or PREFIX_NAME when it is taken; taken from now on. Requires: the prefix is not empty.
  std::string Take(const std::string& name, const std::string& prefix);

 private:
  std::set<std::string> taken_;
};

}  // namespace parzen
