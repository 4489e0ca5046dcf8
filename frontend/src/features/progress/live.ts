import type { JobEvent } from "@/api/events";
import type { Finding, JobState, Mutant, Stage } from "@/api/types";

/** What the events told so far. */
export type Live = {
  seq: number;
  position: number | null;
  stages: readonly (Omit<Stage, "spend"> & { detail: string })[];
  tests: readonly { name: string; code: string }[];
  coverage: number | null;
  coveredLines: readonly number[];
  missingLines: readonly number[];
  /** `judged` is less than `total` while they are tried one after the other. */
  mutants: { killed: number; judged: number; total: number; survivors: readonly Mutant[] } | null;
  findings: readonly Finding[];
  end: JobState | null;
};

export const NOTHING_YET: Live = {
  seq: 0,
  position: null,
  stages: [],
  tests: [],
  coverage: null,
  coveredLines: [],
  missingLines: [],
  mutants: null,
  findings: [],
  end: null,
};

/** The events added to what was told before; one that was seen already changes nothing. */
export function told(before: Live, events: readonly JobEvent[]): Live {
  let live = before;
  for (const event of events) if (event.seq > live.seq) live = { ...live, ...news(live, event), seq: event.seq };
  return live;
}

function news(live: Live, event: JobEvent): Partial<Live> {
  switch (event.kind) {
    case "queued":
      return { position: event.position ?? null };
    case "stage":
      return stageDone(live, event);
    case "tests":
      return { tests: event.tests };
    case "coverage":
      return { coverage: event.coverage, coveredLines: event.covered_lines, missingLines: event.missing_lines };
    case "judging": {
      const { killed, judged, total } = event;
      return {
        mutants: { killed, judged, total, survivors: [...(live.mutants?.survivors ?? []), ...event.survivors] },
      };
    }
    case "mutants": {
      const { killed, total, survivors } = event;
      return { mutants: { killed, judged: total, total, survivors } };
    }
    case "finding":
      return { findings: [...live.findings, event.finding] };
    case "end":
      return { end: event.state };
  }
}

/** A run that is taken up again after its server was lost begins with its first stage. */
function stageDone(live: Live, { stage, seconds, detail }: JobEvent & { kind: "stage" }): Partial<Live> {
  const anew = stage === STAGES[0]?.name;
  const before = anew ? [] : live.stages.filter((done) => done.name !== stage);
  const stages = [...before, { name: stage, seconds, detail }];
  return anew ? { position: null, stages, findings: [], mutants: null } : { position: null, stages };
}

/** In the order in which the flow goes through them, with what each does. */
export const STAGES: readonly { name: string; title: string; what: string }[] = [
  { name: "analyse", title: "Analyse", what: "read the code without running it" },
  { name: "search", title: "Search", what: "look for calls that show something, in a sandbox" },
  { name: "run", title: "Run", what: "run each candidate as a test" },
  { name: "choose", title: "Choose", what: "keep the fewest tests that keep every gain" },
  { name: "verify", title: "Verify", what: "run the file again, in other orders and on another day" },
  { name: "mutate", title: "Mutate", what: "break the code on purpose and see who notices" },
];

/** The stage that works now: the first of the flow that was not told as done. */
export function activeStage(live: Live): string | null {
  const done = new Set(live.stages.map((stage) => stage.name));
  return live.end ? null : (STAGES.find((stage) => !done.has(stage.name))?.name ?? null);
}
