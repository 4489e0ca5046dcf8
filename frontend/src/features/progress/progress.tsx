import { useEffect, useState } from "react";
import type { Job } from "@/api/types";
import { activeStage, type Live, STAGES } from "@/features/progress/live";
import { Button } from "@/ui/button";
import { plural, seconds } from "@/ui/figures";
import { Check, Stop } from "@/ui/icons";
import { Ledger, MutantField } from "@/ui/ledger";
import { plain } from "@/ui/plain-text";
import { Python } from "@/ui/python";
import { Scrollable } from "@/ui/scrollable";
import { useInSight } from "@/ui/side-by-side";

/** A job on its way: stages with the time they took, and what is verified so far. */
export default function Progress({
  job,
  live,
  connected,
  cancel,
  wanted,
}: {
  job: Job;
  live: Live;
  connected: boolean;
  cancel: () => void;
  /** The line of the survivor that a test is looked for, where one is. */
  wanted?: number | undefined;
}) {
  const waiting = job.state === "queued" && !live.stages.length;
  const passed = live.position ?? job.position;
  const elapsed = useElapsed(job.started ?? job.created);
  const section = useInSight();
  return (
    <section ref={section} aria-label="Progress" className="flex min-h-0 flex-1 flex-col wide:overflow-y-auto">
      <header className="flex items-start justify-between gap-4 px-4 pt-5 pb-4 sm:px-6">
        <div>
          <h1 className="text-xl leading-7 font-semibold tracking-[-0.01em]">
            {waiting ? "Waiting for a free sandbox" : doing(wanted)}
          </h1>
          <p className="figure mt-0.5 text-sm text-ink-2">
            {waiting ? queue(passed) : `${seconds(elapsed)} so far${job.attempt > 1 ? `, attempt ${job.attempt}` : ""}`}
          </p>
        </div>
        <Button size="sm" onClick={cancel}>
          <Stop size={12} />
          Cancel
        </Button>
      </header>
      {!connected && (
        <p role="status" className="mx-4 mb-3 rounded-sm bg-part-soft px-3 py-2 text-sm sm:mx-6">
          The connection is lost. The run goes on at the server; this page takes it up again by itself.
        </p>
      )}
      <Figures live={live} />
      <StageList live={live} waiting={waiting} elapsed={elapsed} />
      {live.mutants && live.mutants.total > 0 && (
        <div className="border-t border-line px-4 py-4 sm:px-6">
          <h2 className="eyebrow mb-2">Mutants</h2>
          <MutantField
            killed={live.mutants.killed}
            survived={live.mutants.survivors.length}
            total={live.mutants.total}
          />
        </div>
      )}
      {live.tests.length > 0 && <Verified tests={live.tests} />}
      <Announcer live={live} />
    </section>
  );
}

function doing(wanted: number | undefined): string {
  return wanted ? `Looking for a test that notices line ${wanted}` : "Testing your code";
}

function queue(position: number | null): string {
  if (position === null) return "The next free one is yours.";
  return position === 0 ? "You are next." : `${plural(position, "run")} before yours.`;
}

function Figures({ live }: { live: Live }) {
  const { mutants } = live;
  return (
    <Ledger
      cells={[
        { label: "Tests", value: live.tests.length ? String(live.tests.length) : null, note: "functions verified" },
        { label: "Lines", ratio: live.coverage, note: "covered" },
        {
          label: "Mutants",
          ratio: mutants?.judged ? mutants.killed / mutants.judged : null,
          note: mutants ? `${mutants.killed} of ${mutants.judged} killed` : "killed",
        },
        {
          label: "Suspected bugs",
          value: live.findings.length ? String(live.findings.length) : null,
          note: "so far",
        },
      ]}
    />
  );
}

function StageList({ live, waiting, elapsed }: { live: Live; waiting: boolean; elapsed: number }) {
  const spent = live.stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const active = waiting ? null : activeStage(live);
  return (
    <ol className="px-4 py-4 sm:px-6">
      {STAGES.map((stage) => {
        const done = live.stages.find((ended) => ended.name === stage.name);
        if (done)
          return (
            <StageRow
              key={stage.name}
              state="done"
              title={stage.title}
              what={done.detail}
              time={seconds(done.seconds)}
            />
          );
        return stage.name === active ? (
          <StageRow
            key={stage.name}
            state="active"
            title={stage.title}
            what={atWork(live, stage)}
            time={seconds(Math.max(0, elapsed - spent))}
          />
        ) : (
          <StageRow key={stage.name} state="coming" title={stage.title} what="" time="" />
        );
      })}
    </ol>
  );
}

/** What the stage does, or how far it has come where its events tell. */
function atWork({ mutants }: Live, stage: (typeof STAGES)[number]): string {
  if (stage.name !== "mutate" || !mutants) return stage.what;
  const alive = mutants.survivors.length;
  return `${mutants.judged} of ${mutants.total} judged, ${alive ? plural(alive, "survivor") : "no survivor"}`;
}

const SIGNS = {
  done: <Check size={14} />,
  active: <span className="working ml-1 block size-1.5 rounded-full bg-ink" />,
  coming: <span className="ml-1 block size-1.5 rounded-full bg-edge" />,
};
const TITLES = { done: "text-ink", active: "text-ink font-semibold", coming: "text-ink-3" };

function StageRow({
  state,
  title,
  what,
  time,
}: {
  state: keyof typeof SIGNS;
  title: string;
  what: string;
  time: string;
}) {
  return (
    <li className="grid grid-cols-[1.25rem_5rem_1fr_auto] gap-x-2 py-1 text-sm">
      <span className="flex h-5 items-center text-pass">{SIGNS[state]}</span>
      <span className={TITLES[state]}>{title}</span>
      <span className="min-w-0 text-pretty text-ink-2">{plain(what)}</span>
      <span className="figure text-right text-ink-2">{time}</span>
    </li>
  );
}

function Verified({ tests }: { tests: Live["tests"] }) {
  return (
    <div className="border-t border-line px-4 py-4 sm:px-6">
      <h2 className="eyebrow mb-2">Verified so far</h2>
      <ul className="space-y-2">
        {tests.map((test) => (
          <li key={test.name} className="arrive rounded-sm border border-line">
            <Scrollable label={`Code of ${test.name}`} className="px-3 py-2">
              <Python code={test.code} />
            </Scrollable>
          </li>
        ))}
      </ul>
    </div>
  );
}

const ANNOUNCE_MS = 2000;

/** For ears: the newest stage, at most every two seconds. */
function Announcer({ live }: { live: Live }) {
  const last = live.stages.at(-1);
  const words = last ? `${last.name}: ${last.detail}` : "";
  const [said, say] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => say(words), ANNOUNCE_MS);
    return () => clearTimeout(timer);
  }, [words]);
  return (
    <p aria-live="polite" className="sr-only">
      {plain(said)}
    </p>
  );
}

function useElapsed(since: string): number {
  const start = Date.parse(since);
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, (now - start) / 1000);
}
