#!/usr/bin/python3
"""Writes clustering_reference.json: what scikit-learn 1.2.1 measures of clusters, and what its k-means finds.

The tests read the recorded file only. Run this (Debian's python3-sklearn) to make it again. The digits are those of
classification_reference.json. Rows are eighths, so that floats hold them exactly.
"""
import json
import os
import warnings

import numpy as np
from sklearn import cluster, datasets, metrics

DIGITS = 1000


def agreement(labels, clusters):
    return {
        "homogeneity": metrics.homogeneity_score(labels, clusters),
        "completeness": metrics.completeness_score(labels, clusters),
        "v_measure": metrics.v_measure_score(labels, clusters),
        "rand": metrics.rand_score(labels, clusters),
        "adjusted_rand": metrics.adjusted_rand_score(labels, clusters),
        "adjusted_mutual_information": metrics.adjusted_mutual_info_score(labels, clusters),
    }


def labelings():
    rng = np.random.default_rng(11)
    yield "at random", rng.integers(0, 4, 60), rng.integers(0, 5, 60)
    yield "many rows at random", rng.integers(0, 10, 1500), rng.integers(0, 25, 1500)
    labels = rng.integers(0, 6, 300)
    yield "mostly alike", labels, np.where(rng.random(300) < .2, rng.integers(0, 7, 300), (labels + 2) % 6)
    yield "sizes of all kinds", np.sort(rng.geometric(.2, 400) - 1), rng.geometric(.1, 400) - 1
    yield "one cluster", labels[:50], np.zeros(50, int)
    yield "one class", np.zeros(50, int), labels[:50]
    yield "one of both", np.zeros(50, int), np.zeros(50, int)
    yield "each row a cluster", labels[:40], np.arange(40)
    yield "each row a class", np.arange(40), labels[:40]
    yield "all but one a cluster of its own", labels[:40], np.maximum(np.arange(40) - 1, 0)
    yield "clusters are the classes", labels, labels
    yield "clusters are the classes by other numbers", labels, (5 - labels) * 3
    yield "numbers without rows", labels * 7 + 2, rng.integers(0, 3, 300) * 50 + 9
    yield "worse than chance", np.arange(36) % 6, np.arange(36) // 6
    yield "one row", [0], [0]
    yield "two rows", [0, 1], [1, 1]


def separation(rows, clusters):
    numbers = len(set(clusters))
    if not 2 <= numbers < len(rows):
        return {}
    return {
        "silhouette": metrics.silhouette_score(rows, clusters),
        "davies_bouldin": metrics.davies_bouldin_score(rows, clusters),
        "calinski_harabasz": metrics.calinski_harabasz_score(rows, clusters),
    }


def clouds(rng, rows, columns, centers, spread):
    which = rng.integers(0, centers, rows)
    middles = rng.integers(-80, 81, (centers, columns))
    return middles[which] + rng.integers(-spread, spread + 1, (rows, columns)), which


def row_cases():
    rng = np.random.default_rng(12)
    rows, which = clouds(rng, 120, 3, 4, 30)
    yield "clouds", rows, which
    yield "at random", rows, rng.integers(0, 6, 120)
    yield "two clusters", rows, which % 2
    yield "numbers without rows", rows, which * 5 + 3
    yield "away from the origin", rows + 800, which
    yield "a cluster of one row", rows, np.where(np.arange(120) == 17, 4, which)
    yield "all but two alone", rows[:50], np.maximum(np.arange(50) - 1, 0)
    yield "each row a cluster", rows[:10], np.arange(10)
    yield "one cluster", rows[:10], np.zeros(10, int)
    yield "each row twice", np.repeat(rows[:40], 2, axis=0), np.repeat(which[:40], 2)
    yield "twins in two clusters", np.repeat(rows[:40], 2, axis=0), np.arange(80) % 2
    yield "clusters of one place each", np.repeat(rows[:5], 8, axis=0), np.arange(40) // 8
    yield "one place", np.ones((12, 2), int), np.arange(12) % 3
    wide, of_wide = clouds(rng, 290, 21, 7, 90)
    yield "several tiles", wide[:, :4], of_wide
    yield "many columns", wide[:60], of_wide[:60]
    yield "one column", rows[:, :1], which


def fitted(rows, centers, tolerance=1e-4, iterations=300):
    centers = np.array(centers, dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = cluster.KMeans(len(centers), init=centers, n_init=1, tol=tolerance, max_iter=iterations,
                               algorithm="lloyd").fit(np.array(rows, dtype=float) / 8)
    return {
        "given": centers.tolist(),
        "tolerance": tolerance,
        "max_iterations": iterations,
        "labels": found.labels_.tolist(),
        "iterations": found.n_iter_,
        "inertia": found.inertia_,
        "centers": found.cluster_centers_.round(12).tolist(),
    }


def given_cases(digits):
    # Means of some rows, so that no row is equally far from two of them.
    starts = [(digits[i:300:29].mean(axis=0) / 8).round(3) for i in range(10)]
    yield "digits", "digits", fitted(digits, starts)
    yield "digits, until nothing changes", "digits", fitted(digits, starts, tolerance=0)
    yield "digits, with little patience", "digits", fitted(digits, starts, tolerance=.05)
    yield "digits, three rounds", "digits", fitted(digits, starts, iterations=3)
    yield "digits, one round", "digits", fitted(digits, starts[:4], iterations=1)
    rng = np.random.default_rng(13)
    rows, _ = clouds(rng, 90, 2, 4, 25)
    rows = rows.tolist()
    near = [[-3.13, 2.41], [4.27, -1.19], [1.03, 5.51]]
    yield "one centre", rows, fitted(rows, near[:1])
    yield "a centre that gets no rows", rows, fitted(rows, near + [[1000.5, 1000.25]])
    yield "another first", rows, fitted(rows, [[-900.5, 10.25]] + near)
    yield "two rounds, and one gets no rows", rows, fitted(rows, near + [[1000.5, 1000.25]], iterations=2)


def best_cases(digits):
    for clusters in (10, 30):
        for start in ("k-means++", "random"):
            found = cluster.KMeans(clusters, init=start, n_init=10, random_state=0, algorithm="lloyd").fit(digits / 8)
            yield {"clusters": clusters, "start": "PLUS_PLUS" if start == "k-means++" else "RANDOM", "starts": 10,
                   "inertia": found.inertia_}


def main():
    digits = datasets.load_digits().data[:DIGITS]
    reference = {
        "labelings": [{"case": name, "labels": np.array(labels).tolist(), "clusters": np.array(clusters).tolist(),
                       **agreement(labels, clusters)} for name, labels, clusters in labelings()],
        "rows": [{"case": name, "rows_in_eighths": rows.tolist(), "clusters": clusters.tolist(),
                  **separation(rows / 8., clusters)} for name, rows, clusters in row_cases()],
        "given": [{"case": name, "rows_in_eighths": rows, **found} for name, rows, found in given_cases(digits)],
        "best": list(best_cases(digits)),
    }
    text = ",\n".join('"%s": [\n%s\n]' % (key, ",\n".join(json.dumps(item) for item in value))
                      for key, value in reference.items())
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clustering_reference.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("{\n%s\n}\n" % text)


if __name__ == "__main__":
    main()
