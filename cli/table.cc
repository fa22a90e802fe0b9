#include "cli/table.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/terminal.h"
#include "nlohmann/json.hpp"
#include "studies/distribution.h"

namespace parzen {
namespace {

// Text of a cell for people is cut here, so that one long reason does not tear a table apart; the last column has room.
constexpr size_t kWidestCell = 60;
constexpr size_t kWidestLastCell = 120;
constexpr absl::string_view kGap = "  ";

// Bytes that are not UTF-8 become U+FFFD instead of an exception.
std::string DumpJson(const Cell& cell) { return cell.dump(-1, ' ', false, Cell::error_handler_t::replace); }

std::string ExactNumber(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return JsonNumber(value);
}

std::string QuoteForCsv(const std::string& text) {
  const bool padded = !text.empty() && (text.front() == ' ' || text.back() == ' ');
  if (!padded && text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string Padding(size_t width, size_t taken) { return std::string(width > taken ? width - taken : 0, ' '); }

}  // namespace

std::string CellForPeople(const Cell& cell) {
  if (cell.is_null()) return "";
  if (cell.is_number_float()) return absl::StrFormat("%.6g", cell.get<double>());
  return Printable(cell.is_string() ? cell.get<std::string>() : DumpJson(cell));
}

std::string CellForPrograms(const Cell& cell) {
  if (cell.is_null()) return "";
  if (cell.is_number_float()) return ExactNumber(cell.get<double>());
  return cell.is_string() ? cell.get<std::string>() : DumpJson(cell);
}

Table::Table(std::vector<std::string> columns) : columns_(std::move(columns)) {}
Table::Table(Table&& other) noexcept = default;
Table& Table::operator=(Table&& other) noexcept = default;
Table::~Table() = default;

void Table::AddRow(std::vector<Cell> row) {
  row.resize(columns_.size());
  rows_.push_back(std::move(row));
}

std::string Table::Render(Format format, bool bold_header) const {
  switch (format) {
    case Format::kJson:
      return RenderJson();
    case Format::kCsv:
      return RenderCsv();
    case Format::kTable:
      break;
  }
  return RenderForPeople(bold_header);
}

std::string Table::RenderRecord(Format format) const {
  if (format != Format::kTable || rows_.empty()) return Render(format);
  std::vector<Field> fields;
  for (size_t c = 0; c < columns_.size(); ++c) {
    if (!rows_[0][c].is_null()) fields.emplace_back(Printable(columns_[c]), CellForPeople(rows_[0][c]));
  }
  return RenderFields(fields);
}

std::string Table::RenderForPeople(bool bold_header) const {
  std::vector<std::vector<std::string>> lines(rows_.size() + 1);
  std::vector<size_t> widths(columns_.size(), 0);
  std::vector<bool> numeric(columns_.size(), !rows_.empty());
  for (size_t c = 0; c < columns_.size(); ++c) {
    const size_t widest = c + 1 < columns_.size() ? kWidestCell : kWidestLastCell;
    lines[0].push_back(Printable(columns_[c]));
    for (size_t r = 0; r < rows_.size(); ++r) {
      lines[r + 1].push_back(FitColumns(CellForPeople(rows_[r][c]), widest));
      if (!rows_[r][c].is_number() && !rows_[r][c].is_null()) numeric[c] = false;
    }
    for (const std::vector<std::string>& line : lines) widths[c] = std::max(widths[c], DisplayWidth(line[c]));
  }
  std::string text;
  for (size_t r = 0; r < lines.size(); ++r) {
    std::string line;
    for (size_t c = 0; c < columns_.size(); ++c) {
      const std::string padding = Padding(widths[c], DisplayWidth(lines[r][c]));
      if (c > 0) absl::StrAppend(&line, kGap);
      absl::StrAppend(&line, numeric[c] ? padding : "", lines[r][c], numeric[c] ? "" : padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    const bool bold = bold_header && r == 0;
    absl::StrAppend(&text, bold ? "\x1b[1m" : "", line, bold ? "\x1b[0m" : "", "\n");
  }
  return text;
}

std::string Table::RenderJson() const {
  if (rows_.empty()) return "[]\n";
  const auto object = [this](std::string* out, const std::vector<Cell>& row) {
    const auto member = [&](size_t c) {
      const bool finite = !row[c].is_number_float() || std::isfinite(row[c].get<double>());
      const std::string value = !finite                    ? "null"
                                : row[c].is_number_float() ? ExactNumber(row[c].get<double>())
                                                           : DumpJson(row[c]);
      return absl::StrCat(DumpJson(columns_[c]), ": ", value);
    };
    std::vector<std::string> members;
    for (size_t c = 0; c < columns_.size(); ++c) members.push_back(member(c));
    absl::StrAppend(out, "  {", absl::StrJoin(members, ", "), "}");
  };
  return absl::StrCat("[\n", absl::StrJoin(rows_, ",\n", object), "\n]\n");
}

std::string Table::RenderCsv() const {
  std::string text = absl::StrJoin(
      columns_, ",", [](std::string* out, const std::string& name) { absl::StrAppend(out, QuoteForCsv(name)); });
  text += '\n';
  for (const std::vector<Cell>& row : rows_) {
    absl::StrAppend(&text,
                    absl::StrJoin(row, ",",
                                  [](std::string* out, const Cell& cell) {
                                    absl::StrAppend(out, QuoteForCsv(CellForPrograms(cell)));
                                  }),
                    "\n");
  }
  return text;
}

std::string RenderFields(const std::vector<Field>& fields) {
  size_t width = 0;
  for (const auto& [name, value] : fields) width = std::max(width, DisplayWidth(name));
  std::string text;
  std::string previous;
  for (const auto& [name, value] : fields) {
    const std::string shown = name == previous ? "" : name;
    absl::StrAppend(&text, shown, Padding(width, DisplayWidth(shown)), kGap, value, "\n");
    previous = name;
  }
  return text;
}

}  // namespace parzen
