// The report: one study or several, from the data in the page.
import { comparison } from "./comparison";
import type { PageData, Study } from "./data";
import { choice, element } from "./dom";
import { plotCard } from "./plot_card";
import { overlaid } from "./plots/overlaid";
import { Selection } from "./selection";
import { StudyView } from "./study_view";
import { onThemeChange } from "./theme";

export function showReport(data: PageData, page: HTMLElement): void {
  const [first] = data.studies;
  if (first === undefined) return page.replaceChildren(element("p", { class: "empty" }, "There is no study."));
  const several = data.studies.length > 1;
  document.title = several ? `${data.studies.length} studies · Parzen` : `${first.name} · Parzen`;
  const holder = element("div");
  const chooser = !several ? undefined : choice("study", data.studies.map((one) => one.name), first.name, (name) => show(data.studies.find((one) => one.name === name) ?? first));
  let view: StudyView | undefined;
  const together = several ? overlaid(data.studies).map((plot) => plotCard(plot, first, new Selection(() => []), () => undefined)) : [];
  const show = (study: Study): void => {
    if (chooser !== undefined) (chooser.querySelector("select") as HTMLSelectElement).value = study.name;
    view?.dispose();
    view = new StudyView(study);
    holder.replaceChildren(view.element);
    view.draw();
  };
  const choose = (study: Study): void => {
    show(study);
    chooser?.scrollIntoView({ behavior: "smooth" });
  };
  const plots = element("div", { class: "plots" }, ...together.map((card) => card.element));
  page.replaceChildren(...(chooser === undefined ? [] : [comparison(data.studies, choose), plots, chooser]), holder,
    element("footer", {}, `Written by Parzen, ${data.written.slice(0, 16)} UTC.`));
  show(first);
  const drawTogether = (): void => together.forEach((card) => card.draw());
  drawTogether();
  onThemeChange(() => {
    view?.draw();
    drawTogether();
  });
}
