import { expect, test } from "vitest";
import { compared, parts } from "@/features/compare/lines";

const sides = (first: string, second: string) => compared(first, second).map(({ side, text }) => `${side} ${text}`);

test("lines that both texts have stand once, the others where they belong", () => {
  expect(sides("a\nb\nc\nd", "a\nx\nc\nd\ne")).toEqual([
    "both a",
    "first b",
    "second x",
    "both c",
    "both d",
    "second e",
  ]);
});

test("a moved block is one removal and one addition", () => {
  expect(sides("one\ntwo\nthree", "three\none\ntwo")).toEqual(["second three", "both one", "both two", "first three"]);
});

test("texts without a line in common", () => {
  expect(sides("a", "b\nc")).toEqual(["first a", "second b", "second c"]);
});

test("what is the same in both has no parts", () => {
  expect(parts(compared("a\nb", "a\nb"))).toEqual([]);
});

test("lines far from every change are counted and left out", () => {
  const text = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  const found = parts(compared(text.join("\n"), text.with(10, "other").join("\n")), 2);
  expect(found.map((part) => ("skipped" in part ? part.skipped : part.lines.map((line) => line.text)))).toEqual([
    8,
    ["line 8", "line 9", "line 10", "other", "line 11", "line 12"],
    7,
  ]);
});

test("texts that are too long to compare line by line are still told apart", () => {
  const many = (word: string) => Array.from({ length: 4000 }, (_, index) => `${word} ${index}`).join("\n");
  const lines = compared(`same\n${many("a")}`, `same\n${many("b")}`);
  expect(lines.filter((line) => line.side === "both")).toHaveLength(1);
  expect(lines).toHaveLength(8001);
});
