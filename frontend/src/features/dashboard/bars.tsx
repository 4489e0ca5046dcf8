const [WIDTH, HEIGHT, TOP, BOTTOM] = [520, 200, 16, 24];
const WIDEST = 26;

/** One bar a day: full what passed, hollow what did not. */
export function Bars({
  bars,
  words,
}: {
  bars: readonly { name: string; all: number; part: number }[];
  words: readonly [string, string];
}) {
  const most = Math.max(1, ...bars.map((bar) => bar.all));
  const labelled = bars.findLastIndex((bar) => bar.all === most);
  const step = WIDTH / Math.max(bars.length, 1);
  const width = Math.min(step * 0.7, WIDEST);
  const scale = (HEIGHT - TOP - BOTTOM) / most;
  return (
    <figure>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label="Runs by day"
        className="w-full max-sm:[&_text]:text-[14px]"
      >
        {bars.map((bar, index) => {
          const x = Math.min(index * step, WIDTH - width);
          const base = HEIGHT - BOTTOM;
          return (
            <g key={bar.name}>
              <title>{`${bar.name}: ${bar.part} of ${bar.all} ${words[0]}`}</title>
              {bar.all > bar.part && (
                <rect
                  x={x + 0.5}
                  width={width - 1}
                  y={base - bar.all * scale}
                  height={(bar.all - bar.part) * scale}
                  className="fill-miss-soft stroke-miss-line"
                />
              )}
              <rect
                x={x}
                width={width}
                y={base - bar.part * scale}
                height={bar.part * scale}
                className="fill-pass-line"
              />
              {index === labelled && (
                <text
                  x={x + width / 2}
                  y={base - bar.all * scale - 4}
                  textAnchor="middle"
                  className="figure fill-ink-2 text-[11px]"
                >
                  {bar.all}
                </text>
              )}
            </g>
          );
        })}
        <line x1="0" x2={WIDTH} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM} className="stroke-edge" />
        <text x="0" y={HEIGHT - 6} className="fill-ink-3 text-[11px]">
          {bars[0]?.name}
        </text>
        {bars.length > 1 && (
          <text x={WIDTH} y={HEIGHT - 6} textAnchor="end" className="fill-ink-3 text-[11px]">
            {bars.at(-1)?.name}
          </text>
        )}
      </svg>
      <figcaption className="mt-1 flex gap-4 text-xs text-ink-2">
        <span className="flex items-center gap-1.5">
          <span className="size-2.5 bg-pass-line" /> {words[0]}
        </span>
        <span className="flex items-center gap-1.5">
          <span className="size-2.5 border border-miss-line bg-miss-soft" /> {words[1]}
        </span>
      </figcaption>
    </figure>
  );
}
