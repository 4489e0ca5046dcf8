import type { ReactNode } from "react";
import type { Finding, Options, Result } from "@/api/types";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { CopyButton } from "@/ui/copy-button";
import { asSentence, plain } from "@/ui/plain-text";
import { Python } from "@/ui/python";
import { Scrollable } from "@/ui/scrollable";

const KINDS: Record<Finding["kind"], string> = {
  crash: "Unannounced exception",
  doctest: "Contradicts its own example",
  docstring: "Contradicts its docstring",
  annotation: "Contradicts its annotation",
  inverse: "Does not undo its counterpart",
  protocol: "Breaks a protocol of Python",
  expectation: "Not what the language model expected",
};

/** Inputs on which the code contradicts its own words: what went in, what came out, what was promised, and why we think so. */
export function BugsTab({
  result,
  options,
  goTo,
  again,
}: {
  result: Result;
  options: Options;
  goTo: (line: number) => void;
  again: (options: Options) => void;
}) {
  const bugs = result.suspected_bugs;
  if (!bugs.length)
    return (
      <div className="px-4 py-5 sm:px-6">
        <p className="text-base font-semibold">Nothing looks like a bug.</p>
        <p className="mt-1 max-w-[62ch] text-sm text-ink-2">
          The code was compared with its docstrings, examples, annotations and the exceptions that it announces.
        </p>
      </div>
    );
  return (
    <div className="px-4 pt-4 pb-6 sm:px-6">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-[52ch] text-sm text-pretty text-ink-2">{fate(options)}</p>
        {!options.xfail_bugs && (
          <Button size="sm" onClick={() => again({ ...options, xfail_bugs: true })}>
            Add as tests that are expected to fail
          </Button>
        )}
      </div>
      <ul className="mt-4 space-y-4">
        {bugs.map((bug) => (
          <BugCard key={bug.reproducer} bug={bug} goTo={goTo} />
        ))}
      </ul>
    </div>
  );
}

function fate({ bless_bugs, xfail_bugs }: Options): string {
  if (xfail_bugs) return "What of these can be tested has a test that is expected to fail, as you asked for.";
  if (bless_bugs) return "Tests may state what these do today, as you asked for: the notes of the log name them.";
  return "None of these became a test: a test would call the behaviour right. You decide.";
}

function BugCard({ bug, goTo }: { bug: Finding; goTo: (line: number) => void }) {
  return (
    <li data-item className="overflow-hidden rounded-md border border-line border-l-3 border-l-bug-line">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1 px-4 pt-3">
        <h2 className="text-base font-semibold">{KINDS[bug.kind] ?? bug.kind}</h2>
        <span
          className={classes(
            "rounded-sm px-1.5 text-xs leading-5",
            bug.confidence === "high" ? "bg-bug-soft text-bug" : "bg-sunken text-ink-2",
          )}
        >
          {bug.confidence} confidence
        </span>
        {bug.line > 0 && (
          <button
            type="button"
            onClick={() => goTo(bug.line)}
            className="figure ml-auto min-h-6 text-xs text-ink-2 underline decoration-edge underline-offset-3 hover:text-ink"
          >
            line {bug.line}
          </button>
        )}
      </div>
      <dl className="grid grid-cols-[5.5rem_1fr] gap-x-3 gap-y-1.5 px-4 py-3 text-sm">
        <Fact name="Input">
          <Mono>{bug.input}</Mono>
        </Fact>
        <Fact name="Observed">
          <Mono look="text-bug">{bug.observed}</Mono>
        </Fact>
        <Fact name="Expected">
          <Mono>{bug.expected}</Mono>
        </Fact>
        <Fact name="Why">{plain(asSentence(bug.why))}</Fact>
        {bug.quote && (
          <Fact name="It says">
            <Mono look="text-ink-2">{bug.quote}</Mono>
          </Fact>
        )}
      </dl>
      <div className="flex items-start gap-3 border-t border-line bg-panel px-4 py-2.5">
        <Scrollable label="The reproducer" className="min-w-0 flex-1">
          <Python code={bug.reproducer} />
        </Scrollable>
        <CopyButton size="sm" text={bug.reproducer} label="Copy" aria-label="Copy the reproducer" />
      </div>
    </li>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 text-pretty">{children}</dd>
    </>
  );
}

function Mono({ children, look }: { children: string; look?: string }) {
  return (
    <code className={classes("font-mono text-[0.8125rem] whitespace-pre-wrap wrap-anywhere", look)}>
      {plain(children)}
    </code>
  );
}
