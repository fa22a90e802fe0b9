// Elements. Text that comes from a study only ever becomes text nodes and attributes, never markup.

type Child = Node | string | null | undefined | false;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number | boolean | undefined> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child): child is Node | string => child instanceof Node || (typeof child === "string" && child !== "")));
  return made;
}

export function button(label: string, onClick: () => void, attributes: Record<string, string> = {}): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", onClick);
  return made;
}

/** Changes what is in the element; what had the focus has it again, known by its data-key. */
export function keepFocus(holder: HTMLElement, change: () => void): void {
  const focused = holder.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["key"] : undefined;
  change();
  if (focused !== undefined) holder.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

/** Has these children, in this order. Those that are there already are not touched, as far as they keep their order. */
export function arrange(holder: HTMLElement, wanted: HTMLElement[]): void {
  const stay = new Set<Element>(wanted);
  for (const child of [...holder.children]) {
    if (!stay.has(child)) child.remove();
  }
  let next = holder.firstElementChild;
  for (const child of wanted) {
    if (child === next) next = next.nextElementSibling;
    else holder.insertBefore(child, next);
  }
}

/** A choice with a label before it. Calls back with the new value. */
export function choice(label: string, values: string[], chosen: string, onChange: (value: string) => void): HTMLElement {
  const select = element("select", {}, ...values.map((value) => element("option", { value, selected: value === chosen }, value)));
  select.addEventListener("change", () => onChange(select.value));
  return element("label", { class: "choice" }, element("span", {}, label), select);
}
