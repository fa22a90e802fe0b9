#!/usr/bin/python3
"""Finds clusters or places of prepared rows with one of scikit-learn's models, or judges what either side has found.

Prints one line of JSON. Rows are 32-bit floats, labels bytes, clusters 32-bit integers, places 32-bit floats.
"""
import argparse
import ast
import json
import os
import resource
import time

import numpy as np

# Squared distances at a time.
BLOCK = 1000


def read(path, kind, rows, columns=1):
    numbers = np.fromfile(path, kind, rows * columns)
    return numbers.reshape(rows, columns) if columns > 1 else numbers


def make(name, options, threads, seed):
    if name == "k_means":
        from sklearn.cluster import KMeans
        return KMeans(random_state=seed, **options)
    if name == "mixture":
        from sklearn.mixture import GaussianMixture
        return GaussianMixture(random_state=seed, **options)
    if name == "tsne":
        from sklearn.manifold import TSNE
        return TSNE(random_state=seed, n_jobs=threads, **options)
    if name == "lle":
        from sklearn.manifold import LocallyLinearEmbedding
        return LocallyLinearEmbedding(random_state=seed, n_jobs=threads, **options)
    if name == "mds":
        from sklearn.manifold import MDS
        return MDS(random_state=seed, n_jobs=threads, **options)
    raise SystemExit("no model " + name)


def begin(arguments):
    """The clusters that scikit-learn's mixture begins with."""
    from sklearn.cluster import KMeans
    rows = read(arguments.features, np.float32, arguments.rows, arguments.columns).astype(float)
    clusters = KMeans(arguments.clusters, n_init=1, random_state=arguments.seed).fit(rows).labels_
    clusters.astype(np.int32).tofile(arguments.out)
    return {}


def begin_with(model, path, rows):
    """Makes a mixture begin with clusters that are in a file, instead of finding some."""
    clusters = read(path, np.int32, rows)

    def initialize(features, _):
        shares = np.zeros((rows, model.n_components), features.dtype)
        shares[np.arange(rows), clusters] = 1
        model._initialize(features, shares)
    model._initialize_parameters = initialize


def fit(arguments):
    rows = read(arguments.features, np.float32, arguments.rows, arguments.columns)
    model = make(arguments.model, ast.literal_eval(arguments.options), arguments.threads, arguments.seed)
    if arguments.start:
        rows = rows.astype(float)  # to compare digits; scikit-learn computes in the rows' own precision
        begin_with(model, arguments.start, arguments.rows)
    start = time.perf_counter()
    if arguments.model in ("k_means", "mixture"):
        model.fit(rows)
    else:
        found = model.fit_transform(rows).astype(np.float32)
    line = {"seconds": time.perf_counter() - start}
    if arguments.model in ("k_means", "mixture"):
        found = model.predict(rows).astype(np.int32)
    if hasattr(model, "n_iter_"):
        line["iterations"] = int(model.n_iter_)
    for told, name in (("inertia", "inertia_"), ("kl_divergence", "kl_divergence_"), ("stress", "stress_")):
        if hasattr(model, name):
            line[told] = float(getattr(model, name))
    if arguments.model == "mixture":
        line["log_likelihood"] = float(model.score(rows))
    found.tofile(arguments.out)
    return line


def silhouette(arguments):
    from sklearn.metrics import silhouette_score
    rows = read(arguments.features, np.float32, arguments.rows, arguments.columns)
    labels = read(arguments.labels, np.uint8, arguments.rows)
    start = time.perf_counter()
    value = silhouette_score(rows, labels)
    return {"seconds": time.perf_counter() - start, "silhouette": float(value)}


def squared_distances(rows):
    """(first row, squared distances of BLOCK rows to all) one after another."""
    from sklearn.metrics import euclidean_distances
    for first in range(0, len(rows), BLOCK):
        yield first, euclidean_distances(rows[first:first + BLOCK], rows, squared=True)


