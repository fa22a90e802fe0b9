#include "bench/search/quality_table.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace parzen {
namespace {

std::vector<double> AtCheckpoint(const QualityCell& cell, size_t checkpoint) {
  std::vector<double> values;
  for (const std::vector<double>& seed : cell.best) values.push_back(seed[checkpoint]);
  return values;
}

double Median(const QualityCell& cell, size_t checkpoint) { return Quantile(AtCheckpoint(cell, checkpoint), 0.5); }

std::string Describe(const QualityCell& cell, size_t checkpoint) {
  const std::vector<double> values = AtCheckpoint(cell, checkpoint);
  const std::string median = absl::StrFormat("%.4g", Quantile(values, 0.5));
  if (cell.medians) return median;
  return absl::StrFormat("%s (%.3g to %.3g)", median, Quantile(values, 0.25), Quantile(values, 0.75));
}

// The share of pairs in which `a` is lower; ties count half.
double ShareBelow(const std::vector<double>& a, const std::vector<double>& b) {
  double below = 0;
  for (const double x : a) {
    for (const double y : b) below += x < y ? 1 : x == y ? 0.5 : 0;
  }
  return below / static_cast<double>(a.size() * b.size());
}

struct Standing {
  double ranks = 0;
  int wins = 0;
  double below_first = 0;
};

// Over the problems that all samplers of `compared` have.
std::vector<Standing> Compare(const QualityTable& table, const std::vector<size_t>& compared, size_t checkpoint) {
  std::vector<Standing> standings(compared.size());
  for (const std::vector<QualityCell>& row : table.cells) {
    std::vector<double> medians;
    for (const size_t sampler : compared) medians.push_back(Median(row[sampler], checkpoint));
    for (size_t i = 0; i < compared.size(); ++i) {
      const auto lower = std::count_if(medians.begin(), medians.end(), [&](double m) { return m < medians[i]; });
      const auto ties = std::count(medians.begin(), medians.end(), medians[i]);
      standings[i].ranks += static_cast<double>(lower) + static_cast<double>(ties + 1) / 2;
      standings[i].wins += lower == 0;
      standings[i].below_first +=
          ShareBelow(AtCheckpoint(row[compared[i]], checkpoint), AtCheckpoint(row[compared[0]], checkpoint));
    }
  }
  return standings;
}

std::string Header(const QualityTable& table, const std::string& first) {
  std::string line = first;
  std::string rule = "|";
  for (const int checkpoint : table.checkpoints) absl::StrAppend(&line, checkpoint, " trials | ");
  line.pop_back();
  for (const char c : line.substr(1)) rule += c == '|' ? "---|" : "";
  return absl::StrCat(line, "\n", rule, "\n");
}

std::string Rows(const QualityTable& table) {
  std::string text = Header(table, "| problem | lowest | sampler | ");
  for (size_t problem = 0; problem < table.problems.size(); ++problem) {
    for (size_t sampler = 0; sampler < table.samplers.size(); ++sampler) {
      const QualityCell& cell = table.cells[problem][sampler];
      if (cell.best.empty()) continue;
      absl::StrAppend(
          &text,
          sampler == 0 ? absl::StrFormat("| %s | %.6g | ", table.problems[problem], table.lowest[problem]) : "| | | ",
          table.samplers[sampler], " |");
      for (size_t i = 0; i < table.checkpoints.size(); ++i) absl::StrAppend(&text, " ", Describe(cell, i), " |");
      text += "\n";
    }
  }
  return text;
}

std::string Summary(const QualityTable& table) {
  std::vector<size_t> compared;
  for (size_t sampler = 0; sampler < table.samplers.size(); ++sampler) {
    const bool everywhere = std::all_of(table.cells.begin(), table.cells.end(), [sampler](const auto& row) {
      return !row[sampler].best.empty() && !row[sampler].medians;
    });
    if (everywhere) compared.push_back(sampler);
  }
  if (compared.size() < 2 || table.cells.empty()) return "";
  std::vector<std::string> lines;
  for (const size_t sampler : compared) lines.push_back(absl::StrCat("| ", table.samplers[sampler], " |"));
  const double problems = static_cast<double>(table.cells.size());
  for (size_t checkpoint = 0; checkpoint < table.checkpoints.size(); ++checkpoint) {
    const std::vector<Standing> standings = Compare(table, compared, checkpoint);
    for (size_t i = 0; i < compared.size(); ++i) {
      absl::StrAppend(&lines[i], absl::StrFormat(" %.2f, %d, %.1f%% |", standings[i].ranks / problems,
                                                 standings[i].wins, 100 * standings[i].below_first / problems));
    }
  }
  std::string text = absl::StrCat("\nOver all ", table.cells.size(),
                                  " problems: mean rank, problems won, chance to be below the first sampler.\n\n",
                                  Header(table, "| sampler | "));
  for (const std::string& line : lines) absl::StrAppend(&text, line, "\n");
  return text;
}

}  // namespace

double Quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const size_t below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, values.size() - 1);
  const double fraction = place - static_cast<double>(below);
  // Equal ends, perhaps infinite, need no arithmetic.
  return values[below] == values[above] ? values[below] : values[below] * (1 - fraction) + values[above] * fraction;
}

std::string ToMarkdown(const QualityTable& table) { return absl::StrCat(Rows(table), Summary(table)); }

}  // namespace parzen
