import { expect, test } from "vitest";
import { type JobEvent, read } from "@/api/events";
import { activeStage, NOTHING_YET, told } from "@/features/progress/live";

const stage = (seq: number, name: string): JobEvent => ({
  kind: "stage",
  seq,
  at: "",
  stage: name,
  detail: "",
  seconds: 0.1,
});

test("stages add up, and the next one of the flow is the one at work", () => {
  const live = told(NOTHING_YET, [stage(1, "analyse"), stage(2, "search")]);
  expect(live.stages.map((done) => done.name)).toEqual(["analyse", "search"]);
  expect(activeStage(live)).toBe("run");
});

test("an event that comes twice counts once", () => {
  const live = told(told(NOTHING_YET, [stage(1, "analyse")]), [stage(1, "analyse"), stage(2, "search")]);
  expect(live.stages).toHaveLength(2);
});

test("a run that is taken up again starts its stages anew", () => {
  const live = told(NOTHING_YET, [stage(1, "analyse"), stage(2, "search"), stage(3, "analyse")]);
  expect(live.stages.map((done) => done.name)).toEqual(["analyse"]);
});

const judging = (seq: number, judged: number, lines: readonly number[]): JobEvent => ({
  kind: "judging",
  seq,
  at: "",
  stage: "mutate",
  detail: "",
  killed: judged - lines.length,
  judged,
  total: 9,
  survivors: lines.map((line) => ({ id: line, operator: "x", line, end_line: line, before: "a", after: "b" })),
});

test("mutants fill in as they are judged: counts are the newest, survivors add up", () => {
  const live = told(NOTHING_YET, [judging(1, 2, [4]), judging(2, 5, [7])]);
  expect(live.mutants).toMatchObject({ judged: 5, total: 9 });
  expect(live.mutants?.survivors.map((mutant) => mutant.line)).toEqual([4, 7]);
});

test("the end of the stage has the last word on mutants, and a new attempt forgets them", () => {
  const [survivor] = told(NOTHING_YET, [judging(1, 1, [4])]).mutants?.survivors ?? [];
  const end: JobEvent = {
    kind: "mutants",
    seq: 2,
    at: "",
    stage: "mutate",
    detail: "",
    killed: 7,
    total: 8,
    survivors: survivor ? [survivor] : [],
  };
  const live = told(NOTHING_YET, [judging(1, 1, [4]), end]);
  expect(live.mutants).toEqual({ killed: 7, judged: 8, total: 8, survivors: [survivor] });
  expect(told(live, [stage(3, "analyse")]).mutants).toBeNull();
});

test("nothing is at work after the end", () => {
  const end: JobEvent = { kind: "end", seq: 9, at: "", stage: "end", detail: "", state: "done" };
  expect(activeStage(told(NOTHING_YET, [end]))).toBeNull();
});

test("a suspected bug is read from the fields of its event", () => {
  const event = read("finding", JSON.stringify({ seq: 4, input: "f(1)", why: "because" }));
  expect(event?.kind === "finding" && event.finding.input).toBe("f(1)");
});

test.each(["", "null", "[1]", '{"seq": "1"}', "{"])("what is no event is ignored: %s", (data) => {
  expect(read("stage", data)).toBeNull();
});
