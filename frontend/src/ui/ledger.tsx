import { classes } from "@/ui/classes";
import { percent } from "@/ui/figures";

export type Cell = {
  label: string;
  note?: string;
  ratio?: number | null;
  value?: string | null;
  tone?: "bug" | undefined;
};

/** The figures of a run in one row, each with what is behind it. A bar shows a ratio; an en dash what is not known yet. */
export function Ledger({ cells }: { cells: readonly Cell[] }) {
  return (
    <dl className="grid grid-cols-2 border-y border-line sm:grid-cols-4">
      {cells.map((cell, index) => (
        <div
          key={cell.label}
          className={classes(
            "relative px-4 pt-3 pb-3.5 sm:px-6",
            index % 2 === 1 && "border-l border-line",
            index % 2 === 0 && index > 0 && "sm:border-l sm:border-line",
            index > 1 && "border-t border-line sm:border-t-0",
          )}
        >
          <dt className="eyebrow whitespace-nowrap">{cell.label}</dt>
          <dd
            className={classes(
              "figure mt-0.5 text-[1.75rem] leading-9 font-medium tracking-[-0.02em]",
              cell.tone && "text-bug",
            )}
          >
            {shown(cell)}
          </dd>
          {cell.note && <dd className="figure text-xs text-pretty text-ink-2">{cell.note}</dd>}
          {cell.ratio !== undefined && <Bar ratio={cell.ratio ?? 0} />}
        </div>
      ))}
    </dl>
  );
}

function shown({ ratio, value }: Cell) {
  const text = ratio === undefined ? (value ?? "–") : percent(ratio);
  if (text === "–") return <span className="text-edge">–</span>;
  const unit = /^(.*?)(%)$/.exec(text);
  return unit ? (
    <>
      {unit[1]}
      <span className="ml-0.5 text-[1.0625rem] leading-none font-normal text-ink-2">%</span>
    </>
  ) : (
    text
  );
}

function Bar({ ratio }: { ratio: number }) {
  return (
    <div aria-hidden="true" className="absolute inset-x-0 -bottom-px h-0.5">
      <div
        className={classes("h-full transition-[width] duration-500", ratio >= 0.9995 ? "bg-pass-line" : "bg-ink")}
        style={{ width: `${Math.min(100, ratio * 100)}%` }}
      />
    </div>
  );
}

const MOST_SQUARES = 400;

/** One square for each mutant: full where it was killed, hollow where it survived, a dot where it is not judged yet. */
export function MutantField({ killed, survived, total }: { killed: number; survived: number; total: number }) {
  const scale = total > MOST_SQUARES ? MOST_SQUARES / total : 1;
  const [full, hollow, all] = [killed, survived, total].map((count) => Math.round(count * scale)) as [
    number,
    number,
    number,
  ];
  const words = `${killed} of ${total} killed${survived ? `, ${survived} survived` : ""}`;
  return (
    <div role="img" aria-label={words} className="flex flex-wrap gap-[3px]">
      {Array.from({ length: Math.max(all, full + hollow) }, (_, index) => (
        <span
          key={index}
          className={classes(
            "size-2.5 rounded-[1.5px]",
            index < hollow && "hatched border border-miss-line",
            index >= hollow && index < hollow + full && "bg-pass-line",
            index >= hollow + full && "border border-edge",
          )}
        />
      ))}
    </div>
  );
}
