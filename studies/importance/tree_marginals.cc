#include "studies/importance/tree_marginals.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace parzen {
namespace {

// A part of the space where a prediction is the same.
struct Part {
  double value = 0;
  double size = 0;  // share of the space
};

double Variance(const std::vector<Part>& parts) {
  double mean = 0;
  double variance = 0;
  for (const Part& part : parts) mean += part.size * part.value;
  for (const Part& part : parts) variance += part.size * (part.value - mean) * (part.value - mean);
  return variance;
}

// A column's values as far as the tree tells them apart.
struct Cells {
  // Ordered: cell i lies between edges i and i + 1. Unordered: the categories that the tree asks for.
  std::vector<double> edges;
  std::vector<double> shares;  // ordered: of the range, up to each edge
  // By edge. Ordered: what the marginal changes by from the cell before. Unordered: by how much the category's marginal
  // differs from `everywhere`.
  std::vector<double> change;
  double everywhere = 0;
};

double ShareOfRange(const ForestColumn& column, double value) {
  const double width = column.high - column.low;
  if (std::isfinite(width)) return (value - column.low) / width;
  return (value / 2 - column.low / 2) / (column.high / 2 - column.low / 2);
}

// The part of the space that leads to a node: a run of cells, or categories.
struct Region {
  size_t begin = 0;  // ordered: cells
  size_t end = 0;
  int64_t only = -1;             // unordered: the one category (an index of edges) that is left,
  std::vector<size_t> excluded;  // or those that are not
};

class Marginals {
 public:
  Marginals(const ForestData& data, const RegressionTree& tree)
      : data_(data), tree_(tree), cells_(data.columns.size()) {
    for (const TreeNode& node : tree.nodes) {
      if (node.column >= 0) cells_[node.column].edges.push_back(node.threshold);
    }
    for (size_t c = 0; c < cells_.size(); ++c) regions_.push_back(PrepareCells(data.columns[c], cells_[c]));
    before_.resize(cells_.size() + 1, 1);
  }

  TreeVariance Compute() {
    Visit(tree_.nodes[0]);
    TreeVariance variance;
    variance.total = Variance(leaves_);
    for (size_t c = 0; c < cells_.size(); ++c) {
      variance.first_order.push_back(Variance(data_.columns[c].ordered ? OrderedMarginal(c) : CategoryMarginal(c)));
    }
    return variance;
  }

 private:
  static Region PrepareCells(const ForestColumn& column, Cells& cells) {
    std::vector<double>& edges = cells.edges;
    if (column.ordered) {
      edges.push_back(column.low);
      edges.push_back(column.high);
    }
    std::sort(edges.begin(), edges.end());
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    cells.change.assign(edges.size(), 0);
    Region region;
    if (!column.ordered) return region;
    for (const double edge : edges) cells.shares.push_back(ShareOfRange(column, edge));
    region.end = edges.size() - 1;
    return region;
  }

  size_t EdgeOf(const TreeNode& node) const {
    const std::vector<double>& edges = cells_[node.column].edges;
    return static_cast<size_t>(std::lower_bound(edges.begin(), edges.end(), node.threshold) - edges.begin());
  }

  // Depth first; recursion is bounded by the forest's max_depth.
  void Visit(const TreeNode& node) {
    if (node.column < 0) return AddLeaf(node.value);
    const size_t edge = EdgeOf(node);
    Region& region = regions_[node.column];
    if (data_.columns[node.column].ordered) {
      const size_t end = std::exchange(region.end, edge);
      Visit(tree_.nodes[node.left]);
      region.end = end;
      const size_t begin = std::exchange(region.begin, edge);
      Visit(tree_.nodes[node.right]);
      region.begin = begin;
      return;
    }
    region.only = static_cast<int64_t>(edge);
    Visit(tree_.nodes[node.left]);
    region.only = -1;
    region.excluded.push_back(edge);
    Visit(tree_.nodes[node.right]);
    region.excluded.pop_back();
  }

  double ShareOf(size_t c) const {
    const ForestColumn& column = data_.columns[c];
    const Region& region = regions_[c];
    if (column.ordered) return cells_[c].shares[region.end] - cells_[c].shares[region.begin];
    const double categories = static_cast<double>(column.categories);
    return (region.only >= 0 ? 1 : categories - static_cast<double>(region.excluded.size())) / categories;
  }

  void AddLeaf(double value) {
    // before_[c]: product of the shares of columns before c; `after`: of those behind.
    for (size_t c = 0; c < cells_.size(); ++c) before_[c + 1] = before_[c] * ShareOf(c);
    leaves_.push_back({value, before_.back()});
    double after = 1;
    for (size_t c = cells_.size(); c-- > 0;) {
      AddTo(cells_[c], regions_[c], data_.columns[c].ordered, value * before_[c] * after);
      after *= ShareOf(c);
    }
  }

  static void AddTo(Cells& cells, const Region& region, bool ordered, double amount) {
    if (ordered) {
      cells.change[region.begin] += amount;
      cells.change[region.end] -= amount;
    } else if (region.only >= 0) {
      cells.change[static_cast<size_t>(region.only)] += amount;
    } else {
      cells.everywhere += amount;
      for (const size_t category : region.excluded) cells.change[category] -= amount;
    }
  }

  std::vector<Part> OrderedMarginal(size_t c) const {
    const Cells& cells = cells_[c];
    std::vector<Part> parts;
    double marginal = 0;
    for (size_t i = 0; i + 1 < cells.edges.size(); ++i) {
      marginal += cells.change[i];
      parts.push_back({marginal, cells.shares[i + 1] - cells.shares[i]});
    }
    return parts;
  }

  std::vector<Part> CategoryMarginal(size_t c) const {
    const Cells& cells = cells_[c];
    const double categories = static_cast<double>(data_.columns[c].categories);
    std::vector<Part> parts;
    for (const double change : cells.change) parts.push_back({cells.everywhere + change, 1 / categories});
    parts.push_back({cells.everywhere, (categories - static_cast<double>(cells.change.size())) / categories});
    return parts;
  }

  const ForestData& data_;
  const RegressionTree& tree_;
  std::vector<Cells> cells_;     // by column
  std::vector<Region> regions_;  // by column, of the node being visited
  std::vector<double> before_;
  std::vector<Part> leaves_;
};

}  // namespace

TreeVariance MarginalVariances(const ForestData& data, const RegressionTree& tree) {
  return Marginals(data, tree).Compute();
}

}  // namespace parzen
