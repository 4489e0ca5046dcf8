import type { Mutant, Options, Result } from "@/api/types";
import { ownerOf } from "@/features/report/owner";
import { judged } from "@/features/report/suite";
import { Button } from "@/ui/button";
import { Target } from "@/ui/icons";
import { MutantField } from "@/ui/ledger";
import { plain } from "@/ui/plain-text";
import { PythonLine } from "@/ui/python";
import { Scrollable } from "@/ui/scrollable";

const HARDER_SECONDS = 30;

/** Changes to the code that no test notices, each with a way to get a test for it; then how the rest fared. */
export function SurvivorsTab({
  result,
  code,
  options,
  goTo,
  again,
}: {
  result: Result;
  code: string;
  options: Options;
  goTo: (line: number) => void;
  /** Look for a test of this mutant, and add it to the suite. */
  again: (options: Options, wanted: Mutant) => void;
}) {
  const { mutation } = result;
  const harder = (mutant: Mutant) => {
    const owner = ownerOf(code, mutant.line);
    const seed = (result.seed + 1) % 2 ** 32;
    const { max_tests: _, ...rest } = options; // a limit would forbid the very test that is asked for
    again({ ...rest, budget_seconds: HARDER_SECONDS, seed, ...(owner ? { targets: [owner] } : {}) }, mutant);
  };
  return (
    <div className="px-4 py-4 sm:px-6">
      <p className="max-w-[62ch] text-sm text-pretty text-ink-2">
        A mutant is your code with one small fault. The suite kills it if a test fails on it; a survivor is a fault that
        nobody would notice.
      </p>
      <div className="my-4">
        <MutantField
          killed={mutation.killed + mutation.timed_out}
          survived={mutation.survivors.length}
          total={mutation.total - mutation.invalid}
        />
      </div>
      {mutation.survivors.length === 0 ? (
        <p className="text-base font-semibold">{whyNone(result)}</p>
      ) : (
        <ul className="border-t border-line">
          {mutation.survivors.map((mutant) => (
            <Survivor key={mutant.id} mutant={mutant} goTo={goTo} harder={harder} />
          ))}
        </ul>
      )}
      <Fates result={result} />
    </div>
  );
}

function whyNone(result: Result): string {
  if (judged(result)) return result.mutation.unjudged ? "Nothing survived of what was judged." : "Nothing survived.";
  return result.mutation.unjudged
    ? "None was judged: the time was over. More time helps (Options)."
    : "There was nothing to mutate.";
}

function Survivor({
  mutant,
  goTo,
  harder,
}: {
  mutant: Mutant;
  goTo: (line: number) => void;
  harder: (mutant: Mutant) => void;
}) {
  return (
    <li data-item className="grid gap-x-4 gap-y-2 border-b border-line py-3 sm:grid-cols-[1fr_auto] sm:items-center">
      <div className="min-w-0">
        <p className="text-xs text-ink-2">
          <button
            type="button"
            onClick={() => goTo(mutant.line)}
            className="figure min-h-6 font-semibold text-ink underline decoration-edge underline-offset-3 hover:decoration-ink"
          >
            Line {mutant.line}
          </button>
          <span className="ml-2">{plain(mutant.operator.replaceAll("_", " "))}</span>
        </p>
        <Scrollable label={`The change to line ${mutant.line}`} className="mt-0.5">
          <pre className="w-fit min-w-full font-mono text-[0.8125rem] leading-[1.55]">
            <Side sign="−" label="before" text={mutant.before} look="bg-miss-soft" />
            <Side sign="+" label="after" text={mutant.after} look="bg-pass-soft" />
          </pre>
        </Scrollable>
      </div>
      <Button size="sm" className="justify-self-start" onClick={() => harder(mutant)}>
        <Target size={14} />
        Write a test for this
      </Button>
    </li>
  );
}

function Side({ sign, label, text, look }: { sign: string; label: string; text: string; look: string }) {
  return (
    <span className={`block px-1.5 ${look}`}>
      <span aria-hidden="true" className="mr-2 text-ink-2 select-none">
        {sign}
      </span>
      <span className="sr-only">{label}: </span>
      <PythonLine code={text.trim() || "(removed)"} />
    </span>
  );
}

function Fates({ result }: { result: Result }) {
  const { mutation } = result;
  const fates = [
    ["killed", mutation.killed],
    ["killed by taking too long", mutation.timed_out],
    ["survived", mutation.survived],
    ["in code that no test reaches", mutation.unreached],
    ["not valid Python any more, not counted", mutation.invalid],
    ["not judged: the time was over", mutation.unjudged],
  ] as const;
  return (
    <dl className="figure mt-5 space-y-0.5 text-sm text-ink-2">
      {fates
        .filter(([, count]) => count > 0)
        .map(([words, count]) => (
          <div key={words} className="flex flex-row-reverse justify-end gap-3">
            <dt>{words}</dt>
            <dd className="w-8 text-right font-semibold text-ink">{count}</dd>
          </div>
        ))}
    </dl>
  );
}
