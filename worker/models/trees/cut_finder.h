// Finds cuts of one feature for the samples of one node; one kind for classes, one for targets.
//
// Threads: externally synchronised; one a thread. Borrows the ground and the samples from Enter to the next Enter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "worker/models/trees/code_table.h"
#include "worker/models/trees/grown_tree.h"

namespace parzen {

// What a part of a tree is grown on. Borrowed.
struct Ground {
  CodeColumns columns;
  const Sample* by_row;              // the sample at each row; others than the tree's have no meaning
  const int64_t* targets = nullptr;  // in a regression: the target at each row
};

// Samples with code <= low go left; high is the next code that occurs in the node (after a random cut: that there is).
struct Cut {
  double score = -std::numeric_limits<double>::infinity();
  int feature = -1;
  uint8_t low = 0;
  uint8_t high = 0;
};

class CutFinder {
 public:
  virtual ~CutFinder() = default;

  // The node's samples, at least one.
  virtual void Enter(const Ground& ground, const Sample* samples, size_t count) = 0;
  // Of the node's samples, as they count in impurities.
  virtual double Weight() const = 0;
  // All samples have the same class or target.
  virtual bool IsPure() const = 0;
  // What a cut that lowers no impurity scores: any score less this is the node's weight times the decrease.
  virtual double NodeScore() const = 0;
  // Surely nothing scores higher: both sides are pure.
  virtual bool IsPerfect(double score) const = 0;

  // Raises `best` to this feature's best cut, or to the one at `place`, if that scores higher; among equals the first
  // one tried, and the lowest cut, wins. False when the samples agree in this feature. `place`, in [0, 1), is where a
  // random cut falls between the smallest and the largest value; other cuts do not use it.
  virtual bool Find(int feature, double place, const CodeColumn& column, Cut& best) = 0;

  // Makes `node` a leaf that says what the node's samples are.
  virtual void MakeLeaf(uint32_t node, GrownTree& tree) const = 0;
};

}  // namespace parzen
