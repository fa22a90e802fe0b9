// The dashboard: the studies of the server that sent the page, and one of them as it goes on.
import { Actions } from "./actions";
import { button, element, keepFocus } from "./dom";
import { closeForms } from "./form_dialog";
import { ask } from "./server";
import { type ListedStudy, studyList } from "./study_list";
import { onThemeChange } from "./theme";
import { takeToken } from "./token";
import { Watch } from "./watch";
import { type Worker, workersCard } from "./workers";

// Milliseconds.
const listEvery = 3000;

/** The study that the address names; undefined where it names none. */
function chosenStudy(): string | undefined {
  const name = /^#study=(.*)$/.exec(location.hash)?.[1];
  try {
    return name === undefined ? undefined : decodeURIComponent(name);
  } catch {
    return undefined; // no address of ours
  }
}

export function showDashboard(page: HTMLElement): void {
  const status = element("span", { class: "note", role: "status", id: "live" });
  const back = button("All studies", () => (location.hash = ""), { class: "link" });
  const holder = element("div");
  const actions = new Actions();
  const workers = workersCard(actions, () => void listWorkers());
  page.replaceChildren(element("nav", { class: "card-head", "aria-label": "Studies" }, back, status, actions.element), holder, workers.element, element("footer", {}, "Parzen. All times are UTC."));
  let watch: Watch | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let listed = "";

  function showList(studies: ListedStudy[]): void {
    const now = JSON.stringify(studies);
    if (now === listed) return;
    listed = now;
    status.textContent = studies.length === 0 ? "There is no study yet." : "";
    keepFocus(holder, () => holder.replaceChildren(studies.length === 0 ? "" : studyList(studies, (name) => (location.hash = `study=${encodeURIComponent(name)}`))));
  }

  // Counts choices, as in Watch.
  let generation = 0;
  async function listWorkers(): Promise<void> {
    const asked = generation;
    const connected = await ask<Worker[]>("/api/workers").catch(() => []);
    if (asked === generation) workers.show(connected);
  }

  async function list(): Promise<void> {
    const asked = generation;
    timer = undefined;
    if (document.hidden) return;
    void listWorkers();
    try {
      const studies = await ask<ListedStudy[]>("/api/studies");
      if (asked !== generation) return;
      document.title = "Studies · Parzen";
      showList(studies);
    } catch (error) {
      if (asked !== generation) return;
      listed = "";
      status.textContent = `cannot read the studies: ${(error as Error).message}`;
    }
    timer ??= setTimeout(() => void list(), listEvery);
  }

  function choose(): void {
    ++generation;
    watch?.close();
    watch = undefined;
    listed = "";
    clearTimeout(timer);
    timer = undefined;
    const name = chosenStudy();
    back.hidden = name === undefined;
    workers.show([]);
    closeForms();
    void actions.check();
    if (name === undefined) void list();
    else watch = new Watch(name, holder, status, actions);
  }

  takeToken();
  addEventListener("hashchange", () => {
    takeToken();
    choose();
  });
  document.addEventListener("visibilitychange", () => {
    if (watch === undefined && timer === undefined) void list();
  });
  actions.onChange(() => {
    watch?.actionsChanged();
    workers.draw();
  });
  onThemeChange(() => watch?.draw());
  choose();
}
