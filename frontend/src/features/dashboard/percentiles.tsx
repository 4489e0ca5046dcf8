import type { Analytics } from "@/api/types";
import { seconds } from "@/ui/figures";
import { plain } from "@/ui/plain-text";

/** For each stage a line from half of the runs to 99 of 100, with a mark at 90. */
export function Percentiles({ stages }: { stages: Analytics["stages"] }) {
  const most = Math.max(0.001, ...stages.map((stage) => stage.p99));
  const at = (value: number) => `${(value / most) * 100}%`;
  return (
    <ul className="space-y-2.5">
      {stages.map((stage) => (
        <li key={stage.name} className="grid grid-cols-[5rem_1fr_4rem] items-center gap-3 text-sm">
          <span className="text-ink-2 capitalize">{plain(stage.name)}</span>
          <span
            className="relative h-3"
            title={`half under ${seconds(stage.p50)}, 90% under ${seconds(stage.p90)}, 99% under ${seconds(stage.p99)}`}
          >
            <span className="absolute inset-y-0 left-0 my-auto h-2 bg-ink-3" style={{ width: at(stage.p50) }} />
            <span className="absolute inset-y-0 my-auto h-px bg-ink-3" style={{ left: 0, width: at(stage.p99) }} />
            <span className="absolute inset-y-0 w-px bg-ink" style={{ left: at(stage.p90) }} />
            <span
              className="absolute inset-y-0 my-auto size-1 -translate-x-1/2 rounded-full bg-ink-3"
              style={{ left: at(stage.p99) }}
            />
          </span>
          <span className="figure text-right">{seconds(stage.p50)}</span>
        </li>
      ))}
      <li className="pt-1 text-xs text-ink-3">Bar: half of the runs. Tick: 90%. Dot: 99%.</li>
    </ul>
  );
}
