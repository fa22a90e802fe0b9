"""What store_bench does, through Optuna's RDBStorage on SQLite: python3 optuna_peer.py [FOLDER] [TRIALS]."""

import os
import random
import sys
import time

try:
    import optuna
except ImportError:
    sys.exit("optuna is not importable by this Python; try Debian's python3-optuna")

PARAMETERS, STEPS = 10, 5


def distributions():
    space = {f"parameter_{i}": optuna.distributions.FloatDistribution(0.001, 1, log=i % 2 == 1) for i in range(8)}
    space["parameter_8"] = optuna.distributions.IntDistribution(1, 100)
    space["parameter_9"] = optuna.distributions.CategoricalDistribution(["adam", "sgd", "rmsprop"])
    return space


def made_trial(space):
    params = {f"parameter_{i}": random.uniform(0.001, 1) for i in range(8)}
    params.update(parameter_8=random.randint(1, 100), parameter_9="sgd")
    steps = {step: random.random() for step in range(STEPS)}
    return optuna.trial.create_trial(
        value=random.random(), params=params, distributions=space, intermediate_values=steps
    )


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "."
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    path = os.path.join(folder, "optuna_peer.db")
    if os.path.exists(path):
        sys.exit(f"{path} exists already; remove it, or choose another folder")
    try:
        url = f"sqlite:///{path}"
        study = optuna.create_study(storage=url, study_name="bulk", sampler=optuna.samplers.RandomSampler(seed=1))
        trials = [made_trial(distributions()) for _ in range(count)]
        print(f"optuna {optuna.__version__}, {count} trials")
        print("| what | trials/s | processor ms a trial |\n|---|---|---|")

        wall, processor = time.time(), time.process_time()
        study.add_trials(trials)
        report("add_trials", count, wall, processor)

        wall, processor = time.time(), time.process_time()
        for _ in range(count):
            trial = study.ask(distributions())
            study.tell(trial, 0.5)
        report("ask, tell", count, wall, processor)

        wall, processor = time.time(), time.process_time()
        optuna.load_study(storage=url, study_name="bulk").get_trials(deepcopy=False)
        report("load_study, get_trials", 2 * count, wall, processor)
    finally:
        if os.path.exists(path):
            os.remove(path)


def report(what, count, wall, processor):
    wall, processor = time.time() - wall, time.process_time() - processor
    print(f"| {what} | {count / wall:.0f} | {1000 * processor / count:.2f} |", flush=True)


main()
