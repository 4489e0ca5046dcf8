import { useEffect, useMemo, useRef, useState } from "react";
import type { Job, Mutant, Options, Result, Wanted as Wish } from "@/api/types";
import { BugsTab } from "@/features/report/bugs-tab";
import { CoverageTab } from "@/features/report/coverage-tab";
import { LogTab } from "@/features/report/log-tab";
import {
  addedTo,
  type Block,
  blocksOf,
  fileWithout,
  isExpectedToFail,
  judged,
  killedBefore,
  scoreOf,
} from "@/features/report/suite";
import { SurvivorsTab } from "@/features/report/survivors-tab";
import { TestsTab } from "@/features/report/tests-tab";
import { WentWrong } from "@/features/report/went-wrong";
import { dollars, plural, seconds } from "@/ui/figures";
import { Bug } from "@/ui/icons";
import { type Cell, Ledger } from "@/ui/ledger";
import { plain } from "@/ui/plain-text";
import { isSideBySide } from "@/ui/side-by-side";
import { Tabs } from "@/ui/tabs";

export type ReportProps = {
  job: Job;
  result: Result;
  code: string;
  /** The mutant that this run was asked to kill, where it was. */
  wanted: Mutant | null;
  /** Whether the code in the editor is another by now: then somebody writes on, and is left alone. */
  edited: boolean;
  goTo: (line: number) => void;
  again: (options: Options, wanted?: Wish) => void;
};

/** What came out: the figures, then the suite, the source, what survived, what looks wrong, and pytest's own words. */
export default function Report({ job, result, code, wanted, edited, goTo, again }: ReportProps) {
  const [dropped, drop] = useState<ReadonlySet<string>>(new Set());
  const [tab, choose] = useState("tests");
  const blocks = useMemo(() => blocksOf(result), [result]);
  const heading = useRef<HTMLHeadingElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is led to once, when it comes
  useEffect(() => {
    if (edited) return;
    heading.current?.focus({ preventScroll: true });
    if (!isSideBySide()) heading.current?.scrollIntoView();
  }, []);
  useTabKeys(choose);
  const bugs = result.suspected_bugs.length;
  const survivors = result.mutation.survivors.length;
  return (
    <section aria-label="Report" className="flex min-h-0 flex-1 flex-col">
      <header className="px-4 pt-5 pb-4 sm:px-6">
        <h1
          ref={heading}
          tabIndex={-1}
          className="scroll-mt-5 text-xl leading-7 font-semibold tracking-[-0.01em] outline-none"
        >
          {title(job, result, blocks)}
        </h1>
        <p className="figure mt-0.5 text-sm text-ink-2">{circumstances(result)}</p>
        <WentWrong result={result} toLog={() => choose("log")} />
        {wanted && <Wanted mutant={wanted} result={result} />}
      </header>
      <Ledger cells={cells(job, result, dropped)} />
      {bugs > 0 && (
        <button
          type="button"
          onClick={() => choose("bugs")}
          className="flex items-center gap-2 border-b border-line bg-bug-soft px-4 py-2 text-left text-sm text-bug hover:underline sm:px-6"
        >
          <Bug />
          <span>
            <span className="font-semibold">{plural(bugs, "suspected bug")}.</span>{" "}
            {inSuite(job.options ?? {})
              ? "Look before you trust the suite."
              : `${bugs === 1 ? "It was" : "They were"} not made into a test.`}
          </span>
        </button>
      )}
      <Tabs
        label="Parts of the report"
        chosen={tab}
        choose={choose}
        tabs={[
          {
            id: "tests",
            title: "Tests",
            count: result.tests.length,
            content: () => (
              <TestsTab job={job} result={result} blocks={blocks} dropped={dropped} drop={drop} goTo={goTo} />
            ),
          },
          { id: "coverage", title: "Coverage", content: () => <CoverageTab result={result} code={code} /> },
          {
            id: "survivors",
            title: "Survivors",
            count: survivors,
            tone: "miss",
            content: () => (
              <SurvivorsTab
                result={result}
                code={code}
                options={job.options ?? {}}
                goTo={goTo}
                again={(options, mutant) => again(options, { mutant, tests: fileWithout(result, dropped) })}
              />
            ),
          },
          {
            id: "bugs",
            title: "Suspected bugs",
            short: "Bugs",
            count: bugs,
            tone: "bug",
            content: () => <BugsTab result={result} options={job.options ?? {}} goTo={goTo} again={again} />,
          },
          { id: "log", title: "Log", content: () => <LogTab job={job} result={result} /> },
        ]}
      />
    </section>
  );
}

