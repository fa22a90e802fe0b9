#!/usr/bin/python3
"""Writes transforms_reference.json: what scikit-learn 1.2.1 makes of its bundled data.

The tests read the recorded file only. Run this (Debian's python3-sklearn) to make it again.
"""
import json
import os

import numpy as np
from sklearn import datasets, decomposition, impute, preprocessing


def shortest(values):
    """Numbers as 32-bit floats, written with the fewest digits that give them back."""
    return [[float(str(np.float32(v))) for v in row] for row in values]


def principal_components(x):
    pca = decomposition.PCA(svd_solver="full").fit(x)
    two = decomposition.PCA(2, svd_solver="full").fit(x)
    largest = np.argmax(np.abs(pca.components_), axis=1)
    signs = np.sign(pca.components_[np.arange(len(largest)), largest])
    shares = np.cumsum(pca.explained_variance_ratio_)
    return {
        "components": (pca.components_ * signs[:, None])[:20].round(8).tolist(),
        "variances": pca.explained_variance_.tolist(),
        "from_two": two.inverse_transform(two.transform(x[:5])).tolist(),
        "count_of_share": {str(share): int(np.searchsorted(shares, share) + 1) for share in (.5, .9, .95, .99)},
    }


def main():
    digits = datasets.load_digits()
    data = {
        "iris": datasets.load_iris().data,
        "wine": datasets.load_wine().data,
        "breast cancer": datasets.load_breast_cancer().data,
        "digits": digits.data[:200],
    }
    reference = {}
    for name, x in data.items():
        x = np.array(x, dtype=np.float32).astype(np.float64)
        holes = x.copy()
        holes[np.add.outer(np.arange(len(x)), np.arange(x.shape[1])) % 5 == 0] = np.nan
        reference[name] = {
            "rows": shortest(x),
            "pca": principal_components(x),
            "standard": preprocessing.StandardScaler().fit_transform(x[:100])[:3].tolist(),
            "min_max": preprocessing.MinMaxScaler((-1, 2)).fit(x[:100]).transform(x[100:103]).tolist(),
            "filled": {
                s: impute.SimpleImputer(strategy=s).fit(holes).statistics_.tolist()
                for s in ("mean", "median", "most_frequent")
            },
        }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "transforms_reference.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(reference, file)
        file.write("\n")


if __name__ == "__main__":
    main()
