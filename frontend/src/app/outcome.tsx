import { lazy, Suspense, useEffect } from "react";
import type { Problem } from "@/api/problem";
import type { Job, Options, Wanted } from "@/api/types";
import { Boundary } from "@/app/boundary";
import { Start } from "@/app/start";
import { TroubleView } from "@/app/trouble";
import { failureOf, troubleOf } from "@/app/troubles";
import { unfinished } from "@/app/use-run";
import { wantedOf } from "@/app/wanted";
import { EXAMPLES, type Example } from "@/features/compose/examples";
import type { Live } from "@/features/progress/live";
import { goTo } from "@/ui/router";
import { useInSight } from "@/ui/side-by-side";

const Progress = lazy(() => import("@/features/progress/progress"));
const loadReport = () => import("@/features/report/report");
const Report = lazy(loadReport);

type Props = {
  run: string | null;
  job: Job | undefined;
  trouble: Problem | null;
  busy: boolean;
  live: Live;
  connected: boolean;
  code: string;
  goTo: (line: number) => void;
  cancel: () => void;
  begin: (code: string, options: Options, wanted?: Wanted) => void;
  retry: () => void;
  /** Whether the code in the editor is another by now. */
  edited: boolean;
  choose: (example: Example) => void;
};

/** The right side: an invitation, the way so far, the report, or what went wrong. */
export function Outcome(props: Props) {
  const { run, job, trouble, busy } = props;
  if (trouble) return <TroubleView trouble={troubleOf(trouble)} goTo={props.goTo} retry={props.retry} />;
  if (run && job)
    return (
      <Boundary key={job.id}>
        <OfJob {...props} job={job} />
      </Boundary>
    );
  return run || busy ? <Waiting /> : <Start examples={EXAMPLES} choose={props.choose} />;
}

function OfJob({ job, live, connected, code, edited, goTo: toLine, cancel, begin }: Props & { job: Job }) {
  const wanted = wantedOf(job.id);
  useEffect(() => {
    loadReport().catch(() => undefined); // while the run lasts; what fails here is tried again when it is wanted
  }, []);
  if (unfinished(job))
    return (
      <Suspense fallback={<Waiting />}>
        <Progress job={job} live={live} connected={connected} cancel={cancel} wanted={wanted?.line} />
      </Suspense>
    );
  if (job.result)
    return (
      <Suspense fallback={<Waiting />}>
        <Report
          key={job.id}
          job={job}
          result={job.result}
          code={code}
          wanted={wanted}
          edited={edited}
          goTo={toLine}
          again={(options, wanted) => begin(code, options, wanted)}
        />
      </Suspense>
    );
  if (job.error)
    return <TroubleView trouble={failureOf(job.error)} goTo={toLine} retry={() => begin(code, job.options ?? {})} />;
  return <Nothing />;
}

function Waiting() {
  return (
    <p role="status" className="working px-4 py-8 text-sm text-ink-2 sm:px-6">
      One moment…
    </p>
  );
}

function Nothing() {
  const section = useInSight();
  return (
    <section ref={section} className="px-4 py-8 sm:px-6">
      <h1 className="text-xl leading-7 font-semibold tracking-[-0.01em]">Cancelled before anything was verified</h1>
      <p className="mt-1.5 text-sm text-ink-2">
        Nothing of this run is left.{" "}
        <button
          type="button"
          onClick={() => goTo("/")}
          className="text-ink underline decoration-edge underline-offset-3 hover:decoration-ink"
        >
          Begin anew
        </button>
      </p>
    </section>
  );
}
