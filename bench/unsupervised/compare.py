#!/usr/bin/python3
"""Parzen's clusters and embeddings against scikit-learn's on MNIST, in turns in one run; prints Markdown tables.

  bench/unsupervised/compare.py MNIST_FOLDER [--threads 2] [--repeats 1] [--only words ...] [--part works same_start growth]

Both sides get the same rows: pixels in [0, 1], or their first 50 principal components, computed once. Best time of the
repeats, each with its own seed; means of rounds and quality, which one judge measures for both sides where it can:
inertia, log-likelihood and silhouette are told by each side itself. scikit-learn has no UMAP; where it cannot be
imported, our side stands alone and only what it tells of itself is shown.
"""
import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SCALE = "transform { scale { divide_by: 255 } } "
DATA = {"784": SCALE, "PCA 50": SCALE + "transform { pca { components: 50 } }"}

CLUSTERS = ["homogeneity", "adjusted_rand"]
PICTURE = ["trustworthiness"]


class Work:
    """What both sides do: seconds to reach, and those that two cores need at least for its arithmetic."""

    def __init__(self, label, data, rows, spec, peer, options, measures, reach=None, limit=None, told=None, most=None):
        self.label, self.data, self.rows, self.spec, self.peer, self.options = label, data, rows, spec, peer, options
        self.measures, self.reach, self.limit, self.told = measures, reach, limit, told
        self.most = most or rows  # of the growth table
        self.dimensions = 0 if "homogeneity" in measures else 2


WORKS = [
    Work("K-Means k=10, PCA 50, one start", "PCA 50", 60000, "k_means { clusters: 10 starts: 1 }", "k_means",
         {"n_clusters": 10, "n_init": 1}, CLUSTERS, .13, None, "inertia"),
    Work("K-Means k=10, 784 dimensions, one start", "784", 60000, "k_means { clusters: 10 starts: 1 }", "k_means",
         {"n_clusters": 10, "n_init": 1}, CLUSTERS, 1.2, .6, "inertia"),
    Work("K-Means k=25, PCA 50, 50 random starts", "PCA 50", 10000, "k_means { clusters: 25 starts: 50 start: RANDOM }",
         "k_means", {"n_clusters": 25, "n_init": 50, "init": "random"}, CLUSTERS, .8, None, "inertia"),
    Work("silhouette", "PCA 50", 10000, None, "silhouette", {}, [], .2, .1, "silhouette"),
    Work("mixture k=10, full, PCA 50", "PCA 50", 60000, "gaussian_mixture { components: 10 }", "mixture",
         {"n_components": 10}, CLUSTERS, 4, 2, "log_likelihood"),
    Work("mixture k=25, full, PCA 50, one start", "PCA 50", 10000, "gaussian_mixture { components: 25 }", "mixture",
         {"n_components": 25}, CLUSTERS, 1, .5, "log_likelihood"),
    Work("mixture k=10, spherical, 784 dimensions", "784", 60000,
         "gaussian_mixture { components: 10 covariance: SPHERICAL }", "mixture",
         {"n_components": 10, "covariance_type": "spherical"}, CLUSTERS, 2, 1, "log_likelihood"),
    Work("mixture k=10, diagonal, 784 dimensions", "784", 60000,
         "gaussian_mixture { components: 10 covariance: DIAGONAL }", "mixture",
         {"n_components": 10, "covariance_type": "diag"}, CLUSTERS, 6, 4, "log_likelihood"),
    Work("t-SNE, PCA 50, 1,000 rounds", "PCA 50", 10000, "tsne {}", "tsne",
         {"init": "pca", "learning_rate": "auto"}, ["kl_divergence"] + PICTURE, 8),
    Work("LLE, 10 neighbours, PCA 50", "PCA 50", 5000, "locally_linear {}", "lle", {"n_neighbors": 10},
         ["agreement"] + PICTURE, .5, most=10000),
    Work("MDS, one start, 300 rounds, PCA 50", "PCA 50", 1000, "mds { starts: 1 tolerance: 0 }", "mds",
         {"n_init": 1, "eps": 0, "normalized_stress": False}, ["stress"] + PICTURE, 1, most=4000),
    Work("MDS, 4 starts, until it converges, PCA 50", "PCA 50", 1000, "mds {}", "mds", {"normalized_stress": False},
         ["stress"] + PICTURE, 1, most=4000),
    Work("UMAP, PCA 50", "PCA 50", 10000, "umap {}", None, {}, PICTURE),
]
GROWTH = [8, 4, 2, 1]  # parts of the most rows


