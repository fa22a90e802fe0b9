#!/usr/bin/python3
"""How the time of Parzen's models grows on MNIST: with rows, with columns (principal components), with trees, with
threads. Prints Markdown tables of seconds.

  bench/models/growth.py MNIST_FOLDER [--threads 2] [--repeats 1]

Best of the repeats, each step by itself: a fit without its transforms, a prediction of the 10,000 test images.
"""
import argparse
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SCALE = "transform { scale { divide_by: 255 } } "
# Label, spec, step.
MODELS = [
    ("forest, 100 trees", "random_forest {}", "fit"),
    ("one decision tree", "decision_tree {}", "fit"),
    ("svm rbf C=10", SCALE + "svm { c: 10 }", "fit"),
    ("svm rbf C=10", SCALE + "svm { c: 10 }", "predict"),
    ("neighbors k=3", "nearest_neighbors { neighbors: 3 }", "predict"),
    ("PCA 50", SCALE + "transform { pca { components: 50 } }", "transform"),
    ("logistic regression", SCALE + "logistic_regression {}", "fit"),
]
ROWS = [3750, 7500, 15000, 30000, 60000]
COLUMNS = [49, 98, 196, 392, 784]
TREES = [25, 50, 100, 200, 400]


def table(head, columns, lines):
    """A line is a label and a number of seconds for each column."""
    print("| %s | %s |" % (head, " | ".join(columns)))
    print("|%s" % ("---|" * (len(columns) + 1)))
    for label, seconds in lines:
        print("| %s | %s |" % (label, " | ".join("%.2f" % number for number in seconds)), flush=True)
    print(flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="folder with the four IDX files of MNIST, gzip")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=1)
    arguments = parser.parse_args()
    root = os.path.join(HERE, "..", "..")
    subprocess.run(["bazel", "build", "//bench/models:model_bench"], cwd=root, check=True, stdout=sys.stderr)

    known = {}

    def seconds(spec, step, rows=0, threads=arguments.threads):
        if (spec, rows, threads) not in known:
            command = [os.path.join(root, "bazel-bin/bench/models/model_bench"), "--data", arguments.data, "--spec", spec,
                       "--rows", str(rows), "--threads", str(threads)]
            known[spec, rows, threads] = [
                json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                for _ in range(arguments.repeats)]
        return min(run[step] for run in known[spec, rows, threads])

    table("rows", ["%d" % rows for rows in ROWS],
          [("%s, %s" % (label, step), [seconds(spec, step, rows) for rows in ROWS]) for label, spec, step in MODELS])
    components = "transform { pca { components: %d } } "
    table("components", ["%d" % columns for columns in COLUMNS],
          [("%s, %s" % (label, step), [seconds(SCALE + components % columns + spec.replace(SCALE, ""), step)
                                       for columns in COLUMNS])
           for label, spec, step in MODELS if step != "transform"])
    table("trees", ["%d" % trees for trees in TREES],
          [("forest, " + step, [seconds("random_forest { trees: %d }" % trees, step) for trees in TREES])
           for step in ("fit", "predict")])
    table("threads", ["1", "2"],
          [("%s, %s" % (label, step), [seconds(spec, step, 0, threads) for threads in (1, 2)])
           for label, spec, step in MODELS])


if __name__ == "__main__":
    main()