def kl_divergence(rows, places, perplexity):
    """Exactly, of the neighbours that scikit-learn's t-SNE takes."""
    from sklearn.manifold._t_sne import _joint_probabilities_nn
    from sklearn.neighbors import NearestNeighbors
    neighbors = min(len(rows) - 1, int(3 * perplexity + 1))
    graph = NearestNeighbors(n_neighbors=neighbors).fit(rows).kneighbors_graph(mode="distance")
    graph.data **= 2
    wanted = _joint_probabilities_nn(graph, perplexity, 0).tocoo()
    total = sum((1 / (1 + squares)).sum() for _, squares in squared_distances(places)) - len(places)
    squares = ((places[wanted.row] - places[wanted.col]) ** 2).sum(axis=1)
    there = wanted.data > 0
    p, q = wanted.data[there], 1 / (1 + squares[there]) / total
    return float((p * np.log(p / q)).sum())


def stress(rows, places):
    total = 0
    for (_, wanted), (_, found) in zip(squared_distances(rows), squared_distances(places)):
        total += ((np.sqrt(wanted) - np.sqrt(found)) ** 2).sum()
    return float(total / 2)


def agreement(places, others):
    """The share of the others' variance that a linear map of these places explains."""
    with_one = np.column_stack([places, np.ones(len(places))])
    left = others - with_one @ np.linalg.lstsq(with_one, others, rcond=None)[0]
    return float(1 - (left ** 2).sum() / ((others - others.mean(axis=0)) ** 2).sum())


def judge(arguments):
    from sklearn import metrics
    from sklearn.manifold import trustworthiness
    rows = read(arguments.features, np.float32, arguments.rows, arguments.columns).astype(float)
    labels = read(arguments.labels, np.uint8, arguments.rows)
    found = read(arguments.found, np.int32 if arguments.dimensions == 0 else np.float32, arguments.rows,
                 max(arguments.dimensions, 1))
    if arguments.dimensions:
        found = found.astype(float)
    measures = {
        "homogeneity": lambda: metrics.homogeneity_score(labels, found),
        "adjusted_rand": lambda: metrics.adjusted_rand_score(labels, found),
        "trustworthiness": lambda: trustworthiness(rows, found, n_neighbors=5),
        "kl_divergence": lambda: kl_divergence(rows, found, arguments.perplexity),
        "stress": lambda: stress(rows, found),
        "agreement": lambda: agreement(found, read(arguments.other, np.float32, arguments.rows,
                                                   arguments.dimensions).astype(float)),
    }
    return {name: float(measures[name]()) for name in arguments.measure}


def peak_mib():
    """Of this process and of those that it works with."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for task in os.listdir("/proc/self/task"):
        with open("/proc/self/task/%s/children" % task, encoding="utf-8") as children:
            for child in children.read().split():
                with open("/proc/%s/status" % child, encoding="utf-8") as status:
                    peak += sum(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    return peak // 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, function in (("begin", begin), ("fit", fit), ("silhouette", silhouette), ("judge", judge)):
        command = commands.add_parser(name)
        command.set_defaults(function=function)
        command.add_argument("--features", required=True)
        command.add_argument("--rows", type=int, required=True)
        command.add_argument("--columns", type=int, required=True)
        command.add_argument("--threads", type=int, default=2)
        if name in ("silhouette", "judge"):
            command.add_argument("--labels", required=True)
        if name in ("begin", "fit"):
            command.add_argument("--seed", type=int, default=1)
            command.add_argument("--out", required=True, help="clusters or places are written here")
        if name == "begin":
            command.add_argument("--clusters", type=int, required=True)
        if name == "fit":
            command.add_argument("--model", required=True, help="k_means, mixture, tsne, lle, mds")
            command.add_argument("--options", default="{}", help="keyword arguments, as a Python dictionary")
            command.add_argument("--start", help="clusters that a mixture begins with; then rows are of 64-bit floats")
        if name == "judge":
            command.add_argument("--found", required=True, help="clusters or places")
            command.add_argument("--dimensions", type=int, default=0, help="of places; 0: clusters")
            command.add_argument("--other", help="the other side's places, for agreement")
            command.add_argument("--perplexity", type=float, default=30)
            command.add_argument("--measure", nargs="+", required=True)
    arguments = parser.parse_args()
    line = arguments.function(arguments)
    line["peak_mib"] = peak_mib()
    print(json.dumps(line))


if __name__ == "__main__":
    main()
