import { useMemo, useState } from "react";
import type { Result } from "@/api/types";
import { type LineFact, type LineFacts, lineFacts } from "@/features/report/line-facts";
import { classes } from "@/ui/classes";
import { plural } from "@/ui/figures";
import { plain } from "@/ui/plain-text";
import { Line, type Piece, pieces } from "@/ui/python";
import { Scrollable } from "@/ui/scrollable";

const LOOKS: Record<LineFact, { sign: string; words: string; sign_look: string; row: string }> = {
  covered: { sign: "✓", words: "run", sign_look: "text-pass", row: "bg-paper" },
  partial: {
    sign: "½",
    words: "run, but not every way out of it",
    sign_look: "bg-part-soft text-part",
    row: "bg-paper",
  },
  missing: { sign: "✗", words: "not run", sign_look: "hatched text-miss font-semibold", row: "bg-miss-soft" },
};

/** The source, each line with whether it was run, and by which tests first. */
export function CoverageTab({ result, code }: { result: Result; code: string }) {
  const facts = useMemo(() => lineFacts(result), [result]);
  const lines = useMemo(() => pieces(code.replace(/\n$/, "")), [code]);
  const [chosen, choose] = useState<number | null>(null);
  return (
    <div className="py-3">
      <Legend />
      <Scrollable label="The source, line by line" className="mt-2">
        <ol className="w-fit min-w-full font-mono text-[0.8125rem] leading-6">
          {lines.map((text, index) => (
            <SourceLine
              key={index}
              line={index + 1}
              text={text}
              facts={facts}
              open={chosen === index + 1}
              toggle={() => choose(chosen === index + 1 ? null : index + 1)}
            />
          ))}
        </ol>
      </Scrollable>
    </div>
  );
}

function Legend() {
  return (
    <p className="flex flex-wrap gap-x-4 gap-y-1 px-4 text-xs text-ink-2 sm:px-6">
      {Object.values(LOOKS).map((look) => (
        <span key={look.words} className="flex items-center gap-1.5">
          <span aria-hidden="true" className={classes("inline-block w-4 rounded-[2px] text-center", look.sign_look)}>
            {look.sign}
          </span>
          {look.words}
        </span>
      ))}
      <span>A line without a sign runs with the import, or is none that can.</span>
    </p>
  );
}

function SourceLine({
  line,
  text,
  facts,
  open,
  toggle,
}: {
  line: number;
  text: Piece[];
  facts: LineFacts;
  open: boolean;
  toggle: () => void;
}) {
  const fact = facts.facts.get(line);
  const tests = facts.tests.get(line) ?? [];
  const look = fact && LOOKS[fact];
  return (
    <li className={look?.row ?? "bg-paper"}>
      <div className="flex items-start bg-inherit pr-4 sm:pr-6">
        <div className="sticky left-0 flex shrink-0 bg-inherit pl-4 sm:pl-6">
          <span aria-hidden="true" className="figure w-8 pr-2 text-right text-ink-3 select-none">
            {line}
          </span>
          {look ? (
            <button
              type="button"
              onClick={toggle}
              aria-expanded={open}
              aria-label={`Line ${line}: ${look.words}${tests.length ? `, first by ${plural(tests.length, "test")}` : ""}`}
              className={classes("mr-3 size-6 rounded-[2px] text-center font-sans -outline-offset-2", look.sign_look)}
            >
              {look.sign}
            </button>
          ) : (
            <span className="mr-3 w-6" />
          )}
        </div>
        <code className="whitespace-pre">
          <Line line={text} />
          {!text.length && " "}
        </code>
      </div>
      {open && (
        <p className="sticky left-[4.75rem] my-1 ml-[4.75rem] w-fit max-w-[min(60ch,calc(100vw-6rem))] border-l-2 border-edge pl-3 font-sans text-xs text-ink-2 sm:left-[5.25rem] sm:ml-[5.25rem]">
          {explained(fact, tests)}
        </p>
      )}
    </li>
  );
}

function explained(fact: LineFact | undefined, tests: readonly string[]) {
  if (fact === "missing") return "No test runs this line.";
  const first = tests.length ? `First run by ${tests.map(plain).join(", ")}.` : "Run by the tests.";
  return fact === "partial" ? `${first} From here the code can go on in more than one way; not all were taken.` : first;
}
