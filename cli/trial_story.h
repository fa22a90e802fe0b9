// What became of a trial, told in order: its attempts with their workers, how they ended and why, what else happened,
// and what happens next. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "cli/table.h"
#include "proto/study.pb.h"

namespace parzen {

struct StoryLine {
  std::string time;    // UTC, as in TrialRecord; "" where nobody wrote it down
  std::string what;    // "attempt 1 began on alice (host a)"
  std::string detail;  // a reason, perhaps of many lines; "" without
};

// Oldest first. `trial`: as asked for by its number, with attempts, events and system attributes.
std::vector<StoryLine> TrialStory(const TrialRecord& trial);

// "attempt 2 will be given to the next free worker; it fails when 3 are lost".
std::string WhatIsNext(const StudySummary& study, const TrialRecord& trial);

// For people; details stand indented below their line.
std::string RenderStory(const StudySummary& study, const TrialRecord& trial);
// For programs: one row a line of the story, what is next last.
Table StoryTable(const StudySummary& study, const TrialRecord& trial);

}  // namespace parzen
