import { classes } from "@/ui/classes";
import { Check } from "@/ui/icons";
import { plain } from "@/ui/plain-text";

/** The functions and classes found, each a switch: what is off is not tested. */
export function Targets({
  names,
  off,
  change,
}: {
  names: readonly string[];
  off: ReadonlySet<string>;
  change: (off: ReadonlySet<string>) => void;
}) {
  if (!names.length) return null;
  const toggle = (name: string) => {
    const next = new Set(off);
    if (!next.delete(name)) next.add(name);
    change(next);
  };
  return (
    <div>
      <fieldset className="-m-1 flex max-h-27 min-w-0 pointer-coarse:max-h-34 flex-wrap items-center gap-1.5 overflow-y-auto p-1">
        <legend className="eyebrow float-left mr-2">Test</legend>
        {names.map((name) => {
          const on = !off.has(name);
          return (
            <button
              key={name}
              type="button"
              aria-pressed={on}
              title={plain(name)}
              onClick={() => toggle(name)}
              className={classes(
                "inline-flex h-6 max-w-full items-center gap-1 rounded-sm border px-1.5 font-mono text-xs transition-colors pointer-coarse:h-8",
                on
                  ? "border-edge bg-paper text-ink"
                  : "border-line border-dashed bg-transparent text-ink-3 line-through",
              )}
            >
              {on && <Check size={12} />}
              <span className="truncate">{plain(name)}</span>
            </button>
          );
        })}
      </fieldset>
    </div>
  );
}
