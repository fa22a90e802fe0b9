// Several small plots of the same kind side by side.

export interface Cell {
  left: number;
  top: number;
  width: number;
  height: number;
}

const gap = { left: 58, right: 16, top: 12, bottom: 50 };
const cellHeight = 230;
const fewestPixels = 230;

function columnsFor(count: number, width: number): number {
  return Math.max(1, Math.min(count, Math.floor(width / fewestPixels), 4));
}

export function heightOf(count: number, width: number, head = 0): number {
  return head + cellHeight * Math.ceil(Math.max(count, 1) / columnsFor(count, width));
}

/** Where each of them stands, pixels. */
export function cells(count: number, width: number, head = 0): Cell[] {
  const columns = columnsFor(count, width);
  const each = width / columns;
  return Array.from({ length: count }, (_, i) => ({
    left: each * (i % columns) + gap.left,
    top: head + cellHeight * Math.floor(i / columns) + gap.top,
    width: each - gap.left - gap.right,
    height: cellHeight - gap.top - gap.bottom,
  }));
}
