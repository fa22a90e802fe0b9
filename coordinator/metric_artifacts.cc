#include "coordinator/metric_artifacts.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/repeated_field.h"
#include "nlohmann/json.hpp"

namespace parzen {
namespace {

using nlohmann::ordered_json;

std::string Text(const ordered_json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/true, ordered_json::error_handler_t::replace);
}

std::string ToJson(const ConfusionMatrix& confusion) {
  ordered_json json;
  json["class_name"] = std::vector<std::string>(confusion.class_name().begin(), confusion.class_name().end());
  json["count"] = std::vector<int64_t>(confusion.count().begin(), confusion.count().end());
  return Text(json);
}

std::string ToJson(const google::protobuf::RepeatedPtrField<ClassMetrics>& classes) {
  ordered_json json = ordered_json::array();
  for (const ClassMetrics& metrics : classes) {
    json.push_back({{"name", metrics.name()},
                    {"precision", metrics.precision()},
                    {"recall", metrics.recall()},
                    {"f1", metrics.f1()},
                    {"support", metrics.support()}});
  }
  return Text(json);
}

std::string ToJson(const google::protobuf::RepeatedPtrField<EpochMetrics>& epochs) {
  ordered_json json = ordered_json::array();
  for (const EpochMetrics& epoch : epochs) {
    ordered_json& element = json.emplace_back(ordered_json::object());
    for (int i = 0; i < epoch.GetDescriptor()->field_count(); ++i) {
      const google::protobuf::FieldDescriptor* const field = epoch.GetDescriptor()->field(i);
      if (!epoch.GetReflection()->HasField(epoch, field)) continue;
      element[field->name()] = epoch.GetReflection()->GetDouble(epoch, field);
    }
  }
  return Text(json);
}

// Six digits: there may be thousands of features in each of thousands of trials.
ordered_json Short(const google::protobuf::RepeatedField<double>& values) {
  ordered_json json = ordered_json::array();
  for (const double value : values) {
    double rounded = 0;
    if (!absl::SimpleAtod(absl::StrFormat("%.6g", value), &rounded)) rounded = value;
    json.push_back(rounded);
  }
  return json;
}

void AppendPart(const std::string& part, const PartMetrics& metrics, std::vector<MetricArtifact>& artifacts) {
  if (metrics.has_confusion()) artifacts.push_back({part + "_confusion.json", ToJson(metrics.confusion())});
  if (metrics.of_class_size() > 0) artifacts.push_back({part + "_classes.json", ToJson(metrics.of_class())});
}

}  // namespace

std::vector<MetricArtifact> ArtifactsOf(const TrainMetrics& metrics) {
  std::vector<MetricArtifact> artifacts;
  AppendPart("train", metrics.train(), artifacts);
  AppendPart("validation", metrics.validation(), artifacts);
  ordered_json importance;
  if (metrics.feature_importance_size() > 0) importance["impurity"] = Short(metrics.feature_importance());
  if (metrics.permutation_importance_size() > 0) {
    importance["permutation"] = Short(metrics.permutation_importance());
    importance["permutation_deviation"] = Short(metrics.permutation_importance_deviation());
  }
  if (!importance.empty()) artifacts.push_back({"feature_importance.json", Text(importance)});
  if (metrics.epoch_size() > 0) artifacts.push_back({"epochs.json", ToJson(metrics.epoch())});
  return artifacts;
}

}  // namespace parzen
