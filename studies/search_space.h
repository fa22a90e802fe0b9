// A study's search space: its parameters as distributions, which of them exist at a point, and how a point becomes the
// message that is trained. Compiled once from a checked StudySpec. Threads: immutable.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/study.pb.h"
#include "proto/train.pb.h"
#include "studies/axis.h"
#include "studies/distribution.h"
#include "studies/field_path.h"
#include "studies/space_compiler.h"

namespace parzen {

struct NamedDistribution {
  std::string name;
  Distribution distribution;
};

// A Point has one value a parameter, in internal form and in the space's order; nullopt where a `when` makes the
// parameter absent.
class SearchSpace {
 public:
  // InvalidArgument, with every problem in the message, for parameters that CheckStudySpec would refuse.
  static absl::StatusOr<SearchSpace> Create(const StudySpec& spec);
  // Of parameters without conditions, which set no field: those of a study that has no spec. InvalidArgument when a
  // name occurs twice, or there are more than kMaxParameters.
  static absl::StatusOr<SearchSpace> FromDistributions(std::vector<NamedDistribution> parameters);

  size_t size() const { return parameters_.size(); }
  const std::string& name(size_t i) const { return parameters_[i].name; }
  const Distribution& distribution(size_t i) const { return parameters_[i].distribution; }
  // What samplers see of parameter i: one value only where the study fixes it.
  const Axis& axis(size_t i) const { return parameters_[i].axis; }
  std::optional<size_t> Find(absl::string_view name) const;

  // Parameters in an order in which every condition only looks back.
  const std::vector<size_t>& activation_order() const { return activation_order_; }

  // Whether parameter i exists, given the values of the parameters before it in activation_order().
  bool IsActive(size_t i, const Point& point) const;
  // What must hold for that.
  const std::vector<ActivationTest>& conditions(size_t i) const { return parameters_[i].when; }

  // OK when exactly the active parameters have values, and each is contained in its distribution.
  absl::Status Check(const Point& point) const;

  // Points that the study file asks to try first, or parts of them.
  const std::vector<Point>& enqueued() const { return enqueued_; }

  // Writes the point's values into a copy of the study's TrainSpec. Internal if the point fails Check. Requires: the
  // study trains.
  absl::StatusOr<TrainSpec> Apply(const Point& point) const;

  // The external form of parameter i's value, as JSON.
  std::string ToJson(size_t i, double internal) const { return ValueToJson(distribution(i), internal); }

 private:
  struct Parameter {
    std::string name;
    std::optional<FieldPath> path;  // of a study that trains
    Distribution distribution;
    Axis axis;
    std::vector<ActivationTest> when;  // all must hold
  };

  TrainSpec base_;
  std::vector<Parameter> parameters_;
  std::unordered_map<std::string, size_t> index_of_;  // by name
  std::vector<size_t> activation_order_;
  std::vector<Point> enqueued_;
};

}  // namespace parzen
