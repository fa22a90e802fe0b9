"""Files that go back and forth between parzen and Python Optuna."""

import io
import json
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import cases

try:
    import optuna
except ImportError as error:
    cases.skip_all("OptunaTest", f"python3 cannot import optuna ({error})")
    sys.exit(0)
try:
    import pandas
except ImportError:
    pandas = None
try:
    import sklearn
except ImportError:
    sklearn = None

optuna.logging.set_verbosity(optuna.logging.ERROR)
VERSION = tuple(int(part) for part in optuna.__version__.split(".")[:2])
# Before 3.2 the schema was one version older; its tables are the same.
OLD = VERSION < (3, 2)
print(f"Optuna {optuna.__version__}, opened {'without its compatibility check' if OLD else 'plainly'}", file=sys.stderr)

# A program whose trials end in every way: one in seven fails, and those that learn badly are pruned.
PROGRAM = r"""
import json, sys
for line in sys.stdin:
    task = json.loads(line)
    p = task["parameters"]
    loss = (p["x"] - 1) ** 2 + abs(p["rate"] - 0.01) + p["layers"] * 0.1 + (p.get("width", 8) - 8) ** 2 * 0.01
    loss += {"a": 0, "b": 1, "true": 2}.get(str(p["kind"]), 3)
    if task["trial"] % 7 == 3:
        print(json.dumps({"error": "the seventh fails"}), flush=True)
        continue
    stopped = False
    for step in range(1, 5):
        print(json.dumps({"step": step, "value": loss + 1 / step}), flush=True)
        if json.loads(sys.stdin.readline()).get("stop"):
            stopped = True
            break
    print(json.dumps({"value": loss, "metrics": {"seconds": 0.5}} if not stopped else {"value": loss}), flush=True)
"""

STUDY = """name: "all-kinds"
objective { direction: MINIMIZE }
command { argv: "%(python)s" argv: "%(program)s" keep_alive: true }
parameter { name: "x" float { low: -5 high: 5 } }
parameter { name: "rate" float { low: 1e-5 high: 1 log: true } }
parameter { name: "layers" int { low: 1 high: 3 } }
parameter { name: "kind" categorical { choice: "a" choice: "b" choice: "true" choice: "null" choice: "1.5" } }
parameter { name: "width" int { low: 2 high: 64 log: true } when { parameter: "layers" at_least: 2 } }
search { sampler { tpe {} } pruner { median { startup_trials: 5 } } trials: 40 seed: 3 }
"""

# A bowl whose bottom is at x = 0.
BOWL = """name: "bowl"
objective { direction: MINIMIZE }
function { sphere {} }
parameter { name: "x" float { low: -100 high: 100 } }
parameter { name: "y" float { low: -100 high: 100 } }
search { sampler { tpe {} } trials: %d seed: 5 }
"""

PARZEN = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""


class OptunaTestCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
        program = cls.write("program.py", PROGRAM, cls.shared)
        study = STUDY % {"python": sys.executable, "program": program}
        cls.study_file = cls.write("study.textproto", study, cls.shared)
        cls.made = os.path.join(cls.shared, "made.db")
        cls.run_parzen("run", cls.study_file, "--db", cls.made)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
        self.db = os.path.join(self.folder, "copy.db")
        shutil.copy(self.made, self.db)

    def tearDown(self):
        shutil.rmtree(self.folder)

    @staticmethod
    def write(name, text, folder):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    @staticmethod
    def run_parzen(*arguments):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PARZEN_")}
        done = subprocess.run([PARZEN, *arguments], capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            raise AssertionError(f"parzen {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def parzen_json(self, *arguments):
        return json.loads(self.run_parzen(*arguments, "--db", self.db, "-f", "json"))

    def storage(self):
        return optuna.storages.RDBStorage(f"sqlite:///{self.db}", skip_compatibility_check=OLD)

    def load(self, name="all-kinds"):
        return optuna.load_study(study_name=name, storage=self.storage())

    def create(self, name, **options):
        return optuna.create_study(study_name=name, storage=self.storage(), **options)

    def run_bowl(self, trials):
        self.run_parzen("run", self.write("bowl.textproto", BOWL % trials, self.folder), "--db", self.db)


class AStudyOfParzens(OptunaTestCase):
    def test_loads_with_the_trials_that_parzen_lists(self):
        trials = self.load().trials
        listed = self.parzen_json("trial", "list", "all-kinds")
        self.assertEqual([trial.state.name for trial in trials], [row["state"] for row in listed])
        states = {trial.state.name for trial in trials}
        self.assertEqual(states, {"COMPLETE", "PRUNED", "FAIL"})
        for trial, row in zip(trials, listed):
            for name, value in trial.params.items():
                self.assertEqual(value, row[name], f"trial {trial.number}, {name}")
            self.assertEqual("width" in trial.params, trial.params["layers"] >= 2)

    def test_has_the_distributions_of_the_study_file(self):
        distributions = self.load().trials[0].distributions
        self.assertEqual(distributions["x"], optuna.distributions.FloatDistribution(-5, 5))
        self.assertEqual(distributions["rate"], optuna.distributions.FloatDistribution(1e-5, 1, log=True))
        self.assertEqual(distributions["layers"], optuna.distributions.IntDistribution(1, 3))
        self.assertEqual(distributions["kind"].choices, ("a", "b", True, None, 1.5))

    def test_has_the_best_trial_that_parzen_best_names(self):
        best = self.load().best_trial
        named = self.parzen_json("best", "all-kinds")[0]
        self.assertEqual(named["number"], best.number)
        self.assertEqual(named["value"], best.value)

    @unittest.skipIf(pandas is None, "python3 cannot import pandas")
    def test_gives_a_trials_dataframe_like_parzens_csv(self):
        frame = self.load().trials_dataframe()
        theirs = pandas.read_csv(io.StringIO(frame.to_csv(index=False)))
        ours = pandas.read_csv(io.StringIO(self.run_parzen("study", "export", "all-kinds", "--db", self.db)))
        self.assertEqual(list(ours.columns), list(theirs.columns))
        for column in theirs.columns:
            if not column.startswith("system_attrs_"):  # Python spells dicts its own way
                pandas.testing.assert_series_equal(ours[column], theirs[column])

    @unittest.skipIf(sklearn is None, "Optuna evaluates importances with scikit-learn, which python3 cannot import")
    def test_gives_param_importances(self):
        importances = optuna.importance.get_param_importances(self.load())
        self.assertEqual(set(importances), {"x", "rate", "layers", "kind"})
        self.assertAlmostEqual(sum(importances.values()), 1, places=6)

    def test_feeds_what_optunas_plots_show(self):
        study = self.load()
        from optuna.visualization import _edf, _intermediate_values, _optimization_history, _parallel_coordinate, _slice

        history = _optimization_history._get_optimization_history_info_list(study, None, "value", False)
        self.assertEqual(min(history[0].values_info.values), study.best_value)
        curves = _intermediate_values._get_intermediate_plot_info(study)
        self.assertEqual(len(curves.trial_infos), sum(1 for trial in study.trials if trial.intermediate_values))
        subplots = _slice._get_slice_plot_info(study, None, None, "value").subplots
        self.assertEqual({subplot.param_name for subplot in subplots}, {"x", "rate", "layers", "kind", "width"})
        parallel = _parallel_coordinate._get_parallel_coordinate_info(study, ["x", "rate"], None, "value")
        self.assertEqual([dimension.label for dimension in parallel.dims_params], ["rate", "x"])
        self.assertEqual(len(_edf._get_edf_info(study).lines), 1)

    def test_runs_exactly_the_point_that_python_enqueues(self):
        point = {"x": 1.25, "rate": 0.02, "layers": 3, "kind": True, "width": 9}
        self.load().enqueue_trial(point)
        self.run_parzen("run", self.study_file, "--db", self.db, "--trials", "41")
        trials = self.load().trials
        self.assertEqual(len(trials), 41)
        self.assertEqual(trials[40].params, point)
        self.assertIn(trials[40].state.name, ("COMPLETE", "PRUNED"))

    def test_shows_and_learns_from_trials_that_python_asks_and_tells(self):
        self.run_bowl(15)
        study = self.load("bowl")
        # Far from the bottom, told to be better than anything there.
        for i in range(8):
            trial = study.ask()
            trial.suggest_float("x", -100, 100)
            trial.suggest_float("y", -100, 100)
            study.tell(trial, -1000.0 - i)
        told = [trial for trial in study.trials if trial.number >= 15]
        listed = self.parzen_json("trial", "list", "bowl")
        self.assertEqual([row["value"] for row in listed[15:]], [-1000.0 - i for i in range(8)])
        self.assertEqual([row["x"] for row in listed[15:]], [trial.params["x"] for trial in told])
        # Python told eight; parzen adds thirty.
        with_told = self.suggested(53, 23)
        shutil.copy(self.made, self.db)
        self.run_bowl(45)
        without = [trial.params for trial in self.load("bowl").trials[15:]]
        self.assertLess(self.distance(with_told, told), self.distance(without, told))

    def suggested(self, trials, first):
        self.run_bowl(trials)
        return [trial.params for trial in self.load("bowl").trials[first:]]

    @staticmethod
    def distance(points, told):
        def nearest(point):
            return min(math.hypot(point["x"] - t.params["x"], point["y"] - t.params["y"]) for t in told)

        return sum(nearest(point) for point in points) / len(points)

    def test_is_continued_by_optunas_own_sampler(self):
        sampler = optuna.samplers.TPESampler(seed=1)
        study = optuna.load_study(study_name="all-kinds", storage=self.storage(), sampler=sampler)

        def objective(trial):
            layers = trial.suggest_int("layers", 1, 3)
            if layers >= 2:
                trial.suggest_int("width", 2, 64, log=True)
            kind = trial.suggest_categorical("kind", ["a", "b", True, None, 1.5])
            return trial.suggest_float("x", -5, 5) + trial.suggest_float("rate", 1e-5, 1, log=True) + (kind == "a")

        study.optimize(objective, n_trials=5)
        self.assertEqual(len(self.parzen_json("trial", "list", "all-kinds")), 45)
        self.assertEqual(self.parzen_json("best", "all-kinds")[0]["value"], study.best_value)

    def test_that_optuna_deletes_leaves_no_row_of_ours(self):
        self.run_bowl(3)
        optuna.delete_study(study_name="all-kinds", storage=self.storage())
        connection = sqlite3.connect(self.db)
        bowl, = connection.execute("SELECT study_id FROM studies").fetchone()
        for table in ("parzen_studies", "parzen_attempts", "parzen_artifacts", "parzen_events", "parzen_files"):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            if "study_id" in columns:
                rows = connection.execute(f"SELECT count(*) FROM {table} WHERE study_id != ?", (bowl,))
            else:
                gone = "trial_id NOT IN (SELECT trial_id FROM trials)"
                rows = connection.execute(f"SELECT count(*) FROM {table} WHERE {gone}")
            self.assertEqual(rows.fetchone()[0], 0, table)
        connection.close()
        self.assertEqual([row["name"] for row in self.parzen_json("study", "list")], ["bowl"])


class AStudyOfOptunas(OptunaTestCase):
    def make(self):
        study = self.create("theirs", direction="minimize", sampler=optuna.samplers.RandomSampler(seed=2))

        def objective(trial):
            x = trial.suggest_float("x", -10, 10)
            trial.suggest_float("lr", 1e-5, 1e-1, log=True)
            trial.suggest_int("n", 1, 9, step=2)
            trial.suggest_categorical("c", ["adam", None, True, 3, 0.5])
            for step in range(3):
                trial.report(x * x + step, step)
            if trial.number % 5 == 4:
                raise optuna.TrialPruned()
            return x * x

        study.optimize(objective, n_trials=30)
        return study

    def test_is_listed_and_shown(self):
        study = self.make()
        self.assertIn("theirs", [row["name"] for row in self.parzen_json("study", "list")])
        listed = self.parzen_json("trial", "list", "theirs")
        self.assertEqual([row["state"] for row in listed], [trial.state.name for trial in study.trials])
        self.assertEqual([row["c"] for row in listed], [trial.params["c"] for trial in study.trials])
        self.assertEqual(self.parzen_json("best", "theirs")[0]["number"], study.best_trial.number)
        self.assertIn("COMPLETE", self.run_parzen("trial", "show", "theirs", "0", "--db", self.db))

    def test_has_importances(self):
        self.make()
        importances = {row["parameter"]: row["importance"] for row in self.parzen_json("importance", "theirs")}
        self.assertEqual(max(importances, key=importances.get), "x")

    def test_comes_back_from_json_as_it_was(self):
        study = self.make()
        exported = os.path.join(self.folder, "theirs.json")
        self.run_parzen("study", "export", "theirs", "-f", "json", "-o", exported, "--db", self.db)
        self.run_parzen("study", "import", exported, "--as", "again", "--db", self.db)
        self.check_equal(study, self.load("again"))

    def test_comes_over_from_its_file_with_all_others(self):
        study = self.make()
        other = os.path.join(self.folder, "other.db")
        self.run_parzen("study", "import", self.db, "--db", other)
        self.db = other
        self.check_equal(study, self.load("theirs"))
        self.assertEqual(len(self.load("all-kinds").trials), 40)

    def test_comes_over_as_csv_with_guessed_ranges(self):
        study = self.make()
        exported = os.path.join(self.folder, "theirs.csv")
        self.run_parzen("study", "export", "theirs", "-o", exported, "--db", self.db)
        self.run_parzen("study", "import", exported, "--as", "again", "--direction", "minimize", "--db", self.db)
        again = self.load("again")
        self.assertEqual([trial.params for trial in again.trials], [trial.params for trial in study.trials])
        self.assertEqual([trial.value for trial in again.trials], [trial.value for trial in study.trials])
        xs = [trial.params["x"] for trial in study.trials]
        self.assertEqual(again.trials[0].distributions["x"], optuna.distributions.FloatDistribution(min(xs), max(xs)))

    @unittest.skipIf(pandas is None, "python3 cannot import pandas")
    def test_comes_over_from_the_csv_that_python_writes(self):
        study = self.make()
        exported = os.path.join(self.folder, "frame.csv")
        study.trials_dataframe().to_csv(exported)
        self.run_parzen("study", "import", exported, "--as", "again", "--direction", "minimize", "--db", self.db)
        again = self.load("again")
        self.assertEqual([trial.values for trial in again.trials], [trial.values for trial in study.trials])
        self.assertEqual([trial.params["x"] for trial in again.trials], [trial.params["x"] for trial in study.trials])

    def check_equal(self, study, again):
        self.assertEqual(study.directions, again.directions)
        self.assertEqual(study.user_attrs, again.user_attrs)
        for one, two in zip(study.trials, again.trials):
            for what in ("number", "state", "values", "params", "distributions", "intermediate_values", "user_attrs",
                         "system_attrs", "datetime_start", "datetime_complete"):
                self.assertEqual(getattr(one, what), getattr(two, what), f"trial {one.number}, {what}")
        self.assertEqual(len(study.trials), len(again.trials))

    def test_keeps_attributes_of_any_kind_through_parzen(self):
        study = self.make()
        attributes = {"é \"'": "ünïcode ☃ 𝄞", "nan": float("nan"), "inf": [float("inf"), -float("inf")],
                      "deep": {"a": [1, 2.5, None, True]}, "text": "line\nend", "'; DROP TABLE trials; --": 1}
        for name, value in attributes.items():
            study.set_user_attr(name, value)
        trial = study.ask()
        for name, value in attributes.items():
            trial.set_user_attr(name, value)
        study.tell(trial, 1.0)
        exported = os.path.join(self.folder, "theirs.json")
        self.run_parzen("study", "export", "theirs", "-f", "json", "-o", exported, "--db", self.db)
        self.run_parzen("study", "import", exported, "--as", "again", "--db", self.db)
        again = self.load("again")
        for read in (again.user_attrs, again.trials[-1].user_attrs):  # NaN equals nothing, but has a repr
            self.assertEqual(repr(sorted(read.items())), repr(sorted(attributes.items())))
        with open(exported, encoding="utf-8") as file:  # strict JSON all the same
            json.load(file, parse_constant=lambda constant: self.fail(f"{constant} is no JSON"))

    def test_is_resumed(self):
        study = self.create("bowl", direction="minimize")
        for _ in range(6):
            trial = study.ask()
            x, y = trial.suggest_float("x", -100, 100), trial.suggest_float("y", -100, 100)
            study.tell(trial, x * x + y * y)
        self.run_bowl(16)
        trials = self.load("bowl").trials
        self.assertEqual(len(trials), 16)
        self.assertEqual([trial.value for trial in trials[:6]], [trial.value for trial in study.trials[:6]])
        for trial in trials:
            self.assertAlmostEqual(trial.value, trial.params["x"] ** 2 + trial.params["y"] ** 2, places=6)


if __name__ == "__main__":
    sys.argv = sys.argv[:2]
    sys.exit(cases.run("OptunaTest", sys.modules["__main__"]))
