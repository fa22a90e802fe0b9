#include "coordinator/metric_artifacts.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
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

std::string ToJson(const PredictedRows& rows) {
  ordered_json json;
  json["class_name"] = std::vector<std::string>(rows.class_name().begin(), rows.class_name().end());
  if (rows.has_height()) json["height"] = rows.height();
  if (rows.has_width()) json["width"] = rows.width();
  json["row"] = ordered_json::array();
  for (const PredictedRow& row : rows.row()) {
    ordered_json& element = json["row"].emplace_back(ordered_json::object());
    element["row"] = row.row();
    element["label"] = row.label();
    element["predicted"] = row.predicted();
    element["probability"] = row.probability();
    if (row.has_image()) element["image"] = absl::Base64Escape(row.image());
  }
  return Text(json);
}

std::string ToJson(const DatasetSheet& sheet) {
  ordered_json json;
  json["class_name"] = std::vector<std::string>(sheet.class_name().begin(), sheet.class_name().end());
  json["learned"] = std::vector<int64_t>(sheet.learned().begin(), sheet.learned().end());
  json["measured"] = std::vector<int64_t>(sheet.measured().begin(), sheet.measured().end());
  if (sheet.has_height()) json["height"] = sheet.height();
  if (sheet.has_width()) json["width"] = sheet.width();
  json["row"] = ordered_json::array();
  for (const SheetRow& row : sheet.row()) {
    json["row"].push_back({{"row", row.row()}, {"label", row.label()}, {"image", absl::Base64Escape(row.image())}});
  }
  return Text(json);
}

std::string ToJson(const Activations& activations) {
  ordered_json json;
  json["class_name"] = std::vector<std::string>(activations.class_name().begin(), activations.class_name().end());
  json["row"] = std::vector<int64_t>(activations.row().begin(), activations.row().end());
  json["label"] = std::vector<int32_t>(activations.label().begin(), activations.label().end());
  return Text(json);
}

// NumPy's format, version 1.0: what the numbers are, padded to 64 bytes, then these.
std::string ToNpy(const Activations& activations) {
  constexpr size_t kBeforeHeader = 10, kAlignment = 64;
  std::string header = absl::StrCat("{'descr': '<f4', 'fortran_order': False, 'shape': (", activations.row_size(), ", ",
                                    activations.units(), "), }");
  header.append(kAlignment - (kBeforeHeader + header.size() + 1) % kAlignment, ' ');
  header += '\n';
  const auto size = static_cast<uint16_t>(header.size());
  std::string bytes("\x93NUMPY\x01\x00", kBeforeHeader - sizeof(size));
  bytes.append({static_cast<char>(size & 0xFF), static_cast<char>(size >> 8)});
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(activations.value().data()),
               static_cast<size_t>(activations.value_size()) * sizeof(float));
  return bytes;
}

ordered_json Images(const google::protobuf::RepeatedPtrField<std::string>& images) {
  ordered_json json = ordered_json::array();
  for (const std::string& image : images) json.push_back(absl::Base64Escape(image));
  return json;
}

std::vector<std::string> Texts(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

std::string ToJson(const FoundClusters& found) {
  ordered_json json;
  json["class_name"] = Texts(found.class_name());
  if (found.has_height()) json["height"] = found.height();
  if (found.has_width()) json["width"] = found.width();
  json["cluster"] = ordered_json::array();
  for (const FoundCluster& cluster : found.cluster()) {
    ordered_json& element = json["cluster"].emplace_back(ordered_json::object());
    element["rows"] = cluster.rows();
    element["rows_of_class"] = std::vector<int64_t>(cluster.rows_of_class().begin(), cluster.rows_of_class().end());
    if (cluster.has_center()) element["center"] = absl::Base64Escape(cluster.center());
    if (cluster.image_size() > 0) element["image"] = Images(cluster.image());
  }
  if (found.drawn_size() > 0) json["drawn"] = Images(found.drawn());
  return Text(json);
}

std::string ToJson(const PlacedRows& places) {
  ordered_json json;
  json["class_name"] = Texts(places.class_name());
  json["dimensions"] = places.dimensions();
  json["row"] = std::vector<int64_t>(places.row().begin(), places.row().end());
  json["label"] = std::vector<int32_t>(places.label().begin(), places.label().end());
  json["value"] = Short({places.value().begin(), places.value().end()});
  if (places.has_height()) json["height"] = places.height();
  if (places.has_width()) json["width"] = places.width();
  json["shown"] = std::vector<int32_t>(places.shown().begin(), places.shown().end());
  json["image"] = Images(places.image());
  return Text(json);
}

std::string ToJson(const ComponentViews& views) {
  ordered_json json;
  json["explained"] = Short(views.explained());
  if (views.has_height()) json["height"] = views.height();
  if (views.has_width()) json["width"] = views.width();
  json["component"] = Images(views.component());
  json["original"] = Images(views.original());
  json["reconstruction"] = ordered_json::array();
  for (const ComponentViews::Reconstruction& reconstruction : views.reconstruction()) {
    json["reconstruction"].push_back(
        {{"components", reconstruction.components()}, {"image", Images(reconstruction.image())}});
  }
  return Text(json);
}

void AppendUnlabelled(const std::string& prefix, const TrainMetrics& metrics, std::vector<MetricArtifact>& artifacts) {
  if (metrics.has_clusters()) artifacts.push_back({prefix + "clusters.json", ToJson(metrics.clusters())});
  if (metrics.has_places()) artifacts.push_back({prefix + "places.json", ToJson(metrics.places())});
  if (metrics.has_components()) artifacts.push_back({prefix + "components.json", ToJson(metrics.components())});
}

void AppendRows(const std::string& prefix, const TrainMetrics& metrics, std::vector<MetricArtifact>& artifacts) {
  if (metrics.has_predicted_rows()) {
    artifacts.push_back({prefix + "predictions.json", ToJson(metrics.predicted_rows())});
  }
  const Activations& activations = metrics.activations();
  if (activations.value_size() != int64_t{activations.row_size()} * activations.units()) return;  // a worker's nonsense
  if (!metrics.has_activations()) return;
  artifacts.push_back({prefix + "activations.npy", ToNpy(activations), "application/octet-stream"});
  artifacts.push_back({prefix + "activations.json", ToJson(activations)});
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
  AppendRows("", metrics, artifacts);
  AppendUnlabelled("", metrics, artifacts);
  return artifacts;
}

std::vector<MetricArtifact> ArtifactsOfFinal(const TrainMetrics& metrics) {
  std::vector<MetricArtifact> artifacts;
  AppendPart("test", metrics.test(), artifacts);
  if (metrics.epoch_size() > 0) artifacts.push_back({"final_epochs.json", ToJson(metrics.epoch())});
  AppendRows("test_", metrics, artifacts);
  AppendUnlabelled("final_", metrics, artifacts);
  if (metrics.has_dataset()) artifacts.push_back({"final_dataset.json", ToJson(metrics.dataset())});
  return artifacts;
}

TrainMetrics WithoutRows(const TrainMetrics& metrics) {
  TrainMetrics without = metrics;
  without.clear_predicted_rows();
  without.clear_activations();
  without.clear_clusters();
  without.clear_places();
  without.clear_components();
  without.clear_dataset();
  return without;
}

}  // namespace parzen
