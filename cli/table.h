// Rows of typed cells, printed for people (aligned columns) or for programs (JSON, CSV).
//
// For people, numbers stand right and have six significant digits; text is made safe for a terminal. For programs,
// numbers are exact: the shortest digits that read back as the same double, and a fraction's ".0" kept ("1.0"), so a
// column keeps its type. JSON is an array with one object a row, where NaN and infinities are null. CSV quotes as RFC
// 4180 says, ends lines with "\n" alone, and leaves the cell of a null empty. Threads: externally synchronised.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json_fwd.hpp"

namespace parzen {

enum class Format { kTable, kJson, kCsv };

// null, bool, number or text; an array or object is printed as JSON. Who makes one includes nlohmann/json.hpp.
using Cell = nlohmann::ordered_json;

// Six significant digits for numbers; text made safe for a terminal; "" for null.
std::string CellForPeople(const Cell& cell);
// Exact; "" for null.
std::string CellForPrograms(const Cell& cell);

class Table {
 public:
  // Requires: the names differ.
  explicit Table(std::vector<std::string> columns);
  Table(Table&& other) noexcept;
  Table& operator=(Table&& other) noexcept;
  ~Table();

  // Requires: one cell a column.
  void AddRow(std::vector<Cell> row);
  size_t rows() const { return rows_.size(); }

  // `bold_header` wants a terminal. Ends with a newline.
  std::string Render(Format format, bool bold_header = false) const;
  // For tables of one row: people see one line a column, and no line for a null; programs see what Render prints.
  std::string RenderRecord(Format format) const;

 private:
  std::string RenderForPeople(bool bold_header) const;
  std::string RenderJson() const;
  std::string RenderCsv() const;

  std::vector<std::string> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// A name and what stands beside it.
using Field = std::pair<std::string, std::string>;

// One line a field, the texts aligned. A name that repeats the one before it is left blank.
std::string RenderFields(const std::vector<Field>& fields);

}  // namespace parzen
