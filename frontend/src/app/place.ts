/** Where in the page somebody is. */
export type Place =
  | { view: "workbench"; run: string | null }
  | { view: "history" }
  | { view: "dashboard" }
  | { view: "compare"; runs: readonly [string, string] }
  | { view: "nowhere" };

const RUN = /^\/runs\/([A-Za-z0-9._-]{1,64})$/;

const PAIR = /^\/compare\/([A-Za-z0-9._-]{1,64})\/([A-Za-z0-9._-]{1,64})$/;

export function placeOf(path: string): Place {
  if (path === "/") return { view: "workbench", run: null };
  if (path === "/history") return { view: "history" };
  if (path === "/dashboard") return { view: "dashboard" };
  const [, first, second] = PAIR.exec(path) ?? [];
  if (first && second) return { view: "compare", runs: [first, second] };
  const run = RUN.exec(path)?.[1];
  return run ? { view: "workbench", run } : { view: "nowhere" };
}
