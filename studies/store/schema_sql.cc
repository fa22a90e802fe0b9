#include "studies/store/schema_sql.h"

#include "absl/strings/str_replace.h"

namespace parzen {

// sqlite_master keeps the text of these statements; but for white space it is what Optuna's own databases hold.
const char kOptunaSchemaSql[] = R"sql(
CREATE TABLE IF NOT EXISTS studies (
  study_id INTEGER NOT NULL,
  study_name VARCHAR(512) NOT NULL,
  PRIMARY KEY (study_id)
);
CREATE UNIQUE INDEX IF NOT EXISTS ix_studies_study_name ON studies (study_name);
CREATE TABLE IF NOT EXISTS version_info (
  version_info_id INTEGER NOT NULL,
  schema_version INTEGER,
  library_version VARCHAR(256),
  PRIMARY KEY (version_info_id),
  CHECK (version_info_id=1)
);
CREATE TABLE IF NOT EXISTS study_directions (
  study_direction_id INTEGER NOT NULL,
  direction VARCHAR(8) NOT NULL,
  study_id INTEGER NOT NULL,
  objective INTEGER NOT NULL,
  PRIMARY KEY (study_direction_id),
  UNIQUE (study_id, objective),
  FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE IF NOT EXISTS study_user_attributes (
  study_user_attribute_id INTEGER NOT NULL,
  study_id INTEGER,
  "key" VARCHAR(512),
  value_json TEXT,
  PRIMARY KEY (study_user_attribute_id),
  UNIQUE (study_id, "key"),
  FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE IF NOT EXISTS study_system_attributes (
  study_system_attribute_id INTEGER NOT NULL,
  study_id INTEGER,
  "key" VARCHAR(512),
  value_json TEXT,
  PRIMARY KEY (study_system_attribute_id),
  UNIQUE (study_id, "key"),
  FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE IF NOT EXISTS trials (
  trial_id INTEGER NOT NULL,
  number INTEGER,
  study_id INTEGER,
  state VARCHAR(8) NOT NULL,
  datetime_start DATETIME,
  datetime_complete DATETIME,
  PRIMARY KEY (trial_id),
  FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE INDEX IF NOT EXISTS ix_trials_study_id ON trials (study_id);
CREATE TABLE IF NOT EXISTS trial_user_attributes (
  trial_user_attribute_id INTEGER NOT NULL,
  trial_id INTEGER,
  "key" VARCHAR(512),
  value_json TEXT,
  PRIMARY KEY (trial_user_attribute_id),
  UNIQUE (trial_id, "key"),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE IF NOT EXISTS trial_system_attributes (
  trial_system_attribute_id INTEGER NOT NULL,
  trial_id INTEGER,
  "key" VARCHAR(512),
  value_json TEXT,
  PRIMARY KEY (trial_system_attribute_id),
  UNIQUE (trial_id, "key"),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE IF NOT EXISTS trial_params (
  param_id INTEGER NOT NULL,
  trial_id INTEGER,
  param_name VARCHAR(512),
  param_value FLOAT,
  distribution_json TEXT,
  PRIMARY KEY (param_id),
  UNIQUE (trial_id, param_name),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE IF NOT EXISTS trial_values (
  trial_value_id INTEGER NOT NULL,
  trial_id INTEGER NOT NULL,
  objective INTEGER NOT NULL,
  value FLOAT,
  value_type VARCHAR(7) NOT NULL,
  PRIMARY KEY (trial_value_id),
  UNIQUE (trial_id, objective),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE IF NOT EXISTS trial_intermediate_values (
  trial_intermediate_value_id INTEGER NOT NULL,
  trial_id INTEGER NOT NULL,
  step INTEGER NOT NULL,
  intermediate_value FLOAT,
  intermediate_value_type VARCHAR(7) NOT NULL,
  PRIMARY KEY (trial_intermediate_value_id),
  UNIQUE (trial_id, step),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE IF NOT EXISTS trial_heartbeats (
  trial_heartbeat_id INTEGER NOT NULL,
  trial_id INTEGER NOT NULL,
  heartbeat DATETIME NOT NULL,
  PRIMARY KEY (trial_heartbeat_id),
  UNIQUE (trial_id),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE IF NOT EXISTS alembic_version (
  version_num VARCHAR(32) NOT NULL,
  CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
)sql";

const char kOptunaVersionSql[] = R"sql(
INSERT INTO version_info (version_info_id, schema_version, library_version)
  SELECT 1, 12, '5.0.0' WHERE NOT EXISTS (SELECT 1 FROM version_info);
INSERT INTO alembic_version (version_num) SELECT 'v3.2.0.a' WHERE NOT EXISTS (SELECT 1 FROM alembic_version);
)sql";

const char kParzenTablesSql[] = R"sql(
CREATE TABLE IF NOT EXISTS parzen_version (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  schema_version INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS parzen_studies (
  study_id INTEGER PRIMARY KEY,
  spec TEXT NOT NULL,          -- StudySpec as text proto
  budget INTEGER NOT NULL,     -- 0: none
  space_finished INTEGER NOT NULL DEFAULT 0,
  stopped INTEGER NOT NULL DEFAULT 0,
  final_result TEXT,           -- FinalResult as text proto
  created DATETIME NOT NULL,
  deadline DATETIME            -- when its time limit is up; NULL: none
);
CREATE TABLE IF NOT EXISTS parzen_files (
  study_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (study_id, position)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS parzen_workers (
  worker_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  slots INTEGER NOT NULL,
  threads INTEGER NOT NULL,
  embedded INTEGER NOT NULL,
  first_seen DATETIME NOT NULL,
  last_seen DATETIME NOT NULL,
  disconnected DATETIME,       -- NULL while it is connected
  draining INTEGER NOT NULL DEFAULT 0,
  memory_bytes INTEGER,        -- of each slot; NULL: no limit
  labels TEXT NOT NULL DEFAULT '[]',  -- JSON
  models TEXT NOT NULL DEFAULT '[]',  -- JSON
  version TEXT NOT NULL DEFAULT '',
  allow_commands INTEGER NOT NULL DEFAULT 0,
  clock_ahead_seconds REAL     -- its clock less ours when it connected
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS parzen_workers_connected ON parzen_workers (worker_id) WHERE disconnected IS NULL;
CREATE TABLE IF NOT EXISTS parzen_attempts (
  trial_id INTEGER NOT NULL,
  attempt INTEGER NOT NULL,    -- 1 for the first
  token TEXT NOT NULL UNIQUE,
  request_id TEXT UNIQUE,      -- NULL where nobody asked
  worker_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('OPEN', 'ENDED', 'LOST', 'RELEASED', 'CRASHED')),
  embedded INTEGER NOT NULL,
  asked INTEGER NOT NULL DEFAULT 0,  -- by `parzen trial ask`, so there is no lease
  started DATETIME NOT NULL,
  ended DATETIME,
  reason TEXT,
  ended_by_worker INTEGER NOT NULL DEFAULT 0,  -- its own report closed it, and was acknowledged
  epoch INTEGER,               -- of the coordinator that gave the lease
  wall_seconds REAL,           -- these as in AttemptUsage
  cpu_seconds REAL,
  peak_memory_bytes INTEGER,
  exit_code INTEGER,
  signal INTEGER,
  stderr_tail TEXT,
  PRIMARY KEY (trial_id, attempt)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS parzen_attempts_open ON parzen_attempts (trial_id) WHERE state = 'OPEN';
CREATE TABLE IF NOT EXISTS parzen_artifacts (
  artifact_id INTEGER PRIMARY KEY,
  trial_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE (trial_id, name)
);
CREATE TABLE IF NOT EXISTS parzen_progress (  -- of trials that have paused
  trial_id INTEGER PRIMARY KEY,
  step INTEGER NOT NULL,       -- the last that was reported
  promoted INTEGER NOT NULL DEFAULT 0,  -- 0: it waits for others to be worse; 1: it goes on, or may
  checkpoint BLOB              -- what it goes on from; NULL: it begins again
);
CREATE TABLE IF NOT EXISTS parzen_events (
  event_id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL,
  trial_id INTEGER,            -- NULL: of the whole study
  time DATETIME NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS parzen_events_study ON parzen_events (study_id, trial_id);
CREATE TABLE IF NOT EXISTS parzen_cluster (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  cluster_id TEXT NOT NULL     -- names this database to workers
);
INSERT OR IGNORE INTO parzen_cluster (id, cluster_id) VALUES (1, lower(hex(randomblob(16))));
CREATE TABLE IF NOT EXISTS parzen_epochs (
  epoch INTEGER PRIMARY KEY,   -- counts the coordinators that have owned the database
  started DATETIME NOT NULL,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS parzen_requests (
  request_id TEXT PRIMARY KEY, -- of an edit that adds a trial
  study_id INTEGER NOT NULL,
  number INTEGER NOT NULL,     -- of that trial
  time DATETIME NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS parzen_trials_number ON trials (study_id, number);
CREATE INDEX IF NOT EXISTS parzen_trials_unfinished ON trials (study_id) WHERE state IN ('RUNNING', 'WAITING');
)sql";

// Version 2 differs from 1 in its views only, which are made anew in any case; 5 adds a table and a trigger.
const std::vector<ParzenMigration>& ParzenMigrations() {
  static const std::vector<ParzenMigration> migrations = {
      {3, R"sql(
ALTER TABLE parzen_studies ADD COLUMN stopped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE parzen_workers ADD COLUMN disconnected DATETIME;
ALTER TABLE parzen_attempts ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
UPDATE parzen_workers SET disconnected = last_seen;
)sql"},
      // A new state of attempts: the table is made anew, without what refers to it.
      {4, R"sql(
DROP VIEW IF EXISTS parzen_best;
DROP VIEW IF EXISTS parzen_trials;
DROP TRIGGER IF EXISTS parzen_study_deleted;
DROP TRIGGER IF EXISTS parzen_trial_deleted;
ALTER TABLE parzen_studies ADD COLUMN deadline DATETIME;
ALTER TABLE parzen_workers ADD COLUMN draining INTEGER NOT NULL DEFAULT 0;
ALTER TABLE parzen_workers ADD COLUMN memory_bytes INTEGER;
ALTER TABLE parzen_workers ADD COLUMN labels TEXT NOT NULL DEFAULT '[]';
ALTER TABLE parzen_workers ADD COLUMN models TEXT NOT NULL DEFAULT '[]';
ALTER TABLE parzen_workers ADD COLUMN version TEXT NOT NULL DEFAULT '';
ALTER TABLE parzen_workers ADD COLUMN allow_commands INTEGER NOT NULL DEFAULT 0;
ALTER TABLE parzen_workers ADD COLUMN clock_ahead_seconds REAL;
CREATE TABLE parzen_attempts_4 (
  trial_id INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  token TEXT NOT NULL UNIQUE,
  request_id TEXT UNIQUE,
  worker_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('OPEN', 'ENDED', 'LOST', 'RELEASED', 'CRASHED')),
  embedded INTEGER NOT NULL,
  asked INTEGER NOT NULL DEFAULT 0,
  started DATETIME NOT NULL,
  ended DATETIME,
  reason TEXT,
  ended_by_worker INTEGER NOT NULL DEFAULT 0,
  epoch INTEGER,
  wall_seconds REAL,
  cpu_seconds REAL,
  peak_memory_bytes INTEGER,
  exit_code INTEGER,
  signal INTEGER,
  stderr_tail TEXT,
  PRIMARY KEY (trial_id, attempt)
) WITHOUT ROWID;
INSERT INTO parzen_attempts_4 (trial_id, attempt, token, request_id, worker_id, state, embedded, asked, started, ended, reason,
                               ended_by_worker)
  SELECT a.trial_id, attempt, token, request_id, worker_id, a.state, embedded, asked, started, ended, reason,
    a.state = 'RELEASED' OR (a.state = 'ENDED' AND t.state <> 'PRUNED')
  FROM parzen_attempts a JOIN trials t ON t.trial_id = a.trial_id;
DROP TABLE parzen_attempts;
ALTER TABLE parzen_attempts_4 RENAME TO parzen_attempts;
)sql"},
  };
  return migrations;
}

// Optuna deletes row by row with foreign keys off, so nothing but a trigger would see it.
const char kParzenTriggersSql[] = R"sql(
CREATE TRIGGER IF NOT EXISTS parzen_study_deleted AFTER DELETE ON studies BEGIN
  DELETE FROM parzen_studies WHERE study_id = OLD.study_id;
  DELETE FROM parzen_files WHERE study_id = OLD.study_id;
  DELETE FROM parzen_events WHERE study_id = OLD.study_id;
  DELETE FROM parzen_requests WHERE study_id = OLD.study_id;
END;
CREATE TRIGGER IF NOT EXISTS parzen_trial_ended AFTER UPDATE OF state ON trials
WHEN NEW.state NOT IN ('RUNNING', 'WAITING') BEGIN
  DELETE FROM parzen_progress WHERE trial_id = OLD.trial_id;
END;
CREATE TRIGGER IF NOT EXISTS parzen_trial_deleted AFTER DELETE ON trials BEGIN
  DELETE FROM parzen_progress WHERE trial_id = OLD.trial_id;
  DELETE FROM parzen_attempts WHERE trial_id = OLD.trial_id;
  DELETE FROM parzen_artifacts WHERE trial_id = OLD.trial_id;
  DELETE FROM parzen_events WHERE study_id = OLD.study_id AND trial_id = OLD.trial_id;
END;
)sql";

// Python's literals for what JSON has no number for become numbers that are too large for a double.
const char kBreaksConstraintSql[] = R"sql((
  (a."key" = 'constraints' OR (a."key" >= 'constraints:' AND a."key" < 'constraints;'))
  AND (
    SELECT CASE
      WHEN NOT json_valid(number.json) THEN 1
      WHEN a."key" = 'constraints' THEN json_type(number.json) <> 'array'
        OR EXISTS (SELECT 1 FROM json_each(number.json) WHERE type NOT IN ('integer', 'real') OR value > 0)
      ELSE json_type(number.json) NOT IN ('integer', 'real') OR CAST(number.json AS REAL) > 0
    END
    FROM (SELECT replace(replace(a.value_json, 'Infinity', '9e999'), 'NaN', '9e999') AS json) number
  )
))sql";

const char kDropParzenViewsSql[] = R"sql(
DROP VIEW IF EXISTS parzen_best;
DROP VIEW IF EXISTS parzen_trials;
DROP VIEW IF EXISTS parzen_metrics;
DROP VIEW IF EXISTS parzen_params;
)sql";

namespace {

// Numbers become JSON with as few digits as name the same double. What Python's json may write but JSON does not know
// (NaN) must not make a whole view fail: such text is shown as it is.
constexpr char kViewsSql[] = R"sql(
CREATE VIEW IF NOT EXISTS parzen_params AS
WITH typed AS (
  SELECT t.study_id, t.number, p.param_id, p.trial_id, p.param_name, p.param_value,
    CASE WHEN json_valid(p.distribution_json) THEN p.distribution_json ELSE '{}' END AS distribution,
    CASE
      WHEN p.param_value IS NULL OR abs(p.param_value) > 1.7976931348623157e308 THEN 'null'
      WHEN CAST(printf('%!.15g', p.param_value) AS REAL) = p.param_value THEN printf('%!.15g', p.param_value)
      WHEN CAST(printf('%!.16g', p.param_value) AS REAL) = p.param_value THEN printf('%!.16g', p.param_value)
      ELSE printf('%!.17g', p.param_value)
    END AS number_json
  FROM trial_params p JOIN trials t ON t.trial_id = p.trial_id
), kinds AS (
  SELECT *, coalesce(distribution ->> '$.name', distribution ->> '$.type', '') AS kind FROM typed
)
SELECT s.study_name AS study, k.number, k.param_name AS name,
  CASE
    WHEN k.kind LIKE 'categorical%'
      THEN coalesce(k.distribution -> ('$.attributes.choices[' || CAST(k.param_value AS INTEGER) || ']'),
                    k.distribution -> ('$.choices[' || CAST(k.param_value AS INTEGER) || ']'), k.number_json)
    WHEN k.kind LIKE 'int%' THEN CAST(CAST(k.param_value AS INTEGER) AS TEXT)
    ELSE k.number_json
  END AS value_json,
  k.param_value AS internal_value, k.trial_id, k.param_id
FROM kinds k JOIN studies s ON s.study_id = k.study_id;

CREATE VIEW IF NOT EXISTS parzen_metrics AS
SELECT s.study_name AS study, t.number, a."key" AS name,
  CASE WHEN json_valid(a.value_json) THEN a.value_json ->> '$' ELSE a.value_json END AS value
FROM trial_user_attributes a JOIN trials t ON t.trial_id = a.trial_id JOIN studies s ON s.study_id = t.study_id;

CREATE VIEW IF NOT EXISTS parzen_trials AS
SELECT s.study_name AS study, t.number, t.state,
  (SELECT CASE v.value_type WHEN 'INF_POS' THEN 9e999 WHEN 'INF_NEG' THEN -9e999 ELSE v.value END
     FROM trial_values v WHERE v.trial_id = t.trial_id AND v.objective = 0) AS value,
  (SELECT json_group_object(p.name, json(p.value_json))
     FROM (SELECT name, value_json FROM parzen_params WHERE trial_id = t.trial_id ORDER BY param_id) p) AS params,
  (SELECT a.reason FROM parzen_attempts a WHERE a.trial_id = t.trial_id ORDER BY a.attempt DESC LIMIT 1) AS reason,
  (SELECT w.name FROM parzen_attempts a JOIN parzen_workers w ON w.worker_id = a.worker_id
     WHERE a.trial_id = t.trial_id ORDER BY a.attempt DESC LIMIT 1) AS worker,
  (SELECT count(*) FROM parzen_attempts a WHERE a.trial_id = t.trial_id) AS attempts,
  t.datetime_start AS started, t.datetime_complete AS completed,
  round((julianday(t.datetime_complete) - julianday(t.datetime_start)) * 86400, 3) AS seconds,
  t.study_id, t.trial_id
FROM trials t JOIN studies s ON s.study_id = t.study_id
WHERE t.number IS NOT NULL
ORDER BY t.study_id, t.number;

CREATE VIEW IF NOT EXISTS parzen_best AS
SELECT study, number, value, params, worker, attempts, started, completed, seconds, study_id, trial_id
FROM parzen_trials
WHERE trial_id IN (
  SELECT trial_id FROM (
    SELECT t.trial_id, row_number() OVER (PARTITION BY t.study_id ORDER BY
        CASE d.direction WHEN 'MAXIMIZE' THEN -1 ELSE 1 END *
        CASE v.value_type WHEN 'INF_POS' THEN 9e999 WHEN 'INF_NEG' THEN -9e999 ELSE v.value END, t.number) AS place
    FROM trials t
    JOIN study_directions d ON d.study_id = t.study_id AND d.objective = 0
    JOIN trial_values v ON v.trial_id = t.trial_id AND v.objective = 0
    WHERE t.state = 'COMPLETE' AND t.number IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM study_directions o WHERE o.study_id = t.study_id AND o.objective > 0)
      AND NOT EXISTS (SELECT 1 FROM trial_system_attributes a WHERE a.trial_id = t.trial_id AND $BREAKS_CONSTRAINT)
  ) WHERE place = 1
);
)sql";

}  // namespace

std::string ParzenViewsSql() { return absl::StrReplaceAll(kViewsSql, {{"$BREAKS_CONSTRAINT", kBreaksConstraintSql}}); }

}  // namespace parzen
