// Studies to look at, run by the real program.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const parzen = process.env["PARZEN"] ?? "parzen";

/** A folder of databases and reports. */
export class Studies {
  readonly folder = mkdtempSync(join(process.env["TEST_TMPDIR"] ?? tmpdir(), "studies-"));

  parzen(...words: string[]): string {
    return execFileSync(parzen, words, { cwd: this.folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Runs a study from its file's text, into `db`. */
  run(text: string, db = "studies.db"): void {
    this.parzen("run", this.#file(text), "--db", db);
  }

  /** Makes a study of which nobody does a trial. */
  create(text: string, db = "studies.db"): void {
    this.parzen("study", "create", this.#file(text), "--db", db);
  }

  /** Does the study's next trial by hand: `how` it ends, as `parzen trial tell` has it. */
  tell(study: string, how: string[], db = "studies.db"): void {
    const { trial } = JSON.parse(this.parzen("trial", "ask", study, "--db", db)) as { trial: number };
    this.parzen("trial", "tell", study, String(trial), ...how, "--db", db);
  }

  /** Starts a command that goes on; its first line that matches. */
  async start(words: string[], line: RegExp): Promise<RegExpExecArray> {
    const child = spawn(parzen, words, { cwd: this.folder, stdio: ["ignore", "pipe", "pipe"] });
    this.#running.push(child);
    let said = "";
    return new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (bytes: Buffer) => {
          said += bytes.toString();
          const found = line.exec(said);
          if (found !== null) resolve(found);
        });
      }
      child.on("exit", (code) => reject(new Error(`parzen ${words.join(" ")} ended with ${code}: ${said}`)));
    });
  }

  /** Ends what was started, the last first. */
  async stop(): Promise<void> {
    for (const child of this.#running.reverse()) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.kill("SIGINT")) await ended;
    }
    this.#running.length = 0;
  }

  readonly #running: ChildProcess[] = [];

  #file(text: string): string {
    const file = join(this.folder, "study.textproto");
    writeFileSync(file, text);
    return file;
  }

  /** The address of a page of these studies. */
  report(names: string[], db = "studies.db"): string {
    const file = join(this.folder, "report.html");
    this.parzen("report", ...names, "--db", db, "-o", file);
    return pathToFileURL(file).href;
  }
}

/** Names that would break out of the page if anything forgot to escape them. */
export const hostile = `a </script><b id='broken'>& "b" <img src=x onerror=alert(1)>`;

const quoted = JSON.stringify(hostile);

export const forest = `
name: "forest"
objective { metric: "validation_accuracy" direction: MAXIMIZE }
train { dataset { digits { train: 400 test: 100 } } random_forest { } keep { predictions: 20 } }
parameter { name: "trees" sets: "random_forest.trees" int { low: 1 high: 40 log: true } }
parameter { name: "depth" sets: "random_forest.max_depth" int { low: 1 high: 12 } }
parameter { name: "criterion" sets: "random_forest.criterion" categorical { choice: "GINI" choice: "ENTROPY" } }
search { sampler { random { } } trials: 40 seed: 5 }
`;

/** Without labels. */
export const clusters = `
name: "clusters"
objective { metric: "train_adjusted_rand" direction: MAXIMIZE }
train { dataset { digits { train: 300 test: 50 } } k_means { starts: 1 } }
parameter { name: "clusters" sets: "k_means.clusters" int { low: 2 high: 4 } }
search { sampler { grid { points: 3 } } }
`;

export const network = `
name: ${quoted}
objective { metric: "validation_accuracy" direction: MAXIMIZE }
train { dataset { digits { train: 400 test: 100 } } mlp { hidden: 16 training { epochs: 6 } } keep { predictions: 10 } }
parameter { name: ${quoted} sets: "mlp.training.learning_rate" float { low: 1e-4 high: 1e-1 log: true } }
search { sampler { random { } } pruner { median { startup_trials: 2 } } trials: 8 seed: 5 }
`;

export const front = `
name: "front"
objective { direction: MINIMIZE }
objective { direction: MINIMIZE }
function { zdt1 { } }
parameter { name: "a" float { low: 0 high: 1 } }
parameter { name: "b" float { low: 0 high: 1 } }
search { sampler { random { } } trials: 60 seed: 5 }
`;

export const empty = `
name: "empty"
objective { direction: MINIMIZE }
parameter { name: "x" float { low: 0 high: 1 } }
search { trials: 3 }
`;

/** Told by hand; its axes are fractions of a decade. */
export const astray = `
name: "astray"
objective { metric: "loss" direction: MINIMIZE }
parameter { name: "rate" float { low: 2e-3 high: 9e-3 log: true } }
parameter { name: "width" float { low: 1e-2 high: 8e-2 log: true } }
search { sampler { random { } } trials: 20 seed: 5 }
`;

/** Goes on long enough to be watched. */
export const slow = `
name: "slow"
objective { direction: MINIMIZE }
function { branin { } curve { steps: 2 step_seconds: 0.01 } }
parameter { name: "x" float { low: -5 high: 10 } }
parameter { name: "y" float { low: 0 high: 15 } }
search { sampler { random { } } trials: 300 seed: 5 }
`;

/** Is over at once. */
export const quick = `
name: "quick"
objective { direction: MINIMIZE }
function { branin { } curve { steps: 2 } }
parameter { name: "x" float { low: -5 high: 10 } }
parameter { name: "y" float { low: 0 high: 15 } }
search { sampler { random { } } trials: 60 seed: 5 }
`;
