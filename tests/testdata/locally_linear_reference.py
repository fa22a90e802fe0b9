#!/usr/bin/python3
"""Writes locally_linear_reference.json: where scikit-learn 1.2.1's locally linear embedding places rows.

The tests read the recorded file only. Run this (Debian's python3-sklearn) to make it again.
"""
import json
import os

import numpy as np
from sklearn import datasets, manifold, metrics
from sklearn.manifold import _locally_linear


def case(name, rows, options, labels=None):
    """Rows are floats of 32 bits; places have length 1 in each dimension, and their largest number is positive."""
    x = rows.astype(np.float32)
    # Which of equally near rows is a neighbour is nobody's business.
    distances = np.sort(metrics.pairwise_distances(x.astype(np.float64)), axis=1)
    values = dict(neighbors=10, dimensions=2, regularization=1e-3)
    values.update(options)
    last, beyond = distances[:, values["neighbors"]], distances[:, values["neighbors"] + 1]
    assert (beyond - last > 1e-9 * last).all(), name
    places, _ = manifold.locally_linear_embedding(
        x.astype(np.float64), n_neighbors=values["neighbors"], n_components=values["dimensions"],
        reg=values["regularization"], eigen_solver="dense")
    places *= np.sign(places[np.abs(places).argmax(axis=0), np.arange(places.shape[1])])

    # Only eigenvectors whose eigenvalues are apart are anyone's to compare.
    weights = _locally_linear.barycenter_kneighbors_graph(
        x.astype(np.float64), n_neighbors=values["neighbors"], reg=values["regularization"]).toarray()
    residuals = np.eye(len(x)) - weights
    eigenvalues = np.linalg.eigvalsh(residuals.T @ residuals)[: values["dimensions"] + 2]
    assert eigenvalues[1] > 1e-9, (name, eigenvalues)
    assert (np.diff(eigenvalues[1:]) > 0.02 * eigenvalues[2:]).all(), (name, eigenvalues)
    return {
        "case": name,
        "model": "locally_linear { %s }" % " ".join("%s: %s" % item for item in options.items()),
        "features": [[float(str(v)) for v in row] for row in x],
        "labels": [] if labels is None else labels.tolist(),
        "places": [[float("%.8g" % v) for v in row] for row in places],
    }


def main():
    digits, random = datasets.load_digits(), np.random.default_rng(0)
    order = random.permutation(len(digits.target))[:400]
    images, labels = digits.data[order] + random.integers(0, 10, (400, 64)) / 20, digits.target[order]
    roll = datasets.make_swiss_roll(500, random_state=1)[0]
    curve = datasets.make_s_curve(300, noise=0.02, random_state=2)[0]
    cases = [
        case("digits", images, {}, labels),
        case("swiss roll", roll, {"neighbors": 12}),
        case("swiss roll on a line", roll, {"neighbors": 9, "dimensions": 1, "regularization": 0.1}),
        case("s curve", curve, {"neighbors": 15, "dimensions": 3, "regularization": 0.01}),
        case("wine", datasets.load_wine().data, {"neighbors": 40, "dimensions": 2}),
    ]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "locally_linear_reference.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n%s\n]\n" % ",\n".join(json.dumps(item, separators=(",", ":")) for item in cases))


if __name__ == "__main__":
    main()
