import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { fetchJobs, removeJob } from "@/api/jobs";
import { asProblem, type Failed } from "@/api/problem";
import type { Config, JobSummary } from "@/api/types";
import { byDay } from "@/features/history/by-day";
import { Row } from "@/features/history/row";
import { Button } from "@/ui/button";
import { plural } from "@/ui/figures";
import { Search } from "@/ui/icons";
import { asSentence } from "@/ui/plain-text";
import { goTo, Link } from "@/ui/router";

const STATES = [
  ["", "All"],
  ["done", "Done"],
  ["running", "Running"],
  ["queued", "Waiting"],
  ["failed", "Failed"],
  ["cancelled", "Cancelled"],
] as const;

/** The caller's runs, newest first, by day: to look at again, to find, to delete. */
export default function History({ config, failed }: { config: Config | undefined; failed: Failed }) {
  const [text, setText] = useState("");
  const [state, setState] = useState("");
  const q = useDeferredValue(text.trim());
  const runs = useInfiniteQuery({
    queryKey: ["jobs", q, state],
    queryFn: ({ pageParam, signal }) => fetchJobs({ q, state, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next ?? undefined,
    refetchInterval: (query) => (query.state.data?.pages.some((page) => page.jobs.some(isUnfinished)) ? 2000 : false),
  });
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: removeJob,
    onSettled: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const [picked, setPicked] = useState<string | null>(null);
  const compare = (id: string) => {
    if (picked === null || picked === id) setPicked(picked === id ? null : id);
    else goTo(`/compare/${picked}/${id}`);
  };
  const jobs = runs.data?.pages.flatMap((page) => page.jobs) ?? [];
  const total = runs.data?.pages[0]?.total ?? 0;
  return (
    <div className="mx-auto w-full max-w-6xl px-4 pt-7 pb-12 sm:px-6">
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
        <div>
          <h1 className="text-[1.75rem] leading-9 font-semibold tracking-[-0.02em]">History</h1>
          <p className="mt-1 text-sm text-ink-2">{retention(config)}</p>
        </div>
        <search className="flex flex-wrap items-center gap-2">
          <label className="relative">
            <span className="sr-only">Search runs</span>
            <span className="pointer-events-none absolute inset-y-0 left-2.5 flex items-center text-ink-3">
              <Search size={14} />
            </span>
            <input
              type="search"
              value={text}
              onChange={(event) => setText(event.target.value)}
              placeholder="Search"
              className="h-9 w-56 rounded-md border border-control bg-paper pr-2 pl-8 text-sm placeholder:text-ink-3"
            />
          </label>
          <label>
            <span className="sr-only">State</span>
            <select
              value={state}
              onChange={(event) => setState(event.target.value)}
              className="h-9 rounded-md border border-control bg-paper px-2 text-sm"
            >
              {STATES.map(([value, title]) => (
                <option key={value} value={value}>
                  {title}
                </option>
              ))}
            </select>
          </label>
        </search>
      </header>
      {runs.error && failed(runs.error, () => runs.refetch())}
      {remove.error && (
        <p role="alert" className="mt-6 border-l-3 border-l-miss-line pl-4 text-sm">
          The run could not be deleted. {asSentence(asProblem(remove.error).message)}
        </p>
      )}
      {runs.isSuccess && jobs.length === 0 && <Empty searching={q !== "" || state !== ""} />}
      <p aria-live="polite" className="sr-only">
        {runs.isSuccess ? plural(total, "run") : ""}
      </p>
      {picked && (
        <p role="status" className="mt-6 rounded-sm bg-accent-soft px-3 py-2 text-sm">
          Choose another run to compare it with.
        </p>
      )}
      {byDay(jobs, new Date()).map(([day, ofDay]) => (
        <section key={day} aria-label={day} className="mt-8">
          <h2 className="eyebrow border-b border-line pb-1.5">{day}</h2>
          <ul>
            {ofDay.map((job) => (
              <Row
                key={job.id}
                job={job}
                remove={() => remove.mutate(job.id)}
                picked={picked === job.id}
                pick={() => compare(job.id)}
              />
            ))}
          </ul>
        </section>
      ))}
      {runs.hasNextPage && (
        <Button className="mt-6" disabled={runs.isFetchingNextPage} onClick={() => runs.fetchNextPage()}>
          Show older runs
          <span className="figure text-ink-3">
            {jobs.length} of {total}
          </span>
        </Button>
      )}
    </div>
  );
}

function isUnfinished(job: JobSummary): boolean {
  return job.state === "queued" || job.state === "running";
}

function retention(config: Config | undefined): string {
  if (!config) return " ";
  const kept = config.retention_days
    ? `Runs are kept for ${plural(config.retention_days, "day")}.`
    : "Runs are kept until you delete them.";
  return config.keep_code ? kept : `${kept} The code itself is not.`;
}

function Empty({ searching }: { searching: boolean }) {
  return (
    <div className="mt-12 max-w-[52ch]">
      <p className="text-base font-semibold">{searching ? "No run is like that." : "Nothing was run yet."}</p>
      {!searching && (
        <p className="mt-1 text-sm text-ink-2">
          Each run ends up here with its figures.{" "}
          <Link href="/" className="text-ink underline decoration-edge underline-offset-3 hover:decoration-ink">
            Generate the first tests
          </Link>
        </p>
      )}
    </div>
  );
}
