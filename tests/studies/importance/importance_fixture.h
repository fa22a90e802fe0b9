// Tables of trials to evaluate, made in the test's own words.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "studies/distribution.h"
#include "studies/importance/importance.h"

namespace parzen {

Distribution Float(double low, double high);
Distribution LogFloat(double low, double high);
Distribution SteppedFloat(double low, double high, double step);
Distribution Int(int64_t low, int64_t high, int64_t step = 1);
Distribution LogInt(int64_t low, int64_t high);
// Choices c0, c1, ...
Distribution Categories(int64_t count);

// One domain; nullopt where a trial does not have the parameter.
ImportanceColumn Column(absl::string_view name, const Distribution& distribution,
                        const std::vector<std::optional<double>>& values);

// A parameter of a random study: present in every `every`-th trial.
struct Drawn {
  std::string name;
  Distribution distribution;
  int64_t every = 1;
};

// `trials` uniform points; the target sees one trial's places on the unit axis, by column (0 where absent).
ImportanceData RandomStudy(const std::vector<Drawn>& parameters, size_t trials,
                           const std::function<double(absl::Span<const double> unit)>& target, int64_t seed = 1);

// The complete trials of the study in tpe_golden.json, in the order x, lr, i, c.
ImportanceData GoldenStudy();
// What Optuna made of it: the study's entry of that name.
std::map<std::string, double> GoldenNumbers(const std::string& entry);

// Reads ImportanceSpec's text form.
ImportanceSpec Evaluator(const std::string& text);

// Amounts by name, as the evaluator says them; a failed expectation when it fails.
std::map<std::string, double> Amounts(const ImportanceData& data, const std::string& evaluator, uint64_t seed = 0);
// Shares by name.
std::map<std::string, double> Shares(const ImportanceData& data, const std::string& evaluator, uint64_t seed = 0);

}  // namespace parzen
