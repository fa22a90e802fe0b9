#include "worker/models/networks/network_plan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "google/protobuf/descriptor.h"
#include "proto/rule.pb.h"
#include "worker/models/networks/layers.h"

namespace parzen {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Floats: 2 GiB of weights, to which gradients and what the optimizer remembers of them come; 4 GiB of a batch.
constexpr int64_t kMostWeights = int64_t{1} << 29;
constexpr int64_t kMostValues = int64_t{1} << 30;
// What a layer keeps of its outputs, at the most: these, normalised, before GELU, and which were dropped; and
// gradients.
constexpr int64_t kValuesOfLayer = 5;
// Weights of a convolution are kept, turned round, and summed up as gradients in eight parts of a batch; all that as 4
// x 4 numbers for each kernel of 3 x 3 that is used pixel by pixel.
constexpr int64_t kCopiesOfKernels = 10;
constexpr int64_t kCopiesOfSmallKernels = 20;

absl::Status CheckNumber(const std::string& path, const Rule& rule, double value) {
  const auto wrong = [&](absl::string_view bound, double right) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", value, " is not ", bound, " ", right));
  };
  if (rule.has_min() && !(value >= rule.min())) return wrong("at least", rule.min());
  if (rule.has_max() && !(value <= rule.max())) return wrong("at most", rule.max());
  if (rule.has_above() && !(value > rule.above())) return wrong("above", rule.above());
  if (rule.has_below() && !(value < rule.below())) return wrong("below", rule.below());
  return absl::OkStatus();
}

absl::Status CheckField(const std::string& path, const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  const Rule& rule = field.options().GetExtension(parzen::rule);
  const int count = field.is_repeated() ? reflection.FieldSize(message, &field) : 1;
  for (int i = 0; i < count; ++i) {
    const std::string at = field.is_repeated() ? absl::StrCat(path, "[", i, "]") : path;
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      RETURN_IF_ERROR(CheckNetworkOptions(at, field.is_repeated() ? reflection.GetRepeatedMessage(message, &field, i)
                                                                  : reflection.GetMessage(message, &field)));
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
      RETURN_IF_ERROR(CheckNumber(at, rule,
                                  field.is_repeated() ? reflection.GetRepeatedInt32(message, &field, i)
                                                      : reflection.GetInt32(message, &field)));
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
      RETURN_IF_ERROR(CheckNumber(at, rule, reflection.GetDouble(message, &field)));
    }
  }
  return absl::OkStatus();
}

// Adds layers, each to what the one before gives.
class Planner {
 public:
  explicit Planner(const NetworkEnds& ends) : rows_(ends.rows), shape_(ends.input) {}

  void Add(std::unique_ptr<Layer> layer) {
    shape_ = layer->output();
    layers_.push_back(std::move(layer));
  }
  // What follows the products of a layer.
  void AddActivation(Activation kind) {
    if (kind != LINEAR) Add(MakeActivation(shape_, kind, rows_));
  }
  void AddDropout(double share) {
    if (share > 0) Add(MakeDropout(shape_, share, layers_.size(), rows_));
  }
  absl::Status AddDense(absl::string_view name, int64_t units, Activation activation, double dropout, bool batch_norm) {
    RETURN_IF_ERROR(TakeWeights(name, shape_.values(), units, 1));
    RETURN_IF_ERROR(TakeValues(name, LayerShape(1, 1, units).row_stride(), kValuesOfLayer));
    Add(MakeDense(shape_, units));
    if (batch_norm) Add(MakeBatchNorm(shape_, rows_));
    AddActivation(activation);
    AddDropout(dropout);
    return absl::OkStatus();
  }
  absl::Status AddBlock(absl::string_view name, const ConvolutionBlock& block) {
    RETURN_IF_ERROR(TakeBlock(name, block));
    // The largest value stays the largest behind a monotone activation: then the pool comes first, with less to do.
    const bool pool_first = block.pool() > 1 && block.pooling() == ConvolutionBlock::MAXIMUM && !block.batch_norm() &&
                            IsMonotone(block.activation());
    Add(MakeConvolution(
        shape_, {block.channels(), block.kernel(), block.stride(), block.padding(), pool_first ? block.pool() : 1},
        rows_));
    if (block.batch_norm()) Add(MakeBatchNorm(shape_, rows_));
    AddActivation(block.activation());
    if (block.pool() > 1 && !pool_first) Add(MakePooling(shape_, block.pooling(), block.pool(), rows_));
    AddDropout(block.dropout());
    return absl::OkStatus();
  }
  Layers Take() { return std::move(layers_); }

