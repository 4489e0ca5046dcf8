import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { JobSummary, Options } from "@/api/types";
import { TroubleView } from "@/app/trouble";
import { OptionFields } from "@/features/compose/options";
import { Targets } from "@/features/compose/targets";
import { Row } from "@/features/history/row";
import { NOTHING_YET } from "@/features/progress/live";
import Progress from "@/features/progress/progress";
import { CopyButton } from "@/ui/copy-button";
import { Menu } from "@/ui/menu";
import { aJob } from "./results";

test("a menu is opened, walked through and closed by keyboard, and gives the focus back", async () => {
  const chosen: string[] = [];
  const items = ["one", "two", "three"].map((id) => ({ id, title: id, act: () => chosen.push(id) }));
  render(<Menu title="Examples" items={items} />);
  const user = userEvent.setup();
  await user.tab();
  await user.keyboard("{Enter}{ArrowDown}{ArrowDown}{ArrowDown}{ArrowUp}{Enter}");
  expect(chosen).toEqual(["three"]);
  expect(screen.getByRole("button", { name: "Examples" })).toHaveFocus();
  await user.keyboard("{Enter}{Escape}");
  expect(screen.queryByRole("menu")).toBeNull();
  expect(screen.getByRole("button", { name: "Examples" })).toHaveFocus();
});

test("what is still being made is copied once it is there", async () => {
  const user = userEvent.setup();
  render(<CopyButton label="Share" text={() => Promise.resolve("a link")} />);
  await user.click(screen.getByRole("button", { name: "Share" }));
  await screen.findByText("Copied");
  expect(await navigator.clipboard.readText()).toBe("a link");
});

test("a function that is switched off is not tested", async () => {
  const changes: ReadonlySet<string>[] = [];
  render(<Targets names={["half", "twice"]} off={new Set(["twice"])} change={(off) => changes.push(off)} />);
  await userEvent.click(screen.getByRole("button", { name: "half", pressed: true }));
  await userEvent.click(screen.getByRole("button", { name: "twice", pressed: false }));
  expect(changes).toEqual([new Set(["twice", "half"]), new Set()]);
});

test("an option that is left empty or out of range stays the server's choice", async () => {
  const sent: Options[] = [];
  render(<OptionFields options={{}} change={(options) => sent.push(options)} config={undefined} />);
  const field = screen.getByLabelText("Search time, seconds");
  await userEvent.type(field, "90");
  expect(sent).toEqual([{ budget_seconds: 9 }, {}]);
});

test("an option that comes from a link or a run is shown in place of what was typed", async () => {
  const show = (options: Options) => <OptionFields options={options} change={() => undefined} config={undefined} />;
  const { rerender } = render(show({}));
  await userEvent.type(screen.getByLabelText("Seed"), "1.5");
  rerender(show({ seed: 7, budget_seconds: 2.5 }));
  expect(screen.getByLabelText("Seed")).toHaveValue(7);
  expect(screen.getByLabelText("Search time, seconds")).toHaveValue(2.5);
});

test("a run that waits says how many are before it", () => {
  const job = aJob({ state: "queued", position: 2, result: null, started: null });
  render(<Progress job={job} live={NOTHING_YET} connected cancel={() => undefined} />);
  expect(screen.getByText("2 runs before yours.")).toBeVisible();
});

test("a lost connection is told, and that the run goes on", () => {
  const job = aJob({ state: "running", result: null });
  render(<Progress job={job} live={NOTHING_YET} connected={false} cancel={() => undefined} />);
  expect(screen.getByRole("status")).toHaveTextContent("The connection is lost. The run goes on");
});

test("a run is deleted only after a second click", async () => {
  const job: JobSummary = {
    ...aJob(),
    status: "success",
    tests: 4,
    passed: 4,
    line_coverage: 1,
    branch_coverage: 1,
    mutation_score: 0.5,
    suspected_bugs: 0,
  };
  let removed = 0;
  render(
    <ul>
      <Row job={job} remove={() => removed++} picked={false} pick={() => undefined} />
    </ul>,
  );
  await userEvent.click(screen.getByRole("button", { name: "Delete half" }));
  expect(removed).toBe(0);
  await userEvent.click(screen.getByRole("button", { name: "Delete?" }));
  expect(removed).toBe(1);
});

test("trying again has to wait as long as the server asked for", () => {
  const trouble = {
    title: "The server is busy",
    detail: "every slot is taken",
    next: "",
    retry: true,
    wait: 5,
    requestId: null,
    findings: [],
  };
  render(<TroubleView trouble={trouble} retry={() => undefined} goTo={() => undefined} />);
  expect(screen.getByRole("button", { name: "Try again in 5 s" })).toBeDisabled();
});
