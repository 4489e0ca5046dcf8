import type { Job, Result, TestFigures } from "@/api/types";

const FILE = `import math

import pytest
from user_code import half, twice


def test_twice_returns_four():
    assert twice(2) == 4


@pytest.mark.parametrize(("value", "expected"), [(4, 2), (6, 3)])
def test_half_returns_expected_value(value, expected):
    assert half(value) == expected


def test_half_of_pi():
    assert half(math.pi) == math.pi / 2
`;

export function figures(name: string, lines: number[], kills: number[]): TestFigures {
  return { name: `test_user_code.py::${name}`, lines, branches: [], mutants_killed: kills, seconds: 0.001 };
}

/** A result with three tests: two functions, one of them a table, and four mutants of which one survives. */
export function aResult(change: Partial<Result> = {}): Result {
  return {
    status: "success",
    generated_tests: FILE,
    execution_output: "4 passed",
    passed: true,
    execution_time: 1.5,
    error: null,
    error_type: null,
    verdict: "passed",
    coverage: {
      line: 0.75,
      branch: 0.5,
      lines: 4,
      covered_lines: 3,
      branches: 2,
      covered_branches: 1,
      missing_lines: [9],
      missing_branches: [[6, 9]],
    },
    mutation: {
      score: 0.75,
      total: 5,
      killed: 3,
      survived: 1,
      timed_out: 0,
      invalid: 1,
      unreached: 0,
      unjudged: 0,
      survivors: [{ id: 4, operator: "arithmetic", line: 6, end_line: 6, before: "x // 2", after: "x / 2" }],
    },
    tests: [
      figures("test_twice_returns_four", [2], [1]),
      figures("test_half_returns_expected_value[4-2]", [6], [2, 3]),
      figures("test_half_returns_expected_value[6-3]", [], [2]),
      figures("test_half_of_pi", [], [2]),
    ],
    suspected_bugs: [],
    stages: [{ name: "analyse", seconds: 0.01, spend: { calls: 0, input_tokens: 0, output_tokens: 0, usd: 0 } }],
    spend: { calls: 0, input_tokens: 0, output_tokens: 0, usd: 0 },
    seed: 1,
    engine: "search",
    sandbox: "bubblewrap",
    tier: "A",
    notes: [],
    llm: null,
    ...change,
  };
}

export function aJob(change: Partial<Job> = {}): Job {
  return {
    id: "abc",
    kind: "snippet",
    state: "done",
    title: "half",
    created: "2026-01-02T03:04:05.000Z",
    started: "2026-01-02T03:04:05.000Z",
    finished: "2026-01-02T03:04:07.000Z",
    position: null,
    attempt: 1,
    seconds: 2,
    code: "def half(x):\n    return x / 2\n",
    options: {},
    result: aResult(),
    error: null,
    items: null,
    ...change,
  };
}
