#!/bin/bash
# Parzen's trees against scikit-learn's on full MNIST, in turns in one run; prints a Markdown table of each one's best time.
# Usage: bench/forest/compare.sh MNIST_FOLDER [REPEATS [THREADS]]
set -euo pipefail
if [[ $# -lt 1 || $# -gt 3 ]]; then
  sed -n '2,3s/^# //p' "$0" >&2
  exit 2
fi
data=$(realpath "$1") repeats=${2:-3} threads=${3:-2}
cd "$(dirname "$0")/../.."
bazel build //bench/forest:forest_bench >&2
results=$(mktemp)
trap 'rm -f "$results"' EXIT

# measure LABEL OUR_MODEL THEIR_OPTIONS [--tree]
measure() {
  local ours theirs
  for ((seed = 1; seed <= repeats; ++seed)); do
    ours=$(bazel-bin/bench/forest/forest_bench --data "$data" --model "$2" --threads "$threads" --seed "$seed")
    theirs=$(/usr/bin/python3 bench/forest/forest_sklearn.py --data "$data" --options "$3" --threads "$threads" \
      --seed "$seed" "${@:4}")
    echo "$1: $ours | $theirs" >&2
    printf '%s\t%s\t%s\n' "$1" "${ours// /$'\t'}" "${theirs// /$'\t'}" >>"$results"
  done
}
measure "forest, 100 trees" "random_forest {}" "{}"
measure "same, max_depth 10" "random_forest { max_depth: 10 }" "{'max_depth': 10}"
measure "same, max_features 100" "random_forest { max_features: '100' }" "{'max_features': 100}"
measure "one decision tree" "decision_tree {}" "{}" --tree

echo "MNIST, 60,000 training and 10,000 test images, $threads threads, best of $repeats runs in turns (accuracy: mean)," \
  "scikit-learn $(/usr/bin/python3 -c 'import sklearn; print(sklearn.__version__)')," \
  "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)."
echo
awk -F'\t' '
  function best(name, value) { if (!((label, name) in low) || value < low[label, name]) low[label, name] = value }
  BEGIN {
    print "| model | Parzen fit | scikit-learn fit | ratio | Parzen predict | scikit-learn predict | Parzen accuracy | scikit-learn accuracy |"
    print "|---|---|---|---|---|---|---|---|"
  }
  {
    label = $1
    if (!(label in runs)) labels[++count] = label
    ++runs[label]
    best("fit", $2 + 0); best("predict", $3 + 0); best("their fit", $5 + 0); best("their predict", $6 + 0)
    accuracy[label] += $4; their_accuracy[label] += $7
  }
  END {
    for (i = 1; i <= count; ++i) {
      label = labels[i]
      printf "| %s | %.2f s | %.2f s | %.1fx | %.3f s | %.3f s | %.4f | %.4f |\n", label, low[label, "fit"],
        low[label, "their fit"], low[label, "their fit"] / low[label, "fit"], low[label, "predict"],
        low[label, "their predict"], accuracy[label] / runs[label], their_accuracy[label] / runs[label]
    }
  }' "$results"
