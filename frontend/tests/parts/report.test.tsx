import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { Finding, Job, Mutant, Options, Result, Wanted } from "@/api/types";
import Report from "@/features/report/report";
import { aJob, aResult } from "./results";

type Again = { options: Options; wanted?: Wanted | undefined };

type More = { wanted?: Mutant | null; state?: Job["state"]; options?: Options; edited?: boolean };

function show(result: Result = aResult(), { wanted = null, state = "done", options = {}, edited = false }: More = {}) {
  const again: Again[] = [];
  const lines: number[] = [];
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Report
        job={aJob({ result, state, options })}
        result={result}
        code={
          "import x\ndef twice(x):\n    return 2 * x\n\ndef half(x):\n    if x:\n        return x // 2\n    else:\n        return 0\n"
        }
        wanted={wanted}
        edited={edited}
        goTo={(line) => lines.push(line)}
        again={(options, mutant) => again.push({ options, wanted: mutant })}
      />
    </QueryClientProvider>,
  );
  return { again, lines, user: userEvent.setup() };
}

const BUG: Finding = {
  target_id: "half",
  input: "half('<img src=x onerror=alert(1)>')",
  observed: "\u001b[31mTypeError\u202e",
  expected: "a number",
  why: "the docstring says so",
  reproducer: "half('')",
  line: 6,
  kind: "docstring",
  confidence: "high",
  quote: "",
  error: "",
  doubtful: [],
};

test("the heading says how it went, and has the focus", () => {
  show();
  expect(screen.getByRole("heading", { name: "4 tests, all passing" })).toHaveFocus();
});

test("whoever writes on while the run ends is left where they write", () => {
  show(aResult(), { edited: true });
  expect(screen.getByRole("heading", { name: "4 tests, all passing" })).not.toHaveFocus();
});

test("tests that are expected to fail are told apart, and the suspected bug is not said to be outside the suite", async () => {
  const file = aResult().generated_tests.replace(
    "@pytest.mark.parametrize",
    '@pytest.mark.xfail(strict=True, reason="x")\n@pytest.mark.parametrize',
  );
  const { user } = show(aResult({ generated_tests: file, suspected_bugs: [BUG] }), { options: { xfail_bugs: true } });
  expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent(/^4 tests, 2 of them expected to fail$/);
  expect(screen.getByText("expected to fail")).toBeVisible();
  expect(screen.queryByText(/not made into a test/)).toBeNull();
  await user.click(screen.getByRole("tab", { name: /Suspected bugs/ }));
  expect(screen.getByText(/has a test that is expected to fail, as you asked for/)).toBeVisible();
  expect(screen.queryByText(/None of these became a test/)).toBeNull();
});

test("the command that does the same names what was chosen, and leaves to the server what was left to it", async () => {
  const options = {
    targets: ["half", "Shop.buy"],
    max_tests: 3,
    budget_seconds: 5,
    xfail_bugs: true,
    bless_bugs: false,
  };
  const { user } = show(aResult(), { options });
  await user.click(screen.getByRole("tab", { name: "Log" }));
  const words = "user_code.py::half user_code.py::Shop.buy --seed 1 --budget 5 --max-tests 3 --xfail-bugs";
  expect(screen.getByText(`aitestgen generate ${words}`)).toBeVisible();
});

test("where a run was cancelled before its mutants were tried, no test is said to kill none", () => {
  const nobody = { total: 0, killed: 0, survived: 0, invalid: 0, survivors: [], score: 0 };
  show(aResult({ mutation: { ...aResult().mutation, ...nobody } }), { state: "cancelled" });
  expect(screen.getByText("not judged")).toBeInTheDocument();
  expect(screen.queryByText(/kills/)).toBeNull();
});

