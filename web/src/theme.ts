// Colours, as style.css has them for light and dark.

export interface Theme {
  ink: string;
  muted: string;
  card: string;
  line: string;
  grid: string;
  accent: string;
  good: string;
  warn: string;
  bad: string;
  /** Of several things side by side. */
  series: string[];
  /** From low to high. */
  ramp: string[];
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const colours = (name: string, size: number): string[] => Array.from({ length: size }, (_, i) => colour(`${name}-${i + 1}`));
  return {
    ink: colour("ink"),
    muted: colour("muted"),
    card: colour("card"),
    line: colour("line"),
    grid: colour("grid"),
    accent: colour("accent"),
    good: colour("good"),
    warn: colour("warn"),
    bad: colour("bad"),
    series: colours("series", 8),
    ramp: colours("ramp", 5),
  };
}

export function onThemeChange(listener: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", listener);
}
