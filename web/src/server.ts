// What the server that sent the page answers (coordinator/dashboard.h).

function errorOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { error?: string }).error;
  } catch {
    return undefined; // whoever said that was no dashboard
  }
}

/** JSON, to be read by whoever asked: reading takes its time. */
export async function askText(path: string): Promise<string> {
  const response = await fetch(path);
  const text = await response.text();
  if (!response.ok) throw new Error(errorOf(text) ?? response.statusText);
  return text;
}

export async function ask<Answer>(path: string): Promise<Answer> {
  return JSON.parse(await askText(path)) as Answer;
}