test("a dropped test changes the score at once", async () => {
  const { user } = show();
  const mutants = screen.getByText("Mutants").closest("div") as HTMLElement;
  expect(mutants).toHaveTextContent("3 of 4 killed");
  await user.click(screen.getByRole("checkbox", { name: "Keep test_half_returns_expected_value" }));
  expect(mutants).toHaveTextContent("2 of 4 killed");
  await user.click(screen.getByRole("button", { name: "Whole file" }));
  expect(screen.getByRole("tabpanel")).not.toHaveTextContent("parametrize");
});

test("a survivor leads to a run for its function alone, with another seed and the suite that is shown", async () => {
  const { user, again } = show();
  await user.click(screen.getByRole("checkbox", { name: "Keep test_half_returns_expected_value" }));
  await user.click(screen.getByRole("tab", { name: /Survivors/ }));
  await user.click(screen.getByRole("button", { name: "Write a test for this" }));
  expect(again[0]?.options).toMatchObject({ targets: ["half"], seed: 2 });
  expect(again[0]?.wanted?.mutant.line).toBe(6);
  expect(again[0]?.wanted?.tests).toContain("def test_");
  expect(again[0]?.wanted?.tests).not.toContain("test_half_returns_expected_value");
});

test("a run for one survivor says whether it is noticed now", () => {
  const [survivor] = aResult().mutation.survivors;
  show(aResult(), { wanted: survivor ?? null });
  expect(screen.getByText(/Still not noticed/)).toBeVisible();
});

test("a test that was added is marked, and the score tells what it was before", () => {
  const [survivor] = aResult().mutation.survivors;
  const existing = { tests: 3, line_coverage: 0.5, branch_coverage: 0.5, mutation_score: 0.5 };
  const mutation = { ...aResult().mutation, killed: 4, survivors: [] };
  const tests = aResult().tests.map((one, at) => (at === 3 ? { ...one, mutants_killed: [4] } : one));
  show(aResult({ existing, mutation, tests }), { wanted: survivor ?? null });
  expect(screen.getByText(/Now noticed/)).toHaveTextContent("1 test was added to the suite.");
  expect(screen.getAllByText("new")).toHaveLength(1);
  expect(screen.getByText("Mutants").closest("div")).toHaveTextContent("4 of 4 killed, 3 before");
});

test("a suspected bug is told as text, whatever it holds", async () => {
  const { user } = show(aResult({ suspected_bugs: [BUG] }));
  await user.click(screen.getByRole("tab", { name: /Suspected bugs/ }));
  const card = within(screen.getByRole("tabpanel")).getByRole("listitem");
  expect(card).toHaveTextContent("half('<img src=x onerror=alert(1)>')");
  expect(card).toHaveTextContent("␛[31mTypeError⟨U+202E⟩");
  expect(card.querySelector("img")).toBeNull();
});

test("lines say in words what they are", async () => {
  const { user } = show();
  await user.click(screen.getByRole("tab", { name: "Coverage" }));
  await user.click(screen.getByRole("button", { name: "Line 9: not run" }));
  expect(screen.getByText("No test runs this line.")).toBeVisible();
});

test("tabs are walked through with the arrow keys", async () => {
  const { user } = show();
  await user.click(screen.getByRole("tab", { name: /^Tests/ }));
  await user.keyboard("{ArrowLeft}");
  expect(screen.getByRole("tab", { name: "Log" })).toHaveFocus();
  expect(screen.getByRole("tab", { name: "Log" })).toHaveAttribute("aria-selected", "true");
});

test("a result that did not pass says so, with its reason, what to do, and a way to pytest's own words", async () => {
  const { user } = show(
    aResult({ passed: false, status: "timeout", verdict: "timed_out", error: "the time limit was reached" }),
  );
  expect(screen.getByRole("heading", { name: "The run took too long" })).toBeVisible();
  expect(screen.getByText(/The time limit was reached\. Try it again/)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "What pytest said" }));
  expect(screen.getByRole("tab", { name: "Log", selected: true })).toBeVisible();
});
