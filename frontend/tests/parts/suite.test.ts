import { describe, expect, test } from "vitest";
import { lineFacts } from "@/features/report/line-facts";
import { ownerOf } from "@/features/report/owner";
import { blocksOf, fileWithout, scoreOf, worthOf } from "@/features/report/suite";
import { aResult, figures } from "./results";

describe("the suite, cut into tests", () => {
  test("rows of a table belong to their function", () => {
    expect(blocksOf(aResult()).map((block) => [block.name, block.rows.length])).toEqual([
      ["test_twice_returns_four", 1],
      ["test_half_returns_expected_value", 2],
      ["test_half_of_pi", 1],
    ]);
  });

  test("a table keeps its decorator", () => {
    expect(blocksOf(aResult())[1]?.code).toMatch(/^@pytest\.mark\.parametrize[\s\S]+== expected$/);
  });

  test("a name in brackets that holds colons is still a row", () => {
    const result = aResult({ tests: [figures("test_half_of_pi[a::b]", [], [])] });
    expect(blocksOf(result).map((block) => block.name)).toEqual(["test_half_of_pi"]);
  });

  test("what a test alone kills is told apart from what others kill too", () => {
    const blocks = blocksOf(aResult());
    const table = blocks[1];
    expect(table && worthOf(table, blocks)).toMatchObject({ kills: 2, alone: 1, lines: [6] });
  });
});

describe("a test that is dropped", () => {
  test("leaves the file, with the imports that nobody needs any more", () => {
    const file = fileWithout(aResult(), new Set(["test_half_of_pi", "test_half_returns_expected_value"]));
    expect(file).toBe(`from user_code import twice


def test_twice_returns_four():
    assert twice(2) == 4
`);
  });

  test("in the middle leaves two blank lines between the others", () => {
    const file = fileWithout(aResult(), new Set(["test_half_returns_expected_value"]));
    expect(file).toContain("== 4\n\n\ndef test_half_of_pi");
    expect(file).toContain("import math");
    expect(file).not.toContain("import pytest");
  });

  test("takes only its own kills out of the score", () => {
    expect(scoreOf(aResult(), new Set()).mutants).toBe(0.75);
    expect(scoreOf(aResult(), new Set(["test_half_of_pi"])).mutants).toBe(0.75);
    expect(scoreOf(aResult(), new Set(["test_half_returns_expected_value"])).mutants).toBe(0.5);
  });

  test("makes the coverage a lower bound only if it was the first to reach a line", () => {
    expect(scoreOf(aResult(), new Set(["test_half_of_pi"]))).toMatchObject({ lines: 0.75, exact: true, tests: 3 });
    expect(scoreOf(aResult(), new Set(["test_twice_returns_four"]))).toMatchObject({ lines: 0.5, exact: false });
  });

  test("is no reason to touch a file in which nothing is dropped", () => {
    expect(fileWithout(aResult(), new Set())).toBe(aResult().generated_tests);
  });
});

test("lines are covered, partly covered or missing, and know their survivors", () => {
  const { facts, survivors, tests } = lineFacts(aResult());
  expect([...facts]).toEqual([
    [2, "covered"],
    [6, "partial"],
    [9, "missing"],
  ]);
  expect(survivors.get(6)).toBe(1);
  expect(tests.get(2)).toEqual(["test_twice_returns_four"]);
});

test.each([
  [1, null],
  [4, "Account.pay"],
  [5, "Account.pay"],
  [8, "free"],
])("line %i belongs to %s", (line, owner) => {
  const code = "import re\n\nclass Account:\n    def pay(self):\n        return 1\n\nasync def free():\n    return 2\n";
  expect(ownerOf(code, line)).toBe(owner);
});
