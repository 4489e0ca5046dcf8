/** Entries grouped by the reader's own day, in the order they came in. */
export function byDay<T extends { created: string }>(entries: readonly T[], now: Date): [string, T[]][] {
  const groups: [string, T[]][] = [];
  for (const entry of entries) {
    const name = dayName(new Date(entry.created), now);
    const last = groups.at(-1);
    if (last?.[0] === name) last[1].push(entry);
    else groups.push([name, [entry]]);
  }
  return groups;
}

const DAY_MS = 86_400_000;

function dayName(date: Date, now: Date): string {
  const days = Math.round((startOf(now) - startOf(date)) / DAY_MS);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const year = date.getFullYear() === now.getFullYear() ? {} : { year: "numeric" as const };
  return date.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long", ...year });
}

function startOf(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
