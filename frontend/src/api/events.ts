import { API_URL } from "@/api/client";
import type { Finding, JobState, Mutant } from "@/api/types";

type Base = { seq: number; at: string | number; stage: string; detail: string };

export type JobEvent = Base &
  (
    | { kind: "queued"; position?: number | null }
    | { kind: "stage"; seconds: number }
    | { kind: "tests"; tests: { name: string; code: string }[] }
    | { kind: "coverage"; coverage: number; covered_lines: number[]; missing_lines: number[] }
    | { kind: "judging"; killed: number; judged: number; total: number; survivors: Mutant[] }
    | { kind: "mutants"; killed: number; total: number; survivors: Mutant[] }
    | { kind: "finding"; finding: Finding }
    | { kind: "end"; state: JobState }
  );

const KINDS = ["queued", "stage", "tests", "coverage", "judging", "mutants", "finding", "end"] as const;
const PATIENCE_MS = [500, 1000, 2000, 4000, 8000] as const;

export type Listener = { events: (batch: JobEvent[]) => void; connected: (yes: boolean) => void };

/**
 * Follow a job's events until its end. A lost connection is taken up again after the last event that came, also by a
 * page that was told `after`. Events arrive in batches, at most one for each frame. Returns the function that stops.
 */
export function follow(id: string, after: number, listener: Listener): () => void {
  const batches = batched(listener.events);
  let [last, tries, stopped] = [after, 0, false];
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const take = (kind: JobEvent["kind"]) => (message: MessageEvent<string>) => {
    const event = read(kind, message.data);
    if (!event || event.seq <= last) return;
    last = event.seq;
    batches.add(event);
    if (kind === "end") stop();
  };
  const open = () => {
    source = new EventSource(`${API_URL}/api/jobs/${encodeURIComponent(id)}/events?after=${last}`);
    source.onopen = () => {
      tries = 0;
      listener.connected(true);
    };
    source.onerror = () => {
      source?.close();
      if (stopped) return;
      listener.connected(false);
      timer = setTimeout(open, PATIENCE_MS[Math.min(tries++, PATIENCE_MS.length - 1)]);
    };
    for (const kind of KINDS) source.addEventListener(kind, take(kind));
  };
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    source?.close();
    batches.flush();
  };
  open();
  return stop;
}

/** One event, or null for what is none: the page never falls over what a server sends. */
export function read(kind: JobEvent["kind"], data: string): JobEvent | null {
  try {
    const fields: unknown = JSON.parse(data);
    if (typeof fields !== "object" || fields === null || !("seq" in fields)) return null;
    const { seq } = fields;
    if (typeof seq !== "number") return null;
    if (kind === "finding") return { ...fields, kind, finding: found(fields) } as JobEvent;
    return { ...fields, kind } as JobEvent;
  } catch {
    return null;
  }
}

function found(fields: object): unknown {
  return "finding" in fields && typeof fields.finding === "object" ? fields.finding : fields;
}

function batched(deliver: (batch: JobEvent[]) => void) {
  let waiting: JobEvent[] = [];
  let frame = 0;
  const flush = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    if (!waiting.length) return;
    const batch = waiting;
    waiting = [];
    deliver(batch);
  };
  const add = (event: JobEvent) => {
    waiting.push(event);
    frame ||= requestAnimationFrame(flush);
  };
  return { add, flush };
}
