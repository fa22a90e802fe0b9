#!/usr/bin/python3
"""Writes logistic_reference.json: scikit-learn 1.2.1's logistic regression, converged, on its bundled data.

The tests read the recorded file only. Run this (Debian's python3-sklearn) to make it again.
"""
import json
import os

import numpy as np
from sklearn import datasets, linear_model, preprocessing

# Options as text, and what scikit-learn calls them.
CASES = [
    ("", {}),
    ("c: 0.01", {"C": .01}),
    ("c: 100", {"C": 100}),
    ("fit_intercept: false", {"fit_intercept": False}),
    ("class_weight: BALANCED", {"class_weight": "balanced"}),
    ("weight_of { name: \"0\" weight: 3 }", {"class_weight": {0: 3}}),
    ("solver: SAGA penalty: L1 c: 0.3", {"penalty": "l1", "C": .3, "solver": "saga"}),
    ("solver: SAGA penalty: ELASTIC_NET l1_ratio: 0.3 c: 0.1",
     {"penalty": "elasticnet", "C": .1, "l1_ratio": .3, "solver": "saga"}),
]
# Of data that no plane separates: otherwise there is no minimum.
UNPENALISED = [("penalty: NONE", {"penalty": None})]
PROBABILITY_ROWS = 5


def fitted(x, y, options):
    if options.get("solver") == "saga":
        model = linear_model.LogisticRegression(max_iter=200000, tol=1e-9, random_state=0,
                                                **options)
    else:
        model = linear_model.LogisticRegression(solver="newton-cg", max_iter=1000, tol=1e-7,
                                                **options)
    model.fit(x, y)
    return {
        # Of two classes scikit-learn keeps one row, which is the difference.
        "coefficients": np.round(model.coef_, 8).tolist(),
        "intercepts": np.round(model.intercept_, 8).tolist(),
        "probabilities": np.round(model.predict_proba(x[:PROBABILITY_ROWS]), 8).tolist(),
    }


def overlapping():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, 200)
    return rng.standard_normal((200, 4)) + y[:, None] * [.5, -.3, 0, .2], y


def main():
    iris, wine = datasets.load_iris(), datasets.load_wine()
    cancer, digits = datasets.load_breast_cancer(), datasets.load_digits()
    data = {
        "iris": (iris.data, iris.target),
        "wine": (preprocessing.scale(wine.data), wine.target),
        "breast_cancer": (preprocessing.scale(cancer.data[:200]), cancer.target[:200]),
        "digits": (digits.data[:300] / 16, digits.target[:300]),
        "overlapping": overlapping(),
    }
    reference = {}
    for name, (x, y) in data.items():
        x = np.round(x, 3).astype(np.float32)
        short = [[float(str(v)) for v in row] for row in x]
        x = x.astype(np.float64)
        cases = CASES + (UNPENALISED if name == "overlapping" else [])
        reference[name] = {
            "rows": short,
            "labels": y.tolist(),
            "cases": [{"options": text, **fitted(x, y, options)} for text, options in cases],
        }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "logistic_reference.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(reference, file)
        file.write("\n")


if __name__ == "__main__":
    main()
