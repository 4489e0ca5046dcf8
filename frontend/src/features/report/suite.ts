import { parser } from "@lezer/python";
import type { Result, TestFigures } from "@/api/types";

/** One test function or class of the file, with the figures of all its rows. */
export type Block = { name: string; code: string; from: number; to: number; rows: readonly TestFigures[] };

const TOP = new Set(["FunctionDefinition", "DecoratedStatement", "ClassDefinition"]);

/** How many tests were added to a suite that was there before; null where there was none. */
export function addedTo({ tests, existing }: Result): number | null {
  return existing ? tests.length - existing.tests : null;
}

/** Whether a block came new into a suite that was there before. */
export function isNew(block: Block, { tests, existing }: Result): boolean {
  return existing ? block.rows.every((row) => tests.indexOf(row) >= existing.tests) : false;
}

/** Whether a block is to fail: it stands for a suspected bug. */
export function isExpectedToFail(block: Block): boolean {
  return block.code.startsWith("@pytest.mark.xfail");
}

/** How many mutants the suite killed that was there before. */
export function killedBefore({ tests, existing }: Result): number {
  return onlyIn(tests.slice(0, existing?.tests ?? 0), []);
}

/** The tests of a file in its order. Rows of a table belong to their function, methods to their class. */
export function blocksOf(result: Result): Block[] {
  const file = result.generated_tests;
  return topLevel(file).flatMap(({ name, from, to }) => {
    const rows = result.tests.filter((test) => topName(test.name) === name);
    return rows.length ? [{ name, code: file.slice(from, to), from, to, rows }] : [];
  });
}

/** Of `test_x.py::TestA::test_b[row]` the name that stands at the top of the file: `TestA`. */
export function topName(id: string): string {
  return (id.split("::")[1] ?? id).replace(/\[.*$/s, "");
}

function topLevel(file: string): { name: string; from: number; to: number }[] {
  const found: { name: string; from: number; to: number }[] = [];
  for (let node = parser.parse(file).topNode.firstChild; node; node = node.nextSibling) {
    if (!TOP.has(node.name)) continue;
    const inner = node.name === "DecoratedStatement" ? (node.lastChild ?? node) : node;
    const name = inner.getChild("VariableName");
    const to = node.from + file.slice(node.from, node.to).trimEnd().length;
    if (name) found.push({ name: file.slice(name.from, name.to), from: node.from, to });
  }
  return found;
}

/** The file without the dropped tests, and without the imports that nothing needs any more. */
export function fileWithout(result: Result, dropped: ReadonlySet<string>): string {
  const file = result.generated_tests;
  if (!dropped.size) return file;
  const kept = blocksOf(result)
    .filter((block) => dropped.has(block.name))
    .reduceRight((text, block) => text.slice(0, block.from) + text.slice(block.to).replace(/^\s*\n/, ""), file);
  return `${withoutIdleImports(kept)
    .replace(/\n{4,}/g, "\n\n\n")
    .trim()}\n`;
}

const IMPORT = /^(?:from\s+\S+\s+import\s+(.+)|import\s+([\w.]+))$/;

function withoutIdleImports(file: string): string {
  const body = file.replace(/^(?:from\s.+|import\s.+)$/gm, "");
  const used = (name: string) => new RegExp(`\\b${name}\\b`).test(body);
  return file
    .split("\n")
    .map((line) => neededOf(line, used))
    .filter((line) => line !== null)
    .join("\n");
}

/** A line with only the imported names that are used; null where that is none; any other line as it is. */
function neededOf(line: string, used: (name: string) => boolean): string | null {
  const [, names, module] = IMPORT.exec(line) ?? [];
  if (module) return used(module.split(".")[0] ?? "") ? line : null;
  const all = names?.split(",").map((name) => name.trim()) ?? [];
  if (!names || all.some((name) => !/^\w+$/.test(name))) return line;
  const left = all.filter(used);
  return left.length ? line.replace(names, left.join(", ")) : null;
}

export type Score = {
  tests: number;
  lines: number;
  branches: number;
  mutants: number;
  killed: number;
  exact: boolean;
};

/**
 * The score of the tests that are kept. Kills are exact: each test names all that it kills. Lines and branches are the
 * least that stays, as a test names only those that it is the first to reach.
 */
export function scoreOf(result: Result, dropped: ReadonlySet<string>): Score {
  const { coverage, mutation } = result;
  const kept = result.tests.filter((test) => !dropped.has(topName(test.name)));
  const gone = result.tests.filter((test) => dropped.has(topName(test.name)));
  const lost = onlyIn(gone, kept);
  const lines = gone.reduce((sum, test) => sum + test.lines.length, 0);
  const branches = gone.reduce((sum, test) => sum + test.branches.length, 0);
  const killed = mutation.killed + mutation.timed_out - lost;
  const valid = judged(result);
  return {
    tests: kept.length,
    lines: ratio(coverage.covered_lines - lines, coverage.lines),
    branches: ratio(coverage.covered_branches - branches, coverage.branches),
    mutants: ratio(killed, valid),
    killed,
    exact: lines + branches === 0,
  };
}

/** How many mutants these tests kill that the others do not. */
function onlyIn(these: readonly TestFigures[], others: readonly TestFigures[]): number {
  const known = new Set(others.flatMap((test) => test.mutants_killed));
  return new Set(these.flatMap((test) => test.mutants_killed).filter((mutant) => !known.has(mutant))).size;
}

/** Mutants that could have been killed and were judged. */
export function judged({ mutation }: Result): number {
  return mutation.total - mutation.invalid - mutation.unjudged;
}

function ratio(part: number, whole: number): number {
  return whole ? Math.max(0, part) / whole : 1;
}

/** What one block is in the suite for. */
export function worthOf(block: Block, all: readonly Block[]) {
  const lines = block.rows.flatMap((row) => row.lines);
  const others = all.filter((other) => other !== block).flatMap((other) => other.rows);
  return {
    lines,
    branches: block.rows.reduce((sum, row) => sum + row.branches.length, 0),
    kills: onlyIn(block.rows, []),
    alone: onlyIn(block.rows, others),
    seconds: block.rows.reduce((sum, row) => sum + row.seconds, 0),
  };
}
