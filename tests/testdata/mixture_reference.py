#!/usr/bin/python3
"""Writes mixture_reference.json: how scikit-learn 1.2.1's Gaussian mixtures learn its bundled data, round by round.

The tests read the recorded file only. Run this (Debian's python3-sklearn) to make it again. Both sides begin with the
same shares of the rows in the components.
"""
import json
import os
import warnings

import numpy as np
from sklearn import datasets, exceptions, mixture

KINDS = {"FULL": "full", "TIED": "tied", "DIAGONAL": "diag", "SPHERICAL": "spherical"}


class Recorded(mixture.GaussianMixture):
    """Begins with given shares and keeps the lower bound of each round."""

    def begin(self, shares):
        self.shares, self.bounds = shares, []
        return self

    def _initialize_parameters(self, X, random_state):
        self._initialize(X, self.shares)

    def _compute_lower_bound(self, log_resp, log_prob_norm):
        self.bounds.append(float(log_prob_norm))
        return log_prob_norm


def numbers(array):
    return [float("%.9g" % v) for v in np.asarray(array).ravel()]


def covariances(model, kind, features):
    """Of each component, whole."""
    for k in range(model.n_components):
        if kind == "FULL":
            yield model.covariances_[k]
        elif kind == "TIED":
            yield model.covariances_
        else:
            yield np.diag(np.broadcast_to(model.covariances_[k], features))


def fitted(x, shares, kind, **options):
    model = Recorded(shares.shape[1], covariance_type=KINDS[kind], **options).begin(shares)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
        model.fit(x)
    result = {
        "options": "covariance: %s tolerance: %g max_iterations: %d regularization: %g" % (
            kind, model.tol, model.max_iter, model.reg_covar),
        "bounds": numbers(model.bounds),
        "converged": bool(model.converged_),
        "weights": numbers(model.weights_),
        "means": numbers(model.means_),
        "score": float(model.score(x)),
        "aic": float(model.aic(x)),
        "bic": float(model.bic(x)),
        "assigned": "".join(str(k) for k in model.predict(x)),
    }
    if x.shape[1] < 14:
        result["covariances"] = numbers(list(covariances(model, kind, x.shape[1])))
    return result


def case(name, x, labels, components, shares=None, **options):
    x = x.astype(np.float32).astype(np.float64)
    begin = np.eye(components)[labels] if shares is None else shares.astype(np.float32).astype(np.float64)
    return {
        "case": name,
        "columns": x.shape[1],
        "components": components,
        "rows": numbers(x),
        **({"labels": labels.tolist()} if shares is None else {"shares": numbers(shares)}),
        "results": [fitted(x, begin, kind, **options) for kind in KINDS],
    }


def blurred(target, components):
    """Classes, of which every fifth row is wrong."""
    labels = target % components
    labels[::5] = (labels[::5] + 1) % components
    return labels


def main():
    iris, wine, digits = datasets.load_iris(), datasets.load_wine(), datasets.load_digits()
    shares = np.random.default_rng(0).uniform(size=(150, 4))
    shares = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
    cases = [
        case("iris", iris.data, blurred(iris.target, 3), 3),
        case("iris from random shares", iris.data, None, 4, shares, tol=1e-4, max_iter=40),
        case("wine, whose features differ in size", wine.data, blurred(wine.target, 3), 3, tol=1e-5),
        case("digits, of whose features some hardly vary", digits.data[:250, :24], blurred(digits.target[:250], 4), 4,
             reg_covar=1e-3),
    ]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mixture_reference.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n%s\n]\n" % ",\n".join(json.dumps(item, separators=(",", ":")) for item in cases))


if __name__ == "__main__":
    main()
