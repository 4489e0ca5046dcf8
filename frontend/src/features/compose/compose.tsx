import { type Ref, useEffect, useImperativeHandle, useMemo, useRef, useState } from "react";
import type { Config, Options, Validation } from "@/api/types";
import { serverComplaints, syntaxComplaints } from "@/features/compose/complaints";
import { type Draft, fresh } from "@/features/compose/draft";
import { opened, useDrop } from "@/features/compose/dropped-file";
import { Editor, type EditorHandle } from "@/features/compose/editor";
import { EXAMPLES } from "@/features/compose/examples";
import type { LineMarks } from "@/features/compose/line-marks";
import { OptionFields } from "@/features/compose/options";
import { Problems } from "@/features/compose/problems";
import { shareFragment } from "@/features/compose/share";
import { Targets } from "@/features/compose/targets";
import { useRunKeys } from "@/features/compose/use-run-keys";
import { useValidation } from "@/features/compose/use-validation";
import { WhereItGoes } from "@/features/compose/where-it-goes";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { CopyButton } from "@/ui/copy-button";
import { Down, Open, Play, Share, Stop } from "@/ui/icons";
import { Menu } from "@/ui/menu";
import { plain } from "@/ui/plain-text";
import { isMac } from "@/ui/typing";

export type ComposeHandle = EditorHandle & { show: () => void };

export type ComposeProps = {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  config: Config | undefined;
  marks: LineMarks;
  running: boolean;
  run: (code: string, options: Options) => void;
  cancel: () => void;
  ref?: Ref<ComposeHandle>;
};

/** The left side: the code, what is wrong with it, what to test, and the button. */
export function Compose({ draft, change, config, marks, running, run, cancel, ref }: ComposeProps) {
  const editor = useRef<EditorHandle>(null);
  const section = useRef<HTMLElement>(null);
  const [trouble, setTrouble] = useState({ about: "", words: "" });
  const { code, options, off } = draft;
  const local = useMemo(() => syntaxComplaints(code), [code]);
  const tooLong = config !== undefined && code.length > config.max_code_length;
  const validation = useValidation(code, !tooLong);
  const complaints = useMemo(
    () => (validation ? serverComplaints(code, validation) : local),
    [code, validation, local],
  );
  const names = useNames(validation, code.trim() !== "" && !tooLong);
  const broken = validation !== undefined && complaints[0]?.severity === "error";
  const offNow = names.filter((name) => off.has(name));
  const nothingChosen = names.length > 0 && offNow.length === names.length;
  const ready = code.trim() !== "" && !tooLong && !broken && !nothingChosen;

  const go = () => {
    if (!ready || running) return;
    run(code, offNow.length ? { ...options, targets: names.filter((name) => !off.has(name)) } : options);
  };
  const take = (file: File) => {
    opened(file).then(
      ({ name, code: text }) => change({ ...fresh(text, options, name) }),
      (error: Error) => setTrouble({ about: code, words: error.message }),
    );
  };
  const { hovering, target } = useDrop(take);
  useRunKeys(go);
  useImperativeHandle(ref, () => ({
    focus: () => editor.current?.focus(),
    goTo: (line) => editor.current?.goTo(line),
    show: () => section.current?.scrollIntoView(),
  }));

  return (
    <section ref={section} aria-label="Code" className="relative flex min-h-0 flex-1 flex-col" {...target}>
      <Bar draft={draft} change={change} config={config} take={take} tooLong={tooLong} />
      <div className="h-[58vh] min-h-64 wide:h-auto wide:min-h-0 wide:flex-1">
        <Editor
          ref={editor}
          code={code}
          complaints={complaints}
          marks={marks}
          onChange={(text) => change({ code: text })}
          onRun={go}
        />
      </div>
      <div aria-live="polite">
        <Problems complaints={complaints} goTo={(line) => editor.current?.goTo(line)} />
        {tooLong && <Trouble>{longerThan(config.max_code_length, code.length)}</Trouble>}
        {nothingChosen && <Trouble>Nothing is chosen: switch on at least one of the names below.</Trouble>}
        {trouble.words && trouble.about === code && <Trouble>{trouble.words}</Trouble>}
      </div>
      <div className="space-y-3 border-t border-line bg-panel px-4 py-3">
        <Targets names={names} off={off} change={(next) => change({ off: next })} />
        <details className="group">
          <summary className="flex min-h-6 w-fit list-none items-center gap-1 rounded-sm pointer-coarse:min-h-9 text-sm text-ink-2 hover:text-ink [&::-webkit-details-marker]:hidden">
            <span className="transition-transform group-open:rotate-180">
              <Down size={14} />
            </span>
            Options
          </summary>
          <div className="pt-3 pb-1">
            <OptionFields options={options} change={(next) => change({ options: next })} config={config} />
          </div>
        </details>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          {running ? (
            <Button data-command="Cancel the run" onClick={cancel} className="min-w-42 justify-center max-sm:w-full">
              <Stop size={14} />
              Cancel
              <kbd className="ml-1 font-sans text-xs text-ink-3 pointer-coarse:hidden">Esc</kbd>
            </Button>
          ) : (
            <Button
              look="primary"
              data-command="Generate tests"
              onClick={go}
              disabled={!ready}
              className="min-w-42 justify-center max-sm:w-full"
            >
              <Play size={14} />
              Generate tests
              <kbd className="ml-1 font-sans text-xs font-normal opacity-75 pointer-coarse:hidden">{RUN_KEYS}</kbd>
            </Button>
          )}
          <WhereItGoes config={config} asksModel={options.llm !== "none"} />
        </div>
      </div>
      {hovering && (
        <div className="pointer-events-none absolute inset-2 z-10 grid place-items-center rounded-md border-2 border-dashed border-accent bg-paper/85 text-base font-semibold">
          Drop the file to open it
        </div>
      )}
    </section>
  );
}

