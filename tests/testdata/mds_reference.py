#!/usr/bin/python3
"""Writes mds_reference.json: how scikit-learn 1.2.1 and numpy scale its bundled data to two and three dimensions.

The tests read the recorded file only. Run this (Debian's python3-sklearn) to make it again.
"""
import json
import os

import numpy as np
from sklearn import datasets, decomposition, manifold, metrics

ROUNDS = [1, 2, 3, 5, 10, 20, 40, 80]
SEEDS = range(10)


def stress_of(distances, places):
    return float(((distances - metrics.pairwise_distances(places)) ** 2).sum() / 2)


def smacof(distances, start, rounds, tolerance):
    return manifold.smacof(distances, init=start, n_init=1, max_iter=rounds, eps=tolerance, return_n_iter=True,
                           normalized_stress=False)


def descent(distances, dimensions):
    """From a start given in 32-bit floats. scikit-learn tells the stress before its last round; here is that after."""
    start = np.random.default_rng(dimensions).uniform(size=(len(distances), dimensions)).round(5).astype(np.float32)
    places = [smacof(distances, start.astype(float), rounds, -np.inf)[0] for rounds in ROUNDS]
    end, _, iterations = smacof(distances, start.astype(float), 300, 1e-3)
    return {
        "start": [[float("%.9g" % v) for v in row] for row in start],
        "rounds": ROUNDS,
        "stress": [stress_of(distances, some) for some in places],
        "iterations": iterations,
        "end": stress_of(distances, end),
    }


def best_of_four(distances, seed):
    places, _ = manifold.smacof(distances, n_components=2, n_init=4, random_state=seed, normalized_stress=False)
    return stress_of(distances, places)


def classical(distances, dimensions):
    """Torgerson's: signed so that the largest place of each dimension is positive."""
    middle = np.eye(len(distances)) - 1 / len(distances)
    values, vectors = np.linalg.eigh(-.5 * middle @ distances ** 2 @ middle)
    return signed(vectors[:, ::-1][:, :dimensions] * np.sqrt(values[::-1][:dimensions]))


def signed(places):
    return places * np.sign(places[np.abs(places).argmax(axis=0), range(places.shape[1])])


def listed(places):
    return [[round(float(v), 7) for v in row] for row in places]


def case(name, data):
    rows = data.astype(np.float32)
    distances = metrics.pairwise_distances(rows.astype(float))
    distances[np.eye(len(rows), dtype=bool)] = 0
    places = classical(distances, 3)
    return {
        "case": name,
        "rows": [[float("%.9g" % v) for v in row] for row in rows],
        "descents": [descent(distances, dimensions) for dimensions in (1, 2, 3)],
        "best_of_four": [best_of_four(distances, seed) for seed in SEEDS],
        "classical": listed(places),
        "classical_stress": [stress_of(distances, places[:, :dimensions]) for dimensions in (1, 2, 3)],
        "pca": listed(signed(decomposition.PCA(3, svd_solver="full").fit_transform(rows.astype(float)))),
    }


def main():
    # Among the irises are rows that are there twice.
    cases = [
        case("digits", datasets.load_digits().data[:100]),
        case("irises", datasets.load_iris().data),
    ]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mds_reference.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n%s\n]\n" % ",\n".join(json.dumps(item, separators=(",", ":")) for item in cases))


if __name__ == "__main__":
    main()
