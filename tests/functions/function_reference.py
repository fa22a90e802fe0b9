#!/usr/bin/python3
"""Prints function_reference.json: values of the test functions at random points, computed with numpy from the formulas
as they are published, in other forms than functions/ has them. Usage: function_reference.py > function_reference.json"""
import json

import numpy as np
from numpy import pi


def ackley(x):
    return -20 * np.exp(-0.2 * np.sqrt(np.mean(x**2))) - np.exp(np.mean(np.cos(2 * pi * x))) + 20 + np.exp(1)


def griewank(x):
    return np.sum(x**2) / 4000 - np.prod(np.cos(x / np.sqrt(np.arange(1, len(x) + 1)))) + 1


def levy(x):
    w = 1 + (x - 1) / 4
    middle = np.sum((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(pi * w[:-1] + 1) ** 2))
    return np.sin(pi * w[0]) ** 2 + middle + (w[-1] - 1) ** 2 * (1 + np.sin(2 * pi * w[-1]) ** 2)


def michalewicz(x, steepness=10):
    return -np.sum(np.sin(x) * np.sin(np.arange(1, len(x) + 1) * x**2 / pi) ** (2 * steepness))


def branin(x):
    a, b, c, r, s, t = 1, 5.1 / (4 * pi**2), 5 / pi, 6, 10, 1 / (8 * pi)
    return a * (x[1] - b * x[0] ** 2 + c * x[0] - r) ** 2 + s * (1 - t) * np.cos(x[0]) + s


def goldstein_price(x):
    u, v = x
    left = 1 + (u + v + 1) ** 2 * (19 - 14 * u + 3 * u**2 - 14 * v + 6 * u * v + 3 * v**2)
    return left * (30 + (2 * u - 3 * v) ** 2 * (18 - 32 * u + 12 * u**2 + 48 * v - 36 * u * v + 27 * v**2))


def six_hump_camel(x):
    u, v = x
    return (4 - 2.1 * u**2 + u**4 / 3) * u**2 + u * v + (-4 + 4 * v**2) * v**2


def hartmann(widths, centres):
    weights, widths, centres = np.array([1, 1.2, 3, 3.2]), np.array(widths), 1e-4 * np.array(centres)
    return lambda x: -weights @ np.exp(-np.sum(widths * (x - centres) ** 2, axis=1))


hartmann3 = hartmann(
    [[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]],
    [[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]],
)
hartmann6 = hartmann(
    [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]],
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ],
)


def zdt(second):
    def values(x):
        g = 1 + 9 * np.mean(x[1:])
        return [x[0], second(x[0], g)]

    return values


FUNCTIONS = [  # spec, low, high, coordinates, function
    ("sphere {}", -5.12, 5.12, 4, lambda x: x @ x),
    ("rosenbrock {}", -5, 10, 4, lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (x[:-1] - 1) ** 2)),
    ("rastrigin {}", -5.12, 5.12, 4, lambda x: 10 * len(x) + np.sum(x**2 - 10 * np.cos(2 * pi * x))),
    ("ackley {}", -32.768, 32.768, 4, ackley),
    ("griewank {}", -600, 600, 4, griewank),
    ("levy {}", -10, 10, 4, levy),
    ("schwefel {}", -500, 500, 4, lambda x: 418.9828872724337 * len(x) - x @ np.sin(np.sqrt(np.abs(x)))),
    ("styblinski_tang {}", -5, 5, 4, lambda x: 0.5 * np.sum(x**4 - 16 * x**2 + 5 * x)),
    ("branin {}", -5, 15, 2, branin),
    ("hartmann3 {}", 0, 1, 3, hartmann3),
    ("hartmann6 {}", 0, 1, 6, hartmann6),
    ("goldstein_price {}", -2, 2, 2, goldstein_price),
    ("six_hump_camel {}", -3, 3, 2, six_hump_camel),
    ("michalewicz {}", 0, pi, 5, michalewicz),
    ("michalewicz { steepness: 1 }", 0, pi, 3, lambda x: michalewicz(x, 1)),
    ("zdt1 {}", 0, 1, 5, zdt(lambda f, g: g * (1 - np.sqrt(f / g)))),
    ("zdt2 {}", 0, 1, 5, zdt(lambda f, g: g * (1 - (f / g) ** 2))),
    ("zdt3 {}", 0, 1, 5, zdt(lambda f, g: g * (1 - np.sqrt(f / g) - f / g * np.sin(10 * pi * f)))),
    ("noop {}", -1, 1, 3, lambda x: 0),
    ("sleep {}", -1, 1, 3, lambda x: 0),
]

random = np.random.default_rng(1)
cases = []
for spec, low, high, coordinates, function in FUNCTIONS:
    for _ in range(3):
        x = random.uniform(low, high, coordinates).round(3)
        cases.append({"spec": spec, "x": x.tolist(), "values": np.atleast_1d(function(x)).tolist()})
print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")
