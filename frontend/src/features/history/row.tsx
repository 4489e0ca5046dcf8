import { useState } from "react";
import type { JobSummary } from "@/api/types";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { percent, plural, seconds } from "@/ui/figures";
import { Bug, Check, Cross, Scales, Stop, Trash } from "@/ui/icons";
import { plain } from "@/ui/plain-text";
import { Link } from "@/ui/router";

/** One run: a link to it, its figures, and a button to delete it that asks once more. */
export function Row({
  job,
  remove,
  picked,
  pick,
}: {
  job: JobSummary;
  remove: () => void;
  /** Whether it is to be compared with the next one that is picked. */
  picked: boolean;
  pick: () => void;
}) {
  const words = wordsOf(job);
  return (
    <li className="group relative grid grid-cols-[1.25rem_1fr_auto] items-center gap-x-3 border-b border-line py-2.5 hover:bg-panel md:grid-cols-[1.25rem_minmax(10rem,1fr)_auto_5.5rem]">
      <StateSign job={job} />
      <div className="min-w-0">
        <Link
          href={`/runs/${job.id}`}
          className="block truncate font-mono text-[0.8125rem] font-semibold underline-offset-3 after:absolute after:inset-0 hover:underline"
        >
          {plain(job.title) || "untitled"}
        </Link>
        <p className="figure flex flex-wrap items-center gap-x-2 text-xs text-ink-2">
          <span>
            <time dateTime={job.created}>{clock(job.created)}</time>
            {job.seconds !== null && ` · ${seconds(job.seconds)}`}
            {words !== "passed" && <span aria-hidden="true"> · {words}</span>}
          </span>
          {job.suspected_bugs > 0 && (
            <span className="flex items-center gap-1 text-bug">
              <Bug size={12} />
              {plural(job.suspected_bugs, "suspected bug")}
            </span>
          )}
        </p>
      </div>
      {job.status !== null && (
        <dl className="figure col-span-full col-start-2 mt-1 grid grid-cols-4 gap-x-4 text-sm md:col-span-1 md:col-start-3 md:mt-0 md:w-80">
          <Figure name="tests" value={String(job.tests)} />
          <Figure name="lines" value={percent(job.line_coverage)} />
          <Figure name="branches" value={percent(job.branch_coverage)} />
          <Figure name="mutants" value={percent(job.mutation_score)} />
        </dl>
      )}
      <div className="relative z-1 col-start-3 row-start-1 flex justify-end md:col-start-4">
        {job.status !== null && (
          <Button
            look="quiet"
            size="icon"
            aria-pressed={picked}
            title="Compare"
            aria-label={`Compare ${plain(job.title) || "untitled"}`}
            onClick={pick}
            className="aria-pressed:bg-accent-soft aria-pressed:text-ink"
          >
            <Scales size={15} />
          </Button>
        )}
        <Remove job={job} remove={remove} />
      </div>
    </li>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div className="text-right max-md:text-left">
      <dd className={value === "–" ? "text-ink-3" : undefined}>{value}</dd>
      <dt className="text-xs text-ink-3">{name}</dt>
    </div>
  );
}

const SIGNS = {
  passed: { look: "text-pass", sign: <Check size={15} /> },
  cancelled: { look: "text-ink-3", sign: <Stop size={12} /> },
  working: { look: "text-ink", sign: <span className="working size-2 rounded-full bg-ink" /> },
  wrong: { look: "text-miss", sign: <Cross size={15} /> },
} as const;

function StateSign({ job }: { job: JobSummary }) {
  const { look, sign } = SIGNS[signOf(job)];
  const words = wordsOf(job);
  return (
    <span className={classes("flex justify-center", look)} title={words}>
      {sign}
      <span className="sr-only">{words}</span>
    </span>
  );
}

function wordsOf({ state, status }: JobSummary): string {
  if (state !== "done") return state === "failed" ? "no result" : state;
  return status === "success" ? "passed" : (status ?? state).replaceAll("_", " ");
}

function signOf({ state, status }: JobSummary): keyof typeof SIGNS {
  if (state === "queued" || state === "running") return "working";
  if (state === "cancelled") return "cancelled";
  return state === "done" && status === "success" ? "passed" : "wrong";
}

function Remove({ job, remove }: { job: JobSummary; remove: () => void }) {
  const [asking, ask] = useState(false);
  const words = signOf(job) === "working" ? "Cancel" : "Delete";
  return asking ? (
    <Button look="danger" size="sm" autoFocus onClick={remove} onBlur={() => ask(false)}>
      {words}?
    </Button>
  ) : (
    <Button
      look="quiet"
      size="icon"
      onClick={() => ask(true)}
      aria-label={`${words} ${plain(job.title) || "untitled"}`}
    >
      {words === "Delete" ? <Trash size={15} /> : <Stop size={12} />}
    </Button>
  );
}

function clock(iso: string): string {
  return new Date(iso).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}
