// The plots of a report, and its confusion matrix and its dataset, as pictures: drawn by the page's own code in a
// browser of this machine (Chromium or Chrome), which is run without a window and without a network.
//
// What happens when it fails: no browser is found, or it does not end in time, or says nothing of use: one error that
// says so, and no file is written. Threads: any, on different folders.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/stop.h"
#include "cli/report_file.h"

namespace parzen {

enum class PictureFormat { kSvg, kPng };

// One file a plot that has something to draw: PLOT.svg; of several studies in a folder for each. Makes the folder where
// it is missing. The files' paths. NotFound: there is no browser; the error says which would do. Aborted: a stop was
// asked for, or the browser did something else than draw.
absl::StatusOr<std::vector<std::string>> WritePictureFiles(const std::string& folder, PictureFormat format,
                                                           absl::Span<const ReportedStudy> studies, const Stop& stop);

}  // namespace parzen
