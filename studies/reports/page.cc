#include "studies/reports/page.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "nlohmann/json.hpp"
#include "studies/reports/report_template.h"
#include "studies/reports/study_json.h"

namespace parzen {
namespace {

using Json = nlohmann::ordered_json;

constexpr absl::string_view kDataMark = "\"PARZEN_PAGE_DATA\"";

// JSON that is inert inside an HTML script element: nothing in it can close the element or open a comment.
std::string InertJson(const Json& json) {
  return absl::StrReplaceAll(JsonText(json), {{"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}});
}

std::string PageOf(const Json& data) {
  const absl::string_view page = ReportTemplate();
  const size_t mark = page.find(kDataMark);
  return absl::StrCat(page.substr(0, mark), InertJson(data), page.substr(mark + kDataMark.size()));
}

}  // namespace

std::string ReportPage(absl::Span<const StudySnapshot> studies, absl::Time written) {
  Json data = {{"written", absl::FormatTime("%Y-%m-%d %H:%M:%S", written, absl::UTCTimeZone())},
               {"studies", Json::array()}};
  for (const StudySnapshot& study : studies) data["studies"].push_back(StudyJson(study));
  return PageOf(data);
}

std::string LivePage() {
  return absl::StrReplaceAll(PageOf(nullptr), {{"default-src 'none';", "default-src 'none'; connect-src 'self';"}});
}

}  // namespace parzen
