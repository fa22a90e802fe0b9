// A dialog that asks before something is done, and says why it could not be.
import { button, element } from "./dom";

/** `act` does what `verb` says: the dialog closes when that went well, and stays with the error when it did not. */
export function openForm(title: string, verb: string, content: HTMLElement[], act: () => Promise<void>): void {
  const said = element("p", { class: "bad", role: "alert" });
  const form = element("form", {}, element("h2", {}, title), ...content, said,
    element("div", { class: "choices" }, element("button", { type: "submit", class: "main" }, verb), button("Cancel", () => dialog.close())));
  const dialog = element("dialog", { class: "form", "aria-label": title }, form);
  let isBusy = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    said.textContent = "";
    act()
      .then(() => dialog.close(), (error: unknown) => (said.textContent = (error as Error).message))
      .finally(() => (isBusy = false));
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** The page shows something else. */
export function closeForms(): void {
  for (const dialog of document.querySelectorAll<HTMLDialogElement>("dialog.form")) dialog.close();
}

let fields = 0;

/** An input with its name above and a hint below. */
export function field(name: string, input: HTMLElement, hint = ""): HTMLElement {
  input.id = `field-${++fields}`;
  if (hint !== "") input.setAttribute("aria-describedby", `${input.id}-hint`);
  return element("div", { class: "field" }, element("label", { for: input.id }, name), input, hint !== "" && element("span", { class: "note", id: `${input.id}-hint` }, hint));
}
