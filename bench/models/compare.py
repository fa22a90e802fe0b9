#!/usr/bin/python3
"""Parzen's models against scikit-learn's on MNIST, in turns in one run; prints a Markdown table.

  bench/models/compare.py MNIST_FOLDER [--threads 2] [--repeats 1] [--only forest svm ...]

Best time of the repeats, mean accuracy. Where scikit-learn cannot be imported, our side stands alone.
"""
import argparse
import importlib.util
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SCALE = "transform { scale { divide_by: 255 } } "
PCA50 = SCALE + "transform { pca { components: 50 } } "
# Label, our spec, their arguments, rows, what is compared: of each the seconds to reach, and those that two cores need at
# least for its arithmetic (3e9 updates of histograms for the forest; the others at 210 GFLOP/s, or as many bytes a second
# as memory gives).
CASES = [
    ("forest, 100 trees", "random_forest {}", ["--model", "forest"], 0, {"fit": (1.6, 1), "predict": (.1, None)}),
    ("forest, max_depth 10", "random_forest { max_depth: 10 }",
     ["--model", "forest", "--options", "{'max_depth': 10}"], 0, {"fit": (1, None)}),
    ("forest, max_features 100", "random_forest { max_features: '100' }",
     ["--model", "forest", "--options", "{'max_features': 100}"], 0, {"fit": (5, None)}),
    ("extra trees, 100 trees", "extra_trees {}", ["--model", "extra_trees"], 0, {"fit": (None, None)}),
    ("one decision tree", "decision_tree {}", ["--model", "tree"], 0, {"fit": (.7, .3)}),
    ("svm rbf C=10, 10,000 rows", SCALE + "svm { c: 10 }",
     ["--model", "svm", "--scale", "255", "--options", "{'C': 10}"], 10000, {"fit": (.6, .3), "predict": (.6, .3)}),
    ("svm rbf C=10, 60,000 rows", SCALE + "svm { c: 10 }",
     ["--model", "svm", "--scale", "255", "--options", "{'C': 10, 'cache_size': 4000}"], 0,
     {"fit": (12, 4), "predict": (1.5, .9)}),
    ("neighbors k=3", "nearest_neighbors { neighbors: 3 }", ["--model", "neighbors", "--options", "{'n_neighbors': 3}"],
     0, {"predict": (5, 4.5)}),
    ("neighbors k=3 after PCA 50", PCA50 + "nearest_neighbors { neighbors: 3 }",
     ["--model", "neighbors", "--scale", "255", "--pca", "50", "--options", "{'n_neighbors': 3}"], 0, {"predict": (.5, .3)}),
    ("PCA 50", PCA50, ["--scale", "255", "--pca", "50"], 0, {"transform": (.8, .5)}),
    ("PCA 95%", SCALE + "transform { pca { variance: 0.95 } }", ["--scale", "255", "--pca", "0.95"], 0,
     {"transform": (.8, .5)}),
    ("logistic regression, lbfgs, 100 iterations", SCALE + "logistic_regression {}",
     ["--model", "logistic", "--scale", "255"], 0, {"fit": (2, 1)}),
]


def best(runs, step):
    return min(run[step] for run in runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="folder with the four IDX files of MNIST, gzip")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--only", nargs="*", help="only cases whose label contains one of these")
    arguments = parser.parse_args()
    root = os.path.join(HERE, "..", "..")
    subprocess.run(["bazel", "build", "//bench/models:model_bench"], cwd=root, check=True, stdout=sys.stderr)
    ours_command = [os.path.join(root, "bazel-bin/bench/models/model_bench")]
    theirs_command = [sys.executable, os.path.join(HERE, "model_sklearn.py")]
    peer = importlib.util.find_spec("sklearn") is not None
    print("MNIST, 60,000 training and 10,000 test images unless said otherwise, %d threads, best of %d, in turns." %
          (arguments.threads, arguments.repeats))
    print()
    print("| work | step | to reach | Parzen | scikit-learn | ratio | of the limit | accuracy: ours | theirs | memory: ours | theirs |")
    print("|---|---|---|---|---|---|---|---|---|---|---|", flush=True)

    for label, spec, options, rows, steps in CASES:
        if arguments.only and not any(word in label for word in arguments.only):
            continue
        ours, theirs = [], []
        for seed in range(1, arguments.repeats + 1):
            common = ["--data", arguments.data, "--threads", str(arguments.threads), "--seed", str(seed), "--rows", str(rows)]
            for command, results in ((ours_command + ["--spec", spec], ours),) + (
                    ((theirs_command + options, theirs),) if peer else ()):
                run = subprocess.run(command + common, check=True, capture_output=True, text=True)
                results.append(json.loads(run.stdout))
        for step, (goal, limit) in steps.items():
            mean = lambda runs: "%.4f" % (sum(run["accuracy"] for run in runs) / len(runs)) if runs and "accuracy" in runs[0] else ""
            print("| %s | %s | %s | %.2f s | %s | %s | %s | %s | %s | %d MiB | %s |" % (
                label, step, "" if goal is None else "%g s" % goal, best(ours, step),
                "%.2f s" % best(theirs, step) if peer else "", "%.1fx" % (best(theirs, step) / best(ours, step)) if peer else "",
                "" if limit is None else "%d%%" % round(100 * limit / best(ours, step)),
                mean(ours), mean(theirs), max(run["peak_mib"] for run in ours),
                "%d MiB" % max(run["peak_mib"] for run in theirs) if peer else ""), flush=True)


if __name__ == "__main__":
    main()
