#!/usr/bin/python3
"""Runs Optuna's TPE on the problems of quality.cc and prints a line for each problem and seed: the problem's number and
the best value after each checkpoint. The search spaces and the values come from the evaluator, so both sides of the
comparison search the same thing. quality --optuna PYTHON calls this."""
import argparse
import json
import multiprocessing
import subprocess
import warnings

import optuna


class Evaluator:
    """quality --serve: describes the problems, then computes one value for each line of coordinates."""

    def __init__(self, program):
        self.process = subprocess.Popen([program, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.problems = []
        while (line := self.process.stdout.readline().strip()) != "":
            self.problems.append(json.loads(line)["parameters"])

    def value(self, problem, trial):
        parameters = self.problems[problem]
        x = ["nan"] * len(parameters)
        values = {}
        for parameter in parameters:
            if any(str(values.get(test["parameter"])) != test["equals"] for test in parameter["when"]):
                continue
            name = parameter["name"]
            distribution = optuna.distributions.json_to_distribution(parameter["distribution"])
            values[name] = suggest(trial, name, distribution)
            x[parameter["index"]] = repr(float(distribution.to_internal_repr(values[name])))
        self.process.stdin.write(" ".join([str(problem), *x]) + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def suggest(trial, name, distribution):
    if isinstance(distribution, optuna.distributions.CategoricalDistribution):
        return trial.suggest_categorical(name, distribution.choices)
    if isinstance(distribution, optuna.distributions.IntDistribution):
        return trial.suggest_int(
            name, distribution.low, distribution.high, step=distribution.step, log=distribution.log
        )
    return trial.suggest_float(name, distribution.low, distribution.high, step=distribution.step, log=distribution.log)


evaluator = None  # one a process


def start(program):
    global evaluator
    evaluator = Evaluator(program)


def run(job):
    problem, seed, trials, checkpoints = job
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(lambda trial: evaluator.value(problem, trial), n_trials=trials)
    values = [trial.value for trial in study.trials]
    return " ".join([str(problem)] + [repr(min(values[:checkpoint])) for checkpoint in checkpoints])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evaluator", required=True, help="path of the program quality")
    parser.add_argument("--problems", required=True, help="their numbers, such as 0,1,2")
    parser.add_argument("--checkpoints", required=True, help="trials, such as 25,50,100,200")
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore")
    checkpoints = [int(checkpoint) for checkpoint in arguments.checkpoints.split(",")]
    jobs = [
        (int(problem), seed, arguments.trials, checkpoints)
        for problem in arguments.problems.split(",")
        for seed in range(1, arguments.seeds + 1)
    ]
    with multiprocessing.Pool(arguments.processes, start, (arguments.evaluator,)) as pool:
        for line in pool.imap(run, jobs):
            print(line, flush=True)


if __name__ == "__main__":
    main()
