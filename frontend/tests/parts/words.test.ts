import { describe, expect, test } from "vitest";
import { Problem } from "@/api/problem";
import { failureOf, troubleOf } from "@/app/troubles";
import { everyDay, inOrder } from "@/features/dashboard/days";
import { byDay } from "@/features/history/by-day";
import { dollars, percent, plural, ranges, seconds } from "@/ui/figures";
import { asSentence, plain } from "@/ui/plain-text";

test.each([
  [1, "100%"],
  [0.996, "99%"],
  [0.29, "29%"],
  [0.004, "<1%"],
  [0, "0%"],
  [null, "–"],
])("%s is shown as %s, never more than it is", (ratio, text) => expect(percent(ratio)).toBe(text));

test.each([
  [0.0004, "0.4 ms"],
  [0.0123, "12 ms"],
  [0.4, "0.4 s"],
  [9.96, "10 s"],
  [83, "1 min 23 s"],
])("%s seconds are %s", (value, text) => expect(seconds(value)).toBe(text));

test("figures read as words", () => {
  expect(plural(1, "test")).toBe("1 test");
  expect(plural(1200, "branch", "branches")).toBe("1,200 branches");
  expect(ranges([9, 3, 7, 8])).toBe("3, 7–9");
  expect([dollars(0), dollars(0.001), dollars(1.5)]).toEqual(["$0", "<$0.01", "$1.50"]);
});

describe("text that would act is shown instead", () => {
  test.each([
    ["\u001b[31mred", "␛[31mred"],
    ["a\u202eb", "a⟨U+202E⟩b"],
    ["a\u200bb", "a⟨U+200B⟩b"],
    ["bell\u0007", "bell␇"],
    ["one\r\ntwo\tthree", "one\ntwo\tthree"],
    ["<img src=x>", "<img src=x>"],
  ])("%j", (text, shown) => expect(plain(text)).toBe(shown));
});

test.each([
  ["no function to test: found 1 constant", "No function to test: found 1 constant."],
  ["user_code.f is odd", "user_code.f is odd."],
  ["Try again.", "Try again."],
])("%j is told as the sentence %j", (words, told) => expect(asSentence(words)).toBe(told));

describe("an error says what to do next", () => {
  test.each([
    [0, "No connection to the server", true],
    [400, "This server refuses the code", false],
    [404, "There is no such run", false],
    [429, "The server is busy", true],
    [503, "The server is restarting", true],
  ])("status %i", (status, title, retry) => {
    expect(troubleOf(new Problem(status, "why"))).toMatchObject({ title, retry });
  });

  test("the server's own time to wait is kept", () => {
    const problem = new Problem(429, "busy", {}, new Headers({ "Retry-After": "5" }));
    expect(troubleOf(problem).wait).toBe(5);
  });

  test.each([
    ["no function or class to test in user_code: found 1 constant", "functions and classes", false],
    ["no call of it could be found", "annotations or defaults", true],
  ])("a run that ends with %j is a state of its own, and says what helps", (detail, next, retry) => {
    const trouble = failureOf({ detail, error_type: "CodeInvalid", retryable: false, findings: null });
    expect(trouble).toMatchObject({ title: "Nothing to test here", detail, retry });
    expect(trouble.next).toContain(next);
  });
});

test("runs are grouped by the reader's day", () => {
  const now = new Date(2026, 4, 10, 12);
  const at = (day: number, hour: number) => ({ created: new Date(2026, 4, day, hour).toISOString() });
  const days = byDay([at(10, 9), at(10, 0), at(9, 23), at(1, 5)], now);
  expect(days.map(([name, entries]) => [name, entries.length])).toEqual([
    ["Today", 2],
    ["Yesterday", 1],
    ["Friday 1 May", 1],
  ]);
});

test("a chart has every day, and stages in the order of the flow", () => {
  const ran = { day: "2026-05-09", runs: 3, passed: 2, line_coverage: 1, branch_coverage: 1, mutation_score: 0.5 };
  const days = everyDay([ran], 3, new Date("2026-05-10T12:00:00Z"));
  expect(days.map((day) => [day.day, day.runs, day.mutation_score])).toEqual([
    ["2026-05-08", 0, null],
    ["2026-05-09", 3, 0.5],
    ["2026-05-10", 0, null],
  ]);
  const stages = ["mutate", "other", "analyse"].map((name) => ({ name }));
  expect(inOrder(stages).map((stage) => stage.name)).toEqual(["analyse", "mutate", "other"]);
});
