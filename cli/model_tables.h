// What `parzen model` prints of a saved model and of rows that it is asked about, as tables. Pure functions.
#pragma once

#include "absl/status/statusor.h"
#include "cli/table.h"
#include "proto/model.pb.h"
#include "worker/dataset.h"
#include "worker/models/model.h"

namespace parzen {

// One row of data: what is predicted, and of a classifier the probability of each class; of a support vector machine
// that has learned none its share of the votes.
Table PredictionTable(const FeatureMatrix& predictions, const ModelHeader& header);

// One row of data: what is predicted, and the decision values, each above 0 for its first class.
Table DecisionTable(const FeatureMatrix& predictions, const Model::Decisions& decisions, const PreparedNotes& notes);

// One row of data: how far it comes back from where it was, as the root of the mean squared difference over its values
// that are not missing (null: all are), and its features as they come back. Requires: matrices of the same size.
Table ReconstructionTable(const FeatureMatrix& rows, const FeatureMatrix& reconstructed, const PreparedNotes& notes);

// How well each class of the rows that it was measured on is predicted. NotFound: there are no classes.
absl::StatusOr<Table> ClassTable(const TrainMetrics& metrics);

// What features are worth to the model, the most worthy first. People are not shown those that are worth nothing.
// NotFound: nothing is known of it.
absl::StatusOr<Table> FeatureTable(const ModelHeader& header, Format format);

}  // namespace parzen