const RUN_KEYS = isMac ? "⌘↵" : "Ctrl ↵";

function longerThan(most: number, length: number): string {
  const [is, may] = [length, most].map((count) => count.toLocaleString("en"));
  return `The code has ${is} characters; this server takes up to ${may}. Take out what is not to be tested, or use the command line: aitestgen generate your_file.py`;
}

function Trouble({ children }: { children: string }) {
  return (
    <p className="border-t border-miss-line bg-miss-soft px-4 py-2 text-sm text-pretty wrap-anywhere">
      {plain(children)}
    </p>
  );
}

function Bar({
  draft,
  change,
  config,
  take,
  tooLong,
}: Pick<ComposeProps, "draft" | "change" | "config"> & { take: (file: File) => void; tooLong: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className="flex h-11 items-center gap-1.5 border-b border-line pr-2 pl-4">
      <p className="truncate font-mono text-sm" title={plain(draft.name)}>
        {plain(draft.name)}
      </p>
      <p
        className={classes(
          "figure mr-auto ml-2 text-xs whitespace-nowrap",
          tooLong ? "font-semibold text-miss" : "text-ink-3",
        )}
      >
        {draft.code.length.toLocaleString("en")}
        {config && ` / ${config.max_code_length.toLocaleString("en")}`}
        <span className="sr-only"> characters</span>
      </p>
      <input
        ref={input}
        type="file"
        accept=".py,text/x-python"
        className="hidden"
        aria-label="Python file"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) take(file);
          event.target.value = "";
        }}
      />
      <Menu
        look="quiet"
        size="sm"
        title="Examples"
        align="end"
        items={EXAMPLES.map((example) => ({
          id: example.id,
          title: example.title,
          hint: example.hint,
          act: () => change(fresh(example.code, draft.options)),
        }))}
      />
      <Button look="quiet" size="sm" data-command="Open a file" onClick={() => input.current?.click()}>
        <Open size={14} />
        <span className="max-sm:sr-only">Open</span>
      </Button>
      <ShareButton draft={draft} />
    </div>
  );
}

async function linkTo({ code, options }: Draft): Promise<string> {
  return `${location.origin}/${await shareFragment({ code, options })}`;
}

function ShareButton({ draft }: { draft: Draft }) {
  const made = useRef<{ of: Draft; link: string }>(undefined);
  useEffect(() => {
    linkTo(draft).then((link) => {
      made.current = { of: draft, link };
    });
  }, [draft]);
  return (
    <CopyButton
      look="quiet"
      size="sm"
      icon={<Share size={14} />}
      text={() => (made.current?.of === draft ? made.current.link : linkTo(draft))}
      label="Share"
      data-command="Copy a link to this code"
      compact
    />
  );
}

/** What was found when the server was last asked; nothing in code that it is not asked about. */
function useNames(validation: Validation | undefined, asked: boolean): readonly string[] {
  const last = useRef<readonly string[]>([]);
  if (validation) last.current = [...validation.classes, ...validation.functions];
  return asked ? last.current : [];
}
