// Studies as tables: which columns there are, and what stands in them. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "cli/table.h"
#include "proto/study.pb.h"
#include "studies/reports/history.h"

namespace parzen {

// One row a study: everything for programs, and what people look for.
Table StudyTable(const std::vector<StudySummary>& studies);
Table ShortStudyTable(const std::vector<StudySummary>& studies);

// One row: everything known of the study but its trials.
Table StudyRecord(const StudySummary& study);

// One row a parameter of the search space, for people.
Table SpaceTable(const StudySpec& spec);

// Trials in a final state.
int64_t FinishedTrials(const StudySummary& study);

// Whether it is finished with less than its budget: each point of its space was tried.
bool EndedByItsSpace(const StudySummary& study);

// "MAXIMIZE validation_accuracy", one an objective.
std::string DescribeObjectives(const StudySummary& study);

// The best trial's value; null without one.
Cell BestValue(const StudySummary& study);

}  // namespace parzen
