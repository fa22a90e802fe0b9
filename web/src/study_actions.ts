// What can be done with a study: stop or resume it, extend it, enqueue a trial.
import type { Actions } from "./actions";
import type { Study } from "./data";
import { button, element } from "./dom";
import { field, openForm } from "./form_dialog";
import { count, show } from "./text";

type Changed = Pick<Study, "stopped" | "finished" | "budget" | "counts">;

/** As SpaceJson in studies/reports/study_json.h writes it. */
interface SpaceParameter {
  name: string;
  kind?: "float" | "int" | "categorical";
  low?: number;
  high?: number;
  log?: boolean;
  step?: number | null;
  choices?: string[];
  when: string[];
}

interface Field {
  element: HTMLElement;
  /** Absent: it is left to the sampler. */
  value(): string | undefined;
}

function hintOf(parameter: SpaceParameter): string {
  const range = parameter.low === undefined ? "" : `${show(parameter.low)} to ${show(parameter.high)}`;
  const step = typeof parameter.step === "number" ? `in steps of ${show(parameter.step)}` : "";
  const when = parameter.when.length > 0 ? `only where ${parameter.when.join(" and ")}` : "";
  return [range, parameter.kind === "int" && range !== "" ? "whole" : "", parameter.log === true ? "logarithmic" : "", step, when].filter((part) => part !== "").join(", ");
}

function fieldOf(parameter: SpaceParameter): Field {
  const { choices } = parameter;
  if (choices !== undefined) {
    // By their places: a choice may be an empty text.
    const select = element("select", {}, element("option", { value: "" }, "left to the sampler"), ...choices.map((choice, i) => element("option", { value: i }, choice)));
    return { element: field(parameter.name, select, hintOf(parameter)), value: () => (select.value === "" ? undefined : choices[Number(select.value)]) };
  }
  const input = element("input", { type: "text", inputmode: parameter.kind === undefined ? "text" : "decimal", autocomplete: "off", placeholder: "left to the sampler" });
  return { element: field(parameter.name, input, hintOf(parameter)), value: () => input.value.trim() || undefined };
}

/** Of a study that others made, what its trials had. */
async function spaceOf(study: Study): Promise<SpaceParameter[]> {
  const response = await fetch(`/api/study/space?name=${encodeURIComponent(study.name)}`);
  const space = (await response.json()) as SpaceParameter[] & { error?: string };
  if (!response.ok) throw new Error(space.error ?? response.statusText);
  return space.length > 0 ? space : study.parameters.map(({ name }) => ({ name, when: [] }));
}

/** Keeps the study, and changes it as the server does; `onChange` is told. */
export function studyActions(study: Study, actions: Actions, onChange: () => void): { element: HTMLElement; draw(): void } {
  const said = element("span", { class: "bad", role: "alert" });
  const done = element("span", { class: "note", role: "status" });
  const change = async (path: string, body: object): Promise<void> => {
    const { stopped, finished, budget, counts } = await actions.do<Changed>(path, { name: study.name, ...body });
    Object.assign(study, { stopped, finished, budget, counts });
    onChange();
  };

  // What needs no dialog fails beside its button.
  const orSay = (act: () => Promise<void>) => (): void => {
    said.textContent = done.textContent = "";
    act().catch((error: unknown) => (said.textContent = (error as Error).message));
  };

  function stop(): void {
    const now = element("input", { type: "checkbox" });
    const { running } = study.counts;
    openForm(`Stop “${study.name}”?`, "Stop", [
      element("p", {}, `No more trials are handed out until it is resumed. ${running === 0 ? "None runs." : `${count(running, "trial")} that ${running === 1 ? "runs goes" : "run go"} on to the end.`}`),
      ...(running === 0 ? [] : [element("label", { class: "choice" }, now, element("span", {}, "take running trials back at once; they are done again after a resume"))]),
    ], () => change("/api/study/stop", { now: now.checked }));
  }

  function extend(): void {
    const trials = element("input", { type: "number", min: 1, step: 1, required: true, value: study.budget > 0 ? study.budget : undefined });
    const { complete, pruned, failed } = study.counts;
    openForm("Extend", "Extend", [field("Trials in all", trials, `${(complete + pruned + failed).toLocaleString("en")} have ended.`)],
      () => change("/api/study/extend", { trials: Number(trials.value) }));
  }

  async function enqueue(): Promise<void> {
    const fields = (await spaceOf(study)).map((parameter) => ({ name: parameter.name, ...fieldOf(parameter) }));
    if (fields.length === 0) throw new Error("no trial has a parameter yet: there is nothing to set");
    openForm("Enqueue a trial", "Enqueue", fields.map((one) => one.element), async () => {
      const values = Object.fromEntries(fields.map((one) => [one.name, one.value()]).filter(([, value]) => value !== undefined));
      const { trial } = await actions.add<{ trial: number }>("/api/study/enqueue", { name: study.name, values });
      done.textContent = `trial ${trial} waits`;
    });
  }

  const stopOrResume = button("", () => (study.stopped ? orSay(() => change("/api/study/resume", {}))() : stop()));
  const bar = element("div", { class: "choices actions", role: "group", "aria-label": "Actions" }, stopOrResume, button("Extend…", extend), button("Enqueue…", orSay(enqueue)), done, said);
  function draw(): void {
    bar.hidden = !actions.areAllowed;
    stopOrResume.textContent = study.stopped ? "Resume" : "Stop…";
    stopOrResume.hidden = study.finished && !study.stopped;
  }
  draw();
  return { element: bar, draw };
}
