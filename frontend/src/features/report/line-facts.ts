import type { Result } from "@/api/types";

export type LineFact = "covered" | "partial" | "missing";

export type LineFacts = {
  facts: Map<number, LineFact>;
  survivors: Map<number, number>;
  bugs: Set<number>;
  /** The tests that are the first to reach a line. */
  tests: Map<number, string[]>;
};

/** What a result says of each line of the code. Lines that the import alone runs have no fact. */
export function lineFacts(result: Result): LineFacts {
  const facts = new Map<number, LineFact>();
  const tests = new Map<number, string[]>();
  for (const test of result.tests)
    for (const line of test.lines) {
      facts.set(line, "covered");
      tests.set(line, [...(tests.get(line) ?? []), test.name.replace(/^[^:]*::/, "")]);
    }
  for (const [line] of result.coverage.missing_branches) if (line > 0) facts.set(line, "partial");
  for (const line of result.coverage.missing_lines) facts.set(line, "missing");
  return { facts, tests, survivors: survivorsByLine(result), bugs: bugLines(result) };
}

function survivorsByLine(result: Result): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { line } of result.mutation.survivors) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

function bugLines(result: Result): Set<number> {
  return new Set(result.suspected_bugs.map((bug) => bug.line).filter((line) => line > 0));
}
