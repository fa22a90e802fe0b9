"""What an Optuna process does to a study's file, statement by statement, without Optuna: enqueues trials, claims what
waits (without asking for its state in the UPDATE), suggests, tells. Prints "told NUMBER" for each trial that it ended.

usage: foreign_writer.py FILE STUDY TRIALS
"""

import json
import sqlite3
import sys
import time

DISTRIBUTION = json.dumps(
    {"name": "FloatDistribution", "attributes": {"step": None, "low": 0.0, "high": 1.0, "log": False}}
)


def now():
    seconds = time.time()
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds)) + ".%06d" % (seconds % 1 * 1e6)


class Storage:
    def __init__(self, path, study):
        self.connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        self.study_id = self.read("SELECT study_id FROM studies WHERE study_name = ?", study)[0][0]

    def read(self, sql, *values):
        return self.connection.execute(sql, values).fetchall()

    def write(self, *statements):
        self.connection.execute("BEGIN")
        for sql, *values in statements:
            self.connection.execute(sql, values)
        self.connection.execute("COMMIT")

    def enqueue(self, x):
        self.connection.execute("BEGIN")
        cursor = self.connection.execute(
            "INSERT INTO trials (number, study_id, state) VALUES (NULL, ?, 'WAITING')", (self.study_id,)
        )
        trial_id = cursor.lastrowid
        number = self.read(
            "SELECT count(*) FROM trials WHERE study_id = ? AND trial_id < ?", self.study_id, trial_id
        )[0][0]
        self.connection.execute("UPDATE trials SET number = ? WHERE trial_id = ?", (number, trial_id))
        self.connection.execute(
            "INSERT INTO trial_system_attributes (trial_id, \"key\", value_json) VALUES (?, 'fixed_params', ?)",
            (trial_id, json.dumps({"x": x})),
        )
        self.connection.execute("COMMIT")

    def claim(self):
        """The last trial that waits, now RUNNING, as (trial_id, number); None when none waits."""
        waiting = self.read(
            "SELECT trial_id, number FROM trials WHERE study_id = ? AND state = 'WAITING' ORDER BY number DESC",
            self.study_id,
        )
        if not waiting:
            return None
        self.write(("UPDATE trials SET state = 'RUNNING', datetime_start = ? WHERE trial_id = ?", now(), waiting[0][0]))
        return waiting[0]

    def tell(self, trial_id, x):
        """False when the trial is not RUNNING any more."""
        if self.read("SELECT state FROM trials WHERE trial_id = ?", trial_id) != [("RUNNING",)]:
            return False
        self.write(
            (
                "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES (?, 'x', ?, ?)",
                trial_id,
                x,
                DISTRIBUTION,
            )
        )
        self.write(
            ("INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?, 0, ?, 'FINITE')", trial_id, x),
            ("UPDATE trials SET state = 'COMPLETE', datetime_complete = ? WHERE trial_id = ?", now(), trial_id),
        )
        return True


def main():
    path, study, trials = sys.argv[1], sys.argv[2], int(sys.argv[3])
    storage = Storage(path, study)
    told = 0
    for step in range(1000):
        if told == trials:
            return 0
        storage.enqueue(0.25)
        storage.enqueue(0.75)
        claimed = storage.claim()
        if claimed is None:
            continue
        if storage.tell(claimed[0], 2.0):
            told += 1
            print("told", claimed[1], flush=True)
    return 1


sys.exit(main())
