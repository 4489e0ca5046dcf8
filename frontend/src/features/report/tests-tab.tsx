import { useMemo, useState } from "react";
import { exportUrl, type Format } from "@/api/jobs";
import type { Job, Result } from "@/api/types";
import { type Block, fileWithout, isExpectedToFail, isNew, judged, worthOf } from "@/features/report/suite";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { CopyButton } from "@/ui/copy-button";
import { plural, ranges, seconds } from "@/ui/figures";
import { Download } from "@/ui/icons";
import { Menu } from "@/ui/menu";
import { plain } from "@/ui/plain-text";
import { Python } from "@/ui/python";
import { Scrollable } from "@/ui/scrollable";

const FORMATS: { id: Format; title: string; hint: string }[] = [
  { id: "html", title: "HTML report", hint: "One file that opens anywhere" },
  { id: "json", title: "JSON", hint: "Everything that is known" },
  { id: "junit", title: "JUnit XML", hint: "For continuous integration" },
  { id: "lcov", title: "LCOV", hint: "Coverage for editors" },
  { id: "cobertura", title: "Cobertura XML", hint: "Coverage for GitLab, Jenkins, Codecov" },
  { id: "sarif", title: "SARIF", hint: "Survivors and suspected bugs as findings" },
];
const FILE_NAME = "test_user_code.py";

/** The suite: each test with what it brings, to keep or to drop. */
export function TestsTab({
  job,
  result,
  blocks,
  dropped,
  drop,
  goTo,
}: {
  job: Job;
  result: Result;
  blocks: readonly Block[];
  dropped: ReadonlySet<string>;
  drop: (names: ReadonlySet<string>) => void;
  goTo: (line: number) => void;
}) {
  const [whole, setWhole] = useState(false);
  const file = useMemo(() => fileWithout(result, dropped), [result, dropped]);
  const toggle = (name: string) => {
    const next = new Set(dropped);
    if (!next.delete(name)) next.add(name);
    drop(next);
  };
  return (
    <div>
      <div className="sticky top-0 z-10 flex flex-wrap items-center gap-2 border-b border-line bg-paper px-4 py-2 sm:px-6">
        <CopyButton size="sm" text={file} label="Copy" data-copy-suite data-command="Copy the tests" />
        <Button size="sm" data-command={`Download ${FILE_NAME}`} onClick={() => save(file)}>
          <Download size={14} />
          {FILE_NAME}
        </Button>
        <Menu
          size="sm"
          title="More"
          label="More formats"
          items={FORMATS.map((format) => ({ ...format, href: exportUrl(job.id, format.id) }))}
        />
        <fieldset className="ml-auto flex rounded-md border border-edge p-0.5">
          <legend className="sr-only">View</legend>
          {[false, true].map((value) => (
            <button
              key={String(value)}
              type="button"
              aria-pressed={whole === value}
              onClick={() => setWhole(value)}
              className={classes(
                "h-6 rounded-sm px-2 text-xs",
                whole === value ? "bg-sunken font-semibold text-ink" : "text-ink-2 hover:text-ink",
              )}
            >
              {value ? "Whole file" : "By test"}
            </button>
          ))}
        </fieldset>
      </div>
      {whole ? (
        <Scrollable label="The whole file" className="px-2 py-4 sm:px-4">
          <Python code={file} numbers />
        </Scrollable>
      ) : (
        <ul>
          {blocks.map((block) => (
            <BlockRow
              key={block.name}
              block={block}
              all={blocks}
              kept={!dropped.has(block.name)}
              fresh={isNew(block, result)}
              mutated={judged(result) > 0}
              toggle={toggle}
              goTo={goTo}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

function BlockRow({
  block,
  all,
  kept,
  fresh,
  mutated,
  toggle,
  goTo,
}: {
  block: Block;
  all: readonly Block[];
  kept: boolean;
  fresh: boolean;
  /** Whether mutants were judged, so that the test could kill any. */
  mutated: boolean;
  toggle: (name: string) => void;
  goTo: (line: number) => void;
}) {
  const worth = worthOf(block, all);
  const first = worth.lines.length ? Math.min(...worth.lines) : 0;
  return (
    <li data-item className={classes("border-b border-line px-4 py-4 sm:px-6", !kept && "bg-panel")}>
      <div className="flex items-start gap-1.5">
        <label className="-ml-1 shrink-0 p-1">
          <input
            type="checkbox"
            checked={kept}
            onChange={() => toggle(block.name)}
            aria-label={`Keep ${block.name}`}
            className="block size-4 accent-ink"
          />
        </label>
        <div className="min-w-0 flex-1">
          <h2
            className={classes(
              "font-mono text-[0.8125rem] leading-6 font-semibold wrap-anywhere",
              !kept && "text-ink-3 line-through",
            )}
          >
            {plain(block.name)}
            {isExpectedToFail(block) && (
              <span className="ml-2 rounded-sm bg-bug-soft px-1.5 py-0.5 font-sans text-xs font-normal text-bug">
                expected to fail
              </span>
            )}
            {fresh && (
              <span className="ml-2 rounded-sm bg-pass-soft px-1.5 py-0.5 font-sans text-xs font-normal text-pass no-underline">
                new
              </span>
            )}
          </h2>
          <p className="figure flex flex-wrap gap-x-3 text-xs text-ink-2">
            {block.rows.length > 1 && <span>{plural(block.rows.length, "row")}</span>}
            {worth.lines.length > 0 && (
              <button
                type="button"
                onClick={() => goTo(first)}
                className="-my-1 min-h-6 text-left underline decoration-edge underline-offset-3 hover:text-ink"
              >
                first to reach {worth.lines.length === 1 ? "line" : "lines"} {ranges(worth.lines)}
              </button>
            )}
            {worth.branches > 0 && <span>{plural(worth.branches, "branch", "branches")}</span>}
            {mutated && (
              <span>
                kills {plural(worth.kills, "mutant")}
                {worth.alone > 0 && <span className="text-pass">, {worth.alone} that nothing else does</span>}
              </span>
            )}
            <span>{seconds(worth.seconds)}</span>
          </p>
        </div>
      </div>
      {kept && (
        <Scrollable label={`Code of ${block.name}`} className="mt-2.5 rounded-sm bg-panel px-3.5 py-2.5">
          <Python code={block.code} />
        </Scrollable>
      )}
    </li>
  );
}

function save(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/x-python" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: FILE_NAME });
  link.click();
  URL.revokeObjectURL(url);
}