def table(*heads):
    print("| %s |" % " | ".join(heads))
    print("|---" * len(heads) + "|", flush=True)


class Bench:
    def __init__(self, arguments, folder):
        self.threads, self.folder = str(arguments.threads), folder
        self.has_peer = importlib.util.find_spec("sklearn") is not None
        self.environment = {**os.environ, "OMP_NUM_THREADS": self.threads, "OPENBLAS_NUM_THREADS": self.threads}
        root = os.path.join(HERE, "..", "..")
        if arguments.binary is None:
            subprocess.run(["bazel", "build", "//bench/unsupervised:unlabelled_bench"], cwd=root, check=True,
                           stdout=sys.stderr)
        self.ours = [arguments.binary or os.path.join(root, "bazel-bin/bench/unsupervised/unlabelled_bench")]
        self.theirs = [sys.executable, os.path.join(HERE, "unlabelled_sklearn.py")]
        self.columns = {}
        for name, spec in DATA.items():
            line = self.run(self.ours + ["prepare", "--data", arguments.data, "--spec", spec, "--features",
                                         self.file(name), "--labels", self.file("labels"), "--threads", self.threads])
            self.columns[name] = line["columns"]

    def file(self, name):
        return os.path.join(self.folder, name.replace(" ", "_"))

    def run(self, command):
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=self.environment)
        if run.returncode != 0:
            raise SystemExit("failed: " + " ".join(command))
        return json.loads(run.stdout)

    def side(self, command, work, rows, seed, out, start=None):
        """What one side says of it; its clusters or places are in `out` then."""
        common = ["--features", self.file(work.data), "--columns", str(self.columns[work.data]), "--rows", str(rows),
                  "--threads", self.threads]
        if work.peer == "silhouette":
            return self.run(command + ["silhouette", "--labels", self.file("labels")] + common)
        if command is self.ours:
            model = ["--spec", work.spec]
        else:
            model = ["--model", work.peer, "--options", repr(work.options)]
        if start:
            model += ["--start", start]
        return self.run(command + ["fit", "--out", out, "--seed", str(seed)] + model + common)

    def judge(self, work, rows, out, other):
        """What scikit-learn measures of what is in `out`."""
        measures = [name for name in work.measures if other or name != "agreement"]
        if not self.has_peer or not measures:
            return {}
        line = self.run(self.theirs + [
            "judge", "--features", self.file(work.data), "--columns", str(self.columns[work.data]), "--rows", str(rows),
            "--labels", self.file("labels"), "--found", out, "--dimensions", str(work.dimensions), "--measure"] +
            measures + (["--other", other] if other else []))
        return {name: line[name] for name in measures}

    def both(self, work, rows, seeds, judged):
        """Runs of ours and of theirs, in turns."""
        runs = ([], [])
        for seed in range(1, seeds + 1):
            sides = [(self.ours, self.file("ours"))]
            if self.has_peer and work.peer:
                sides.append((self.theirs, self.file("theirs")))
            for (command, out), lines in zip(sides, runs):
                lines.append(self.side(command, work, rows, seed, out))
            for (_, out), lines in zip(sides, runs):
                if judged:
                    lines[-1].update(self.judge(work, rows, out, sides[1][1] if len(sides) > 1 else None))
        return runs


def best(runs):
    return min(run["seconds"] for run in runs)


def mean(runs, name):
    values = [run[name] for run in runs if name in run]
    return sum(values) / len(values) if values else None


def number(value):
    return "" if value is None else "%.4f" % value if abs(value) < 100 else "%.6g" % value


