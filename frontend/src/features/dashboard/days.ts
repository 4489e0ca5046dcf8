import type { Analytics } from "@/api/types";

/** What the charts draw of a day. */
type Day = Omit<Analytics["days"][number], "verdicts" | "usd">;

const DAY_MS = 86_400_000;

/** Each of the last `span` days in UTC, those without any run too: time goes on where nothing happens. */
export function everyDay(days: readonly Day[], span: number, now: Date): Day[] {
  const known = new Map(days.map((day) => [day.day.slice(0, 10), day]));
  return Array.from({ length: span }, (_, index) => {
    const day = new Date(now.getTime() - (span - 1 - index) * DAY_MS).toISOString().slice(0, 10);
    return (
      known.get(day) ?? { day, runs: 0, passed: 0, line_coverage: null, branch_coverage: null, mutation_score: null }
    );
  });
}

const ORDER = ["analyse", "search", "existing", "run", "choose", "verify", "mutate"];

/** Stages in the order of the flow; what is not known to the page comes last. */
export function inOrder<T extends { name: string }>(stages: readonly T[]): T[] {
  const place = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return [...stages].sort((a, b) => place(a.name) - place(b.name));
}
