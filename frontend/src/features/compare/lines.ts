/** One line of a comparison: in both texts, only in the first one, or only in the second. */
export type Line = { side: "both" | "first" | "second"; text: string };

/** A part of a comparison: lines around a change, or how many lines without one were left out. */
export type Part = { lines: readonly Line[] } | { skipped: number };

const MOST_CELLS = 9_000_000;

/** The texts line by line, with as many as possible in common; texts that are too long have only both ends in common. */
export function compared(first: string, second: string): Line[] {
  const [a, b] = [first.split("\n"), second.split("\n")];
  let [start, endA, endB] = [0, a.length, b.length];
  while (start < endA && start < endB && a[start] === b[start]) start++;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  return [
    ...marked("both", a.slice(0, start)),
    ...middle(a.slice(start, endA), b.slice(start, endB)),
    ...marked("both", a.slice(endA)),
  ];
}

function middle(a: string[], b: string[]): Line[] {
  if (a.length * b.length > MOST_CELLS) return [...marked("first", a), ...marked("second", b)];
  const common = commonAfter(a, b);
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      lines.push({ side: "both", text: a[i++] ?? "" });
      j++;
    } else if (common(i + 1, j) >= common(i, j + 1)) lines.push({ side: "first", text: a[i++] ?? "" });
    else lines.push({ side: "second", text: b[j++] ?? "" });
  }
  return [...lines, ...marked("first", a.slice(i)), ...marked("second", b.slice(j))];
}

/** How many lines the rests of both texts, after so many lines of each, have in common at most. */
function commonAfter(a: string[], b: string[]): (i: number, j: number) => number {
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => table[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      table[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  return at;
}

function marked(side: Line["side"], texts: string[]): Line[] {
  return texts.map((text) => ({ side, text }));
}

/** The changes with so many lines around each; empty where there is none. */
export function parts(lines: readonly Line[], around = 3): Part[] {
  const shown = lines.map((_, at) => lines.slice(Math.max(0, at - around), at + around + 1).some(isChange));
  if (!shown.includes(true)) return [];
  const found: Part[] = [];
  for (let at = 0; at < lines.length; ) {
    let to = at;
    while (to < lines.length && shown[to] === shown[at]) to++;
    found.push(shown[at] ? { lines: lines.slice(at, to) } : { skipped: to - at });
    at = to;
  }
  return found;
}

function isChange(line: Line): boolean {
  return line.side !== "both";
}