def compare(bench, works, repeats):
    table("work", "rows", "measure", "to reach", "Parzen", "scikit-learn", "ratio", "of the limit", "rounds: ours",
          "theirs", "quality: ours", "theirs", "memory: ours", "theirs")
    for work in works:
        ours, theirs = bench.both(work, work.rows, repeats, True)
        # What nobody else has measured, each side tells itself.
        names = ([work.told] if work.told else []) + work.measures
        shown = [name for name in names if mean(ours, name) is not None or mean(theirs, name) is not None]
        quality = [", ".join(number(mean(runs, name)) for name in shown) if runs else "" for runs in (ours, theirs)]
        rounds = ["" if mean(runs, "iterations") is None else "%.3g" % mean(runs, "iterations")
                  for runs in (ours, theirs)]
        print("| %s | %d | %s | %s | %.2f s | %s | %s | %s | %s | %s | %s | %s | %d MiB | %s |" % (
            work.label, work.rows, ", ".join(name.replace("_", " ") for name in shown),
            "%g s" % work.reach if work.reach else "", best(ours), "%.2f s" % best(theirs) if theirs else "",
            "%.1fx" % (best(theirs) / best(ours)) if theirs else "",
            "%.0f%%" % (100 * work.limit / best(ours)) if work.limit else "", rounds[0], rounds[1], quality[0],
            quality[1], max(run["peak_mib"] for run in ours),
            "%d MiB" % max(run["peak_mib"] for run in theirs) if theirs else ""), flush=True)
    print()


def compare_from_start(bench, works, repeats):
    """Mixtures that begin with the clusters that scikit-learn's would begin with (seeds from 0)."""
    table("from the same start", "seed", "rounds: ours", "theirs", "log-likelihood: ours", "theirs", "apart",
          "homogeneity: ours", "theirs", "adjusted Rand: ours", "theirs", "seconds: ours", "theirs, in 64 bits")
    for work in works:
        for seed in range(repeats):
            bench.run(bench.theirs + [
                "begin", "--features", bench.file(work.data), "--columns", str(bench.columns[work.data]), "--rows",
                str(work.rows), "--seed", str(seed), "--clusters", str(work.options["n_components"]), "--out",
                bench.file("start")])
            lines = []
            for command, name in ((bench.ours, "ours"), (bench.theirs, "theirs")):
                line = bench.side(command, work, work.rows, seed, bench.file(name), bench.file("start"))
                lines.append({**line, **bench.judge(work, work.rows, bench.file(name), None)})
            ours, theirs = lines
            print("| %s | %d | %d | %d | %.6f | %.6f | %.1e | %.4f | %.4f | %.4f | %.4f | %.2f | %.2f |" % (
                work.label, seed, ours["iterations"], theirs["iterations"], ours["log_likelihood"],
                theirs["log_likelihood"], abs(ours["log_likelihood"] - theirs["log_likelihood"]), ours["homogeneity"],
                theirs["homogeneity"], ours["adjusted_rand"], theirs["adjusted_rand"], ours["seconds"],
                theirs["seconds"]), flush=True)
    print()


def grow(bench, works, repeats):
    table("seconds (MiB)", "side", *["rows / %d" % part if part > 1 else "rows" for part in GROWTH])
    for work in works:
        columns = [bench.both(work, work.most // part, repeats, False) for part in GROWTH]
        for side, name in enumerate(("Parzen", "scikit-learn")):
            cells = ["%.3f (%d)" % (best(runs[side]), max(run["peak_mib"] for run in runs[side])) if runs[side] else ""
                     for runs in columns]
            if any(cells):
                print("| %s, %d rows | %s | %s |" % (work.label, work.most, name, " | ".join(cells)), flush=True)
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="folder with MNIST's IDX files, gzip")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--only", nargs="*", help="only works whose label contains one of these")
    parser.add_argument("--part", nargs="*", choices=["works", "same_start", "growth"], default=["works"])
    parser.add_argument("--binary", help="the C++ side, instead of building it")
    arguments = parser.parse_args()
    works = [work for work in WORKS if not arguments.only or any(word in work.label for word in arguments.only)]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments, folder)
        print("MNIST, %d threads, best of %d, in turns.\n" % (arguments.threads, arguments.repeats))
        if "works" in arguments.part:
            compare(bench, works, arguments.repeats)
        if "same_start" in arguments.part and bench.has_peer:
            compare_from_start(bench, [work for work in works if work.peer == "mixture"], arguments.repeats)
        if "growth" in arguments.part:
            grow(bench, works, arguments.repeats)


if __name__ == "__main__":
    main()
