// Numbers, times and names for people.
import type { Value } from "./data";

/** Six digits at most; "" for nothing. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Four digits at most. */
export function short(value: unknown): string {
  return show(typeof value === "number" ? Number(value.toPrecision(4)) : value);
}

export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "";
  if (seconds > 0 && seconds < 0.001) return `${Number((seconds * 1000).toPrecision(1))} ms`;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${Number(seconds.toPrecision(3))} s`;
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`;
}

export function bytes(count: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), units.length - 1);
  return `${Number((count / 1000 ** power).toPrecision(3))} ${units[power]}`;
}

export function count(n: number, noun: string, nouns = `${noun}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? noun : nouns}`;
}

/** Of which rows, and of which model: "test rows, final model" or "validation rows, trial 7". */
export function sourceName(row: { number: number; part: string }): string {
  return row.part === "test" ? "test rows, final model" : `${row.part === "train" ? "training" : row.part} rows, trial ${row.number}`;
}

/** Of which model, where the rows are those that it learned from, whatever it is measured on. */
export function learnerName(row: { number: number; part: string }): string {
  return `training rows, ${row.part === "test" ? "final model" : `trial ${row.number}`}`;
}

/** "validation_accuracy" as words. */
export function words(name: string): string {
  return name.replaceAll("_", " ");
}

/** A metric by its name and unit: seconds and bytes are written as people say them. */
export function metric(name: string, value: unknown): string {
  if (typeof value !== "number") return show(value);
  if (name.endsWith("seconds")) return duration(value);
  if (name.endsWith("bytes")) return bytes(value);
  return short(value);
}

// Made once: that takes longer than thousands of comparisons.
const texts = new Intl.Collator("en", { numeric: true });

/** Numbers by size, then texts; nothing last. */
export function compare(a: Value | undefined, b: Value | undefined): number {
  if (a === null || a === undefined || b === null || b === undefined) {
    return Number(a === null || a === undefined) - Number(b === null || b === undefined);
  }
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "number" || typeof b === "number") return typeof a === "number" ? -1 : 1;
  return texts.compare(String(a), String(b));
}