function title(job: Job, result: Result, blocks: readonly Block[]): string {
  const tests = plural(result.tests.length, "test");
  if (job.state === "cancelled") return `Cancelled: ${tests} verified by then`;
  const failing = blocks.filter(isExpectedToFail).reduce((sum, block) => sum + block.rows.length, 0);
  if (result.passed && failing) return `${tests}, ${failing} of them expected to fail`;
  if (result.passed) return `${tests}, ${result.tests.length === 1 ? "passing" : "all passing"}`;
  return (
    { timeout: "The run took too long", failed: "The tests do not pass" }[result.status as string] ??
    "The run broke off"
  );
}

/** Whether tests may be about suspected bugs, as was asked for. */
function inSuite({ xfail_bugs, bless_bugs }: Options): boolean {
  return Boolean(xfail_bugs || bless_bugs);
}

function circumstances(result: Result): string {
  const money = result.spend.calls
    ? `${dollars(result.spend.usd)}, ${plural(result.spend.calls, "call")}`
    : "no language model";
  return `${seconds(result.execution_time)} · seed ${result.seed} · ${engine(result)} · ${money}`;
}

/** What made the tests, in the words of the page; what a model had to do with it is told beside. */
function engine({ engine: name }: Result): string {
  return name.startsWith("search") ? "embedded engine" : `${name} engine`;
}

function cells(job: Job, result: Result, dropped: ReadonlySet<string>): Cell[] {
  const score = scoreOf(result, dropped);
  const { coverage } = result;
  const least = score.exact ? "" : "at least, of ";
  return [
    {
      label: "Tests",
      value: String(score.tests),
      note: dropped.size ? `of ${result.tests.length}` : testsOf(result),
    },
    {
      label: "Lines",
      ratio: score.lines,
      note: `${least || `${coverage.covered_lines} of `}${coverage.lines}`,
    },
    {
      label: "Branches",
      ratio: coverage.branches ? score.branches : null,
      note: coverage.branches
        ? `${least || `${coverage.covered_branches} of `}${coverage.branches}`
        : "none in this code",
    },
    {
      label: "Mutants",
      ratio: judged(result) ? score.mutants : null,
      note: `${killedOf(job, result, score.killed)}${dropped.size ? "" : earlier(result)}`,
    },
  ];
}

function testsOf(result: Result): string {
  const added = addedTo(result);
  return `${result.passed ? "passed" : "run"}${added === null ? "" : `, ${added} new`}`;
}

function earlier(result: Result): string {
  return addedTo(result) ? `, ${killedBefore(result)} before` : "";
}

function killedOf(job: Job, result: Result, killed: number): string {
  const valid = judged(result);
  const { unjudged } = result.mutation;
  if (valid) return `${killed} of ${valid} killed${unjudged ? `, ${unjudged} not judged` : ""}`;
  if (unjudged) return "not judged in time";
  return job.state === "cancelled" ? "not judged" : "none to judge";
}

/** Whether the survivor that a test was wanted for is gone. The same code has the same mutants, by number. */
function Wanted({ mutant, result }: { mutant: Mutant; result: Result }) {
  const killed = result.tests.some((test) => test.mutants_killed.includes(mutant.id));
  const alive = result.mutation.survivors.some((other) => other.id === mutant.id);
  const words = killed ? "Now noticed" : alive ? "Still not noticed" : "Not tried again in time";
  const added = addedTo(result) ?? 0;
  return (
    <p className={`mt-2 rounded-sm px-3 py-2 text-sm ${killed ? "bg-pass-soft" : "bg-part-soft"}`}>
      {words}: line {mutant.line}, <code className="font-mono">{plain(mutant.after.trim())}</code> in place of{" "}
      <code className="font-mono">{plain(mutant.before.trim())}</code>.{" "}
      {added ? `${plural(added, "test was", "tests were")} added to the suite.` : "Nothing was added to the suite."}
      {alive && " It may be that no test can tell the two apart."}
    </p>
  );
}

const TAB_KEYS: Record<string, string> = {
  Digit1: "tests",
  Digit2: "coverage",
  Digit3: "survivors",
  Digit4: "bugs",
  Digit5: "log",
};

function useTabKeys(choose: (tab: string) => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const tab = event.altKey && !event.ctrlKey && !event.metaKey ? TAB_KEYS[event.code] : undefined;
      if (!tab) return;
      event.preventDefault();
      choose(tab);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [choose]);
}
