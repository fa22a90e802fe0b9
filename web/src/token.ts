// The token of whoever may act on the dashboard: known for as long as the tab is open, and in its address only until it
// was read there. What stands behind "#" never leaves the browser.
const kept = "parzen-token";

// Where the browser keeps nothing, it is known until the page is loaded again.
let known = "";

/** "": none. */
export function knownToken(): string {
  try {
    return sessionStorage.getItem(kept) ?? known;
  } catch {
    return known;
  }
}

/** "": forgets it. */
export function keepToken(token: string): void {
  known = token;
  try {
    if (token === "") sessionStorage.removeItem(kept);
    else sessionStorage.setItem(kept, token);
  } catch {
    // It is known all the same.
  }
}

/** What a token is made of: nothing else can be sent as one. */
export function isToken(text: string): boolean {
  return /^[A-Za-z0-9\-._~+/=]+$/.test(text);
}

/** Takes "token=..." out of the address, and keeps it. */
export function takeToken(): void {
  const parts = location.hash.replace(/^#/, "").split("&");
  const given = parts.find((part) => part.startsWith("token="));
  if (given === undefined) return;
  const rest = parts.filter((part) => part !== given).join("&");
  history.replaceState(null, "", location.pathname + location.search + (rest === "" ? "" : `#${rest}`));
  keepToken(given.slice("token=".length));
}
