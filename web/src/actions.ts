// What whoever has the token may do on the server that sent the page (coordinator/dashboard_actions.h), and where on the
// page it is given. Without actions on the server, and without a token, nothing of this is shown.
import { button, element } from "./dom";
import { field, openForm } from "./form_dialog";
import { isToken, keepToken, knownToken } from "./token";

const noAnswer = "the server did not answer; it may have done it all the same: look, or ask once more, which does it no second time";

const refusedToken = "the token was refused: it is not the one of this server";

/** The server has answered, and has done nothing. */
class Refusal extends Error {}

function randomName(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Actions {
  /** For the head of the page. */
  readonly element: HTMLElement;
  readonly #said = element("span", { class: "bad", role: "alert" });
  readonly #give = button("Give the token…", () => this.#askForToken());
  readonly #forget = button("Forget the token", () => this.#forgetToken());
  readonly #listeners: (() => void)[] = [];
  /** By what was asked for and may have been done without an answer: its request_id. */
  readonly #underWay = new Map<string, string>();
  #areThere = false;

  constructor() {
    this.element = element("div", { class: "choices" }, this.#said, this.#give, this.#forget);
    this.#show();
  }

  /** Whether buttons are to be shown. */
  get areAllowed(): boolean {
    return this.#areThere && knownToken() !== "";
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Asks whether there are actions, and whether the token is the right one: else it is forgotten, and that is said. */
  async check(): Promise<void> {
    const token = knownToken();
    try {
      const response = await fetch("/api/actions", isToken(token) ? { headers: { Authorization: `Bearer ${token}` } } : {});
      const told = (await response.json()) as { actions: boolean; token: string };
      this.#areThere = response.ok && told.actions;
      const isWrong = told.token === "wrong" || (token !== "" && !isToken(token));
      if (isWrong && token === knownToken()) {
        keepToken("");
        if (this.#areThere) this.#said.textContent = refusedToken;
      }
    } catch {
      return; // it stays as it was
    }
    this.#show();
  }

  /** Has it done: the answer comes when it is on disk. Throws what the server says against it. */
  async do<Answer>(path: string, body: object): Promise<Answer> {
    let response: Response;
    let answer: unknown;
    try {
      const headers = { Authorization: `Bearer ${knownToken()}`, "Content-Type": "application/json" };
      response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
      answer = await response.json();
    } catch {
      throw new Error(noAnswer);
    }
    if (response.ok) return answer as Answer;
    const why = (answer as { error?: string }).error ?? response.statusText;
    if (response.status === 401) this.#forgetToken(why);
    throw response.status < 500 ? new Refusal(why) : new Error(why);
  }

  /** The same for what adds something: asked for once more for lack of an answer, it is not added twice. */
  async add<Answer>(path: string, body: object): Promise<Answer> {
    const what = JSON.stringify([path, body]);
    const request_id = this.#underWay.get(what) ?? randomName();
    this.#underWay.set(what, request_id);
    try {
      const answer = await this.do<Answer>(path, { ...body, request_id });
      this.#underWay.delete(what);
      return answer;
    } catch (error) {
      if (error instanceof Refusal) this.#underWay.delete(what);
      throw error;
    }
  }

  #show(): void {
    this.#give.hidden = !this.#areThere || this.areAllowed;
    this.#forget.hidden = !this.areAllowed;
    for (const listener of this.#listeners) listener();
  }

  #forgetToken(why = ""): void {
    keepToken("");
    this.#said.textContent = why;
    this.#show();
  }

  #askForToken(): void {
    const input = element("input", { type: "password", autocomplete: "off", spellcheck: "false", required: true });
    openForm("Token", "Use it", [field("Token", input, "The first line of the file that the coordinator's --http-token names. It is forgotten with this tab.")], async () => {
      keepToken(input.value.trim());
      await this.check();
      this.#said.textContent = "";
      if (!this.areAllowed) throw new Error("this is not the token of this server");
    });
  }
}
