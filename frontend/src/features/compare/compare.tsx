import { useQuery } from "@tanstack/react-query";
import { fetchJob } from "@/api/jobs";
import type { Failed } from "@/api/problem";
import type { Job, Result } from "@/api/types";
import { compared, type Line, parts } from "@/features/compare/lines";
import { classes } from "@/ui/classes";
import { percent, plural, seconds } from "@/ui/figures";
import { plain } from "@/ui/plain-text";
import { Link } from "@/ui/router";
import { Scrollable } from "@/ui/scrollable";

/** Two runs side by side: their figures, then what is different in the code and in the tests; the older one first. */
export default function Compare({ ids, failed }: { ids: readonly [string, string]; failed: Failed }) {
  const runs = [useRun(ids[0]), useRun(ids[1])];
  const error = runs.find((run) => run.error)?.error;
  const jobs = runs.flatMap((run) => run.data ?? []).sort((a, b) => a.created.localeCompare(b.created));
  const [first, second] = jobs;
  const again = () => {
    for (const run of runs) run.refetch();
  };
  return (
    <div className="mx-auto w-full max-w-6xl px-4 pt-7 pb-12 sm:px-6">
      <h1 className="text-[1.75rem] leading-9 font-semibold tracking-[-0.02em]">Two runs compared</h1>
      {error ? (
        failed(error, again)
      ) : first && second ? (
        <Both first={first} second={second} />
      ) : (
        <p role="status" className="working mt-6 text-sm text-ink-2">
          One moment…
        </p>
      )}
    </div>
  );
}

function useRun(id: string) {
  return useQuery({ queryKey: ["job", id], queryFn: ({ signal }) => fetchJob(id, signal) });
}

function Both({ first, second }: { first: Job; second: Job }) {
  return (
    <>
      <table className="figure mt-6 w-full max-w-3xl table-fixed text-sm">
        <caption className="sr-only">Figures of both runs</caption>
        <thead>
          <tr className="border-b border-line text-left text-ink-2">
            <td />
            {[first, second].map((job, index) => (
              <th key={job.id} scope="col" className="py-2 pr-4 font-normal">
                <Link
                  href={`/runs/${job.id}`}
                  className="text-ink underline decoration-edge underline-offset-3 hover:decoration-ink"
                >
                  {index ? "Newer" : "Older"}
                </Link>{" "}
                <time dateTime={job.created} className="whitespace-nowrap">
                  {moment(job.created)}
                </time>
                <span className="block truncate font-mono text-xs">{plain(job.title) || "untitled"}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {FIGURES.map(([name, of]) => (
            <tr key={name} className="border-b border-line">
              <th scope="row" className="py-1.5 pr-4 text-left font-normal text-ink-2">
                {name}
              </th>
              {[first, second].map((job) => (
                <td key={job.id} className="py-1.5 pr-4">
                  {job.result ? of(job.result) : "–"}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Difference title="Code" first={first.code} second={second.code} />
      <Difference
        title="Tests"
        first={first.result?.generated_tests ?? null}
        second={second.result?.generated_tests ?? null}
      />
    </>
  );
}

const FIGURES: readonly (readonly [string, (result: Result) => string])[] = [
  ["Tests", (result) => String(result.tests.length)],
  ["Lines", (result) => percent(result.coverage.line)],
  ["Branches", (result) => percent(result.coverage.branch)],
  ["Mutants", mutantsOf],
  ["Suspected bugs", (result) => String(result.suspected_bugs.length)],
  ["Time", (result) => seconds(result.execution_time)],
  ["Seed", (result) => String(result.seed)],
];

function mutantsOf({ mutation }: Result): string {
  if (mutation.unjudged === mutation.total) return "–";
  return `${percent(mutation.score)}, ${plural(mutation.survivors.length, "survivor")}`;
}

function moment(iso: string): string {
  return new Date(iso).toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

/** What is different between two texts; a text that was not kept cannot be compared. */
function Difference({ title, first, second }: { title: string; first: string | null; second: string | null }) {
  const found = first === null || second === null ? null : parts(compared(first, second));
  return (
    <section aria-label={title} className="mt-8">
      <h2 className="eyebrow border-b border-line pb-1.5">{title}</h2>
      {found === null && <p className="mt-3 text-sm text-ink-2">One of the runs has none.</p>}
      {found?.length === 0 && <p className="mt-3 text-sm text-ink-2">The same in both.</p>}
      {found && found.length > 0 && (
        <Scrollable label={`Changes: ${title}`} className="mt-3">
          <div className="w-fit min-w-full font-mono text-[0.8125rem] leading-[1.55]">
            {found.map((part, index) =>
              "skipped" in part ? (
                <p key={index} className="bg-panel px-2 py-0.5 font-sans text-xs text-ink-2">
                  {plural(part.skipped, "line")} without a change
                </p>
              ) : (
                <Lines key={index} lines={part.lines} />
              ),
            )}
          </div>
        </Scrollable>
      )}
    </section>
  );
}

const LOOKS = {
  both: { sign: " ", words: "", look: "" },
  first: { sign: "−", words: "only in the older run: ", look: "bg-miss-soft" },
  second: { sign: "+", words: "only in the newer run: ", look: "bg-pass-soft" },
} as const;

function Lines({ lines }: { lines: readonly Line[] }) {
  return lines.map(({ side, text }, index) => (
    <pre key={index} className={classes("px-2 font-mono", LOOKS[side].look)}>
      <span aria-hidden="true" className="mr-2 text-ink-2 select-none">
        {LOOKS[side].sign}
      </span>
      {LOOKS[side].words && <span className="sr-only">{LOOKS[side].words}</span>}
      {plain(text) || " "}
    </pre>
  ));
}
