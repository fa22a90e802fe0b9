#!/usr/bin/python3
"""Writes svm_reference.json: what scikit-learn 1.2.1's support vector machines say of its bundled data.

The tests read the recorded file only. Run this (Debian's python3-sklearn) to make it again.
"""
import json
import os
import warnings

import numpy as np
from sklearn import datasets, exceptions, preprocessing, svm

warnings.simplefilter("ignore", exceptions.ConvergenceWarning)


def standard(x):
    """Of few digits, so that the file stays small."""
    return preprocessing.StandardScaler().fit_transform(x).round(2)


def tables():
    """Name, features, classes; every second row is learned from, the others are predicted."""
    iris, wine, cancer = datasets.load_iris(), datasets.load_wine(), datasets.load_breast_cancer()
    digits = datasets.load_digits()
    yield "iris", standard(iris.data), iris.target
    yield "wine", standard(wine.data), wine.target
    yield "breast cancer", standard(cancer.data), cancer.target
    yield "digits", digits.data[:500], digits.target[:500]


def configurations():
    """Options in ours and theirs."""
    for c in (1e-2, 1, 1e3):
        yield "kernel: LINEAR c: %g" % c, {"kernel": "linear", "C": c}
        for gamma in ("scale", "auto"):
            for kernel, ours, theirs in (("rbf", "", {}), ("poly", " coef0: 1", {"coef0": 1}), ("sigmoid", "", {})):
                yield ("kernel: %s c: %g gamma_rule: %s%s" % (kernel.upper(), c, gamma.upper(), ours),
                       {"kernel": kernel, "C": c, "gamma": gamma, **theirs})
    yield "kernel: POLY degree: 2", {"kernel": "poly", "degree": 2}
    yield "gamma: 0.03 c: 10 class_weight: BALANCED", {"gamma": .03, "C": 10, "class_weight": "balanced"}
    yield "c: 10 tolerance: 1e-6", {"C": 10, "tol": 1e-6}


LINEAR_CONFIGURATIONS = [
    ("c: 0.01", {"C": .01}),
    ("c: 1", {"C": 1}),
    ("c: 0.1 loss: HINGE", {"C": .1, "loss": "hinge"}),
    ("c: 0.1 class_weight: BALANCED", {"C": .1, "class_weight": "balanced"}),
]


def learned(x, y):
    return x[::2].astype(np.float32), y[::2]


def text(classes):
    return "".join(str(c) for c in classes)


def kernel_case(table, ours, theirs):
    name, x, y = table
    classes = len(set(y))
    model = svm.SVC(break_ties=classes > 2, cache_size=1000, **theirs).fit(*learned(x, y))
    return {"table": name, "model": "svm { %s }" % ours, "support_vectors": int(model.n_support_.sum()),
            "predicted": text(model.predict(x[1::2].astype(np.float32)))}


def linear_case(table, ours, theirs):
    name, x, y = table
    scaled = preprocessing.MinMaxScaler().fit_transform(x)
    model = svm.LinearSVC(max_iter=200000, tol=1e-6, random_state=1, **theirs).fit(*learned(scaled, y))
    decisions = model.decision_function(scaled[1::2].astype(np.float32))
    return {"table": name, "model": "linear_svm { tolerance: 1e-6 max_iterations: 200000 %s }" % ours,
            "decisions_of_first_row": np.atleast_1d(decisions[0]).round(6).tolist(),
            "predicted": text(model.predict(scaled[1::2].astype(np.float32)))}


def decision_case(table):
    """One against one; above 0 is the first class, of two classes, too."""
    name, x, y = table
    model = svm.SVC(C=10, decision_function_shape="ovo").fit(*learned(x, y))
    decisions = model.decision_function(x[1::2].astype(np.float32))[:25]
    decisions = -decisions[:, None] if decisions.ndim == 1 else decisions
    return {"table": name, "model": "svm { c: 10 }", "decisions": decisions.round(4).tolist()}


def probability_case(table):
    name, x, y = table
    model = svm.SVC(C=10, probability=True, random_state=1).fit(*learned(x, y))
    return {"table": name, "model": "svm { c: 10 probability: true }",
            "probabilities": model.predict_proba(x[1::2].astype(np.float32))[:25].round(4).tolist()}


def main():
    all_tables = list(tables())
    reference = {
        "tables": [{"name": name, "classes": text(y), "features": [[int(v) if v == int(v) else v for v in row] for row in x.tolist()]}
                   for name, x, y in all_tables],
        "kernel": [kernel_case(table, *case) for table in all_tables for case in configurations()],
        "linear": [linear_case(table, *case) for table in all_tables for case in LINEAR_CONFIGURATIONS],
        "decision": [decision_case(table) for table in all_tables],
        "probability": [probability_case(table) for table in all_tables],
    }
    lines = ",\n".join('"%s": [\n%s\n]' % (key, ",\n".join(json.dumps(item, separators=(",", ":")) for item in value))
                       for key, value in reference.items())
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "svm_reference.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("{\n%s\n}\n" % lines)


if __name__ == "__main__":
    main()
