import { type ReactNode, useId, useState } from "react";
import type { Config, Options } from "@/api/types";

type Fields = { options: Options; change: (options: Options) => void; config: Config | undefined };

/** The choices that have a default on the server. What is left empty stays its choice. */
export function OptionFields({ options, change, config }: Fields) {
  const most = config?.max_budget_seconds ?? 60;
  const set = (name: "budget_seconds" | "max_tests" | "seed", text: string, least: number, greatest: number) => {
    const { [name]: _, ...rest } = options;
    const value = numberIn(text, least, greatest);
    change(value === null ? rest : { ...rest, [name]: value });
  };
  return (
    <div className="grid grid-cols-2 gap-x-5 gap-y-3 sm:grid-cols-3">
      <NumberField
        label="Search time, seconds"
        hint={`up to ${most}`}
        value={options.budget_seconds ?? null}
        fallback={config?.budget_seconds}
        least={1}
        most={most}
        change={(text) => set("budget_seconds", text, 1, most)}
      />
      <NumberField
        label="Tests, at most"
        value={options.max_tests ?? null}
        placeholder="no limit"
        least={1}
        most={10_000}
        change={(text) => set("max_tests", text, 1, 10_000)}
      />
      <NumberField
        label="Seed"
        hint="same seed, same file"
        value={options.seed ?? null}
        fallback={1}
        least={0}
        most={2 ** 32 - 1}
        change={(text) => set("seed", text, 0, 2 ** 32 - 1)}
      />
      <Switch
        on={options.xfail_bugs ?? false}
        change={(xfail_bugs) => change({ ...options, xfail_bugs })}
        label="Add a test that is expected to fail for each suspected bug"
      />
      <Switch
        on={options.bless_bugs ?? false}
        change={(bless_bugs) => change({ ...options, bless_bugs })}
        label="Keep tests that state what a suspected bug does today"
      />
      {config?.llm.available && (
        <Switch
          on={options.llm !== "none"}
          change={(on) => change({ ...options, llm: on ? "auto" : "none" })}
          label={`Also ask the language model ${config.llm.name ?? ""}`}
        />
      )}
    </div>
  );
}

/** A whole number in words, where it is one and within its limits. */
function numberIn(text: string, least: number, most: number): number | null {
  const value = Number(text);
  return text !== "" && Number.isInteger(value) && value >= least && value <= most ? value : null;
}

function NumberField({
  label,
  hint,
  value,
  fallback,
  placeholder,
  least,
  most,
  change,
}: {
  label: string;
  hint?: string;
  value: number | null;
  fallback?: number | undefined;
  placeholder?: string;
  least: number;
  most: number;
  change: (text: string) => void;
}) {
  const id = useId();
  const [text, setText] = useState(value?.toString() ?? "");
  const [seen, setSeen] = useState(value);
  if (value !== seen) {
    setSeen(value);
    if (numberIn(text, least, most) !== value) setText(value?.toString() ?? ""); // it came from elsewhere: a link, a run
  }
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-xs text-ink-2">
        {label}
      </label>
      <input
        id={id}
        type="number"
        inputMode="numeric"
        min={least}
        max={most}
        value={text}
        placeholder={placeholder ?? fallback?.toString() ?? ""}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => {
          setText(event.target.value);
          change(event.target.value);
        }}
        className="figure h-8 w-full rounded-sm border border-control bg-paper px-2 text-sm placeholder:text-ink-3 invalid:border-miss-line"
      />
      {hint && (
        <p id={`${id}-hint`} className="mt-0.5 text-xs text-ink-3">
          {hint}
        </p>
      )}
    </div>
  );
}

function Switch({ label, on, change }: { label: ReactNode; on: boolean; change: (on: boolean) => void }) {
  return (
    <label className="col-span-full flex items-start gap-2 text-sm text-ink">
      <input
        type="checkbox"
        checked={on}
        onChange={(event) => change(event.target.checked)}
        className="mt-0.5 size-4 shrink-0 accent-ink"
      />
      {label}
    </label>
  );
}