 private:
  absl::Status TakeBlock(absl::string_view name, const ConvolutionBlock& block) {
    const int64_t height = shape_.height + 2 * block.padding(), width = shape_.width + 2 * block.padding();
    if (block.kernel() > std::min(height, width)) {
      return absl::InvalidArgumentError(absl::StrCat(name, ".kernel: ", block.kernel(), " is more than the ", height,
                                                     " x ", width, " pixels that are left"));
    }
    const int64_t rows = (height - block.kernel()) / block.stride() + 1;
    const int64_t columns = (width - block.kernel()) / block.stride() + 1;
    if (block.pool() > std::min(rows, columns)) {
      return absl::InvalidArgumentError(absl::StrCat(name, ".pool: ", block.pool(), " is more than the ", rows, " x ",
                                                     columns, " pixels that are left"));
    }
    const int64_t inputs = int64_t{block.kernel()} * block.kernel() * shape_.channels;
    const bool is_small = block.kernel() == 3 && block.stride() == 1;
    RETURN_IF_ERROR(TakeWeights(name, inputs, block.channels(), is_small ? kCopiesOfSmallKernels : kCopiesOfKernels));
    return TakeValues(name, LayerShape(rows, columns, block.channels()).row_stride(), kValuesOfLayer);
  }
  // Before a layer is made: it takes its memory at once.
  absl::Status TakeWeights(absl::string_view name, int64_t inputs, int64_t outputs, int64_t copies) {
    const int64_t each = LayerShape(1, 1, outputs).row_stride() * copies;
    if (inputs >= (kMostWeights - weights_) / each) {
      return absl::InvalidArgumentError(absl::StrCat(name, ": with ", inputs, " inputs and ", outputs,
                                                     " outputs the network has more than the ", kMostWeights,
                                                     " weights and gradients that there may be"));
    }
    weights_ += (inputs + 1) * each;
    return absl::OkStatus();
  }
  absl::Status TakeValues(absl::string_view name, int64_t per_row, int64_t copies) {
    if (per_row > (kMostValues - values_) / copies / rows_) {
      return absl::InvalidArgumentError(absl::StrCat(name, ": a batch of ", rows_, " rows has more than ", kMostValues,
                                                     " values up to this layer; a smaller batch_size takes less"));
    }
    values_ += per_row * copies * rows_;
    return absl::OkStatus();
  }

  const int64_t rows_;
  Shape shape_;
  Layers layers_;
  int64_t weights_ = 0;
  int64_t values_ = 0;
};

// How many of a list's elements count.
template <typename Options>
int Used(int count, bool limited, const Options& limit) {
  return limited ? std::min<int>(count, limit) : count;
}

}  // namespace

absl::Status CheckNetworkOptions(absl::string_view name, const Message& options) {
  for (int i = 0; i < options.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *options.GetDescriptor()->field(i);
    const bool absent = !field.is_repeated() && !options.GetReflection()->HasField(options, &field);
    if (!absent) RETURN_IF_ERROR(CheckField(absl::StrCat(name, ".", field.name()), options, field));
  }
  return absl::OkStatus();
}

absl::Status CheckTraining(absl::string_view name, const Training& training) {
  if (!training.sgd().nesterov() || training.sgd().momentum() > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(name, ".training.sgd: nesterov needs a momentum, as in \"sgd { nesterov: true momentum: 0.9 }\""));
}

absl::Status CheckUsed(absl::string_view limit, int64_t asked, absl::string_view list, int64_t listed) {
  if (asked <= listed) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(limit, ": ", asked, " is more than the ", listed, " of ", list, "; list as many as may ever count"));
}

absl::StatusOr<Layers> PlanLayers(const Mlp& options, const NetworkEnds& ends) {
  Planner planner(ends);
  for (int i = 0; i < Used(options.hidden_size(), options.has_layers(), options.layers()); ++i) {
    RETURN_IF_ERROR(planner.AddDense(absl::StrCat("mlp.hidden[", i, "]"), options.hidden(i), options.activation(),
                                     options.dropout(), options.batch_norm()));
  }
  RETURN_IF_ERROR(planner.AddDense("mlp, its outputs", ends.outputs, LINEAR, 0, false));
  return planner.Take();
}

absl::StatusOr<Layers> PlanLayers(const Cnn& options, const NetworkEnds& ends) {
  Planner planner(ends);
  for (int i = 0; i < Used(options.block_size(), options.has_blocks(), options.blocks()); ++i) {
    RETURN_IF_ERROR(planner.AddBlock(absl::StrCat("cnn.block[", i, "]"), options.block(i)));
  }
  for (int i = 0; i < options.dense_size(); ++i) {
    const DenseLayer& dense = options.dense(i);
    RETURN_IF_ERROR(planner.AddDense(absl::StrCat("cnn.dense[", i, "]"), dense.units(), dense.activation(),
                                     dense.dropout(), dense.batch_norm()));
  }
  RETURN_IF_ERROR(planner.AddDense("cnn, its outputs", ends.outputs, LINEAR, 0, false));
  return planner.Take();
}

}  // namespace parzen
