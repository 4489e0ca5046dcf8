import { useEffect, useMemo, useRef } from "react";
import type { Config, Job, Options, Wanted } from "@/api/types";
import { Outcome } from "@/app/outcome";
import { Splitter, useSplit } from "@/app/splitter";
import { useReportKeys } from "@/app/use-report-keys";
import { unfinished, useRun } from "@/app/use-run";
import { Compose, type ComposeHandle } from "@/features/compose/compose";
import { fresh, useDraft } from "@/features/compose/draft";
import { type LineMarks, NO_MARKS } from "@/features/compose/line-marks";
import { readFragment } from "@/features/compose/share";
import type { Live } from "@/features/progress/live";
import { lineFacts } from "@/features/report/line-facts";

/** The code on the left; on the right what becomes of it. */
export function Workbench({ run, config }: { run: string | null; config: Config | undefined }) {
  const [draft, change] = useDraft();
  const { job, mine, trouble, live, connected, begin, retry, cancel } = useRun(run);
  const [share, setShare] = useSplit();
  const compose = useRef<ComposeHandle>(null);
  const running = begin.isPending || unfinished(job);

  useShared((shared) => change(fresh(shared.code, shared.options)));
  useShownCode(mine ? undefined : job, (code, options) => change(fresh(code, options)));
  useEscape(running, cancel);
  useReportKeys(() => compose.current?.focus());
  const marks = useMarks(job, live, draft.code);

  const start = (code: string, options: Options, wanted?: Wanted) =>
    begin.mutate({ code, options, ...(wanted ? { wanted } : {}) });
  const code = job?.code ?? draft.code;
  const line = (number: number) => compose.current?.goTo(number);

  return (
    <div className="flex min-h-0 flex-1 flex-col wide:flex-row">
      <div className="flex min-h-0 min-w-0 flex-col max-wide:w-full! wide:shrink-0" style={{ width: `${share}%` }}>
        <Compose
          ref={compose}
          draft={draft}
          change={change}
          config={config}
          marks={marks}
          running={running}
          run={start}
          cancel={cancel}
        />
      </div>
      <Splitter share={share} change={setShare} />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col max-wide:border-t max-wide:border-line">
        <Outcome
          run={run}
          job={job}
          trouble={begin.isPending ? null : trouble}
          busy={running}
          live={live}
          connected={connected}
          code={code}
          goTo={line}
          cancel={cancel}
          begin={start}
          retry={retry}
          edited={draft.code !== code}
          choose={(example) => {
            change(fresh(example.code, draft.options));
            compose.current?.show();
          }}
        />
      </div>
    </div>
  );
}

/** What the gutter of the editor shows: the result, else what the events tell; nothing once the code is another. */
function useMarks(job: Job | undefined, live: Live, code: string): LineMarks {
  const same = job !== undefined && (job.code === null || job.code === code);
  const { coveredLines, missingLines, mutants, findings } = live;
  const result = job?.result;
  return useMemo(() => {
    if (!same) return NO_MARKS;
    if (result) return lineFacts(result);
    const survivors = new Map<number, number>();
    for (const { line } of mutants?.survivors ?? []) survivors.set(line, (survivors.get(line) ?? 0) + 1);
    return {
      facts: new Map([
        ...coveredLines.map((line) => [line, "covered"] as const),
        ...missingLines.map((line) => [line, "missing"] as const),
      ]),
      survivors,
      bugs: new Set(findings.map((finding) => finding.line).filter((line) => line > 0)),
    };
  }, [same, result, coveredLines, missingLines, mutants, findings]);
}

/** A link that carries code: it is taken over once, and the address forgets it. */
function useShared(take: (shared: NonNullable<Awaited<ReturnType<typeof readFragment>>>) => void): void {
  const taking = useRef(take);
  taking.current = take;
  useEffect(() => {
    const look = () =>
      readFragment(location.hash).then((shared) => {
        if (!shared) return;
        history.replaceState(null, "", location.pathname);
        taking.current(shared);
      });
    look();
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
}

/**
 * The code of a run that is looked at comes into the editor, once for each run, with its options. Which names it was
 * for does not: what is tested next is what is switched on.
 */
function useShownCode(job: Job | undefined, take: (code: string, options: Options) => void): void {
  const taking = useRef(take);
  taking.current = take;
  const [id, code, options] = [job?.id, job?.code, job?.options];
  const shown = useRef<string>(undefined);
  useEffect(() => {
    if (!id || shown.current === id) return;
    shown.current = id;
    const { targets: _, ...others } = options ?? {};
    if (typeof code === "string") taking.current(code, others);
  }, [id, code, options]);
}

function useEscape(running: boolean, cancel: () => void): void {
  useEffect(() => {
    if (!running) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) cancel();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [running, cancel]);
}
