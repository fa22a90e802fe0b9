// A study as the page reads it (web/src/data.ts): in reports, and where it is watched. Pure functions.
#pragma once

#include <functional>
#include <string>

#include "nlohmann/json.hpp"
#include "proto/study.pb.h"
#include "studies/reports/plots/plot.h"

namespace parzen {

// What is known without its trials: name, counts, best, times, objectives.
nlohmann::ordered_json SummaryJson(const StudySummary& study);
nlohmann::ordered_json TrialJson(const TrialRecord& trial);
// What the values of each parameter may be, [{"name", "kind": "float", "int" or "categorical", "low", "high", "log",
// "step" or "choices", "when": what must hold for it to exist, in words}]; [] of a study that others made.
nlohmann::ordered_json SpaceJson(const StudySummary& study);
// {"parameters", "metrics", "trials"}: some trials, and what they have.
nlohmann::ordered_json TrialsJson(const Trials& trials);
// The same of a study, of too many trials some, with {"notes"} on what is left out.
nlohmann::ordered_json TrialsJson(const StudySnapshot& snapshot);
// Every plot that is registered, by name. Stops between two of them when `goes_on` says false: those are then missing.
nlohmann::ordered_json PlotsJson(const StudySnapshot& snapshot, const std::function<bool()>& goes_on = nullptr);
// All of these.
nlohmann::ordered_json StudyJson(const StudySnapshot& snapshot);

// As text of ASCII alone; bytes that are no UTF-8 become U+FFFD.
std::string JsonText(const nlohmann::ordered_json& json);

}  // namespace parzen
