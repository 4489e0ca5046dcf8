type Series = { name: string; values: readonly (number | null)[]; dash: string };

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [520, 200, 34, 66, 8, 24];
const MARKS = [0, 0.25, 0.5, 0.75, 1];
const LABEL_GAP = 15;

/** Ratios over days. Series are told apart by their dashes and by their names at the right end. */
export function Lines({ days, series }: { days: readonly string[]; series: readonly Series[] }) {
  const x = (index: number) => LEFT + (days.length > 1 ? (index / (days.length - 1)) * (WIDTH - LEFT - RIGHT) : 0);
  const y = (ratio: number) => TOP + (1 - ratio) * (HEIGHT - TOP - BOTTOM);
  const labels = spread(
    series.map((one) => ({ name: one.name, at: y(one.values.findLast((value) => value !== null) ?? 0) })),
  );
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${series.map((one) => one.name).join(", ")} by day`}
      className="w-full max-sm:[&_text]:text-[14px]"
    >
      {MARKS.map((mark) => (
        <g key={mark}>
          <line x1={LEFT} x2={WIDTH - RIGHT} y1={y(mark)} y2={y(mark)} className="stroke-line" />
          <text x={LEFT - 6} y={y(mark) + 3.5} textAnchor="end" className="figure fill-ink-3 text-[11px]">
            {mark * 100}
          </text>
        </g>
      ))}
      {series.map((one) => (
        <g key={one.name} className="text-ink">
          <path
            d={path(one.values, x, y)}
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            strokeDasharray={one.dash}
            strokeLinejoin="round"
          />
          {one.values.map((value, index) =>
            value === null ? null : (
              <circle key={index} cx={x(index)} cy={y(value)} r="1.8" fill="currentColor">
                <title>{`${days[index]}: ${one.name} ${Math.round(value * 100)}%`}</title>
              </circle>
            ),
          )}
        </g>
      ))}
      {labels.map((label) => (
        <text key={label.name} x={WIDTH - RIGHT + 8} y={label.at + 3.5} className="fill-ink-2 text-[11px]">
          {label.name}
        </text>
      ))}
      <text x={LEFT} y={HEIGHT - 6} className="fill-ink-3 text-[11px]">
        {days[0]}
      </text>
      {days.length > 1 && (
        <text x={WIDTH - RIGHT} y={HEIGHT - 6} textAnchor="end" className="fill-ink-3 text-[11px]">
          {days.at(-1)}
        </text>
      )}
    </svg>
  );
}

/** A line through the values that are there; a day without any breaks nothing. */
function path(values: readonly (number | null)[], x: (index: number) => number, y: (ratio: number) => number): string {
  return values
    .flatMap((value, index) => (value === null ? [] : [`${x(index).toFixed(1)} ${y(value).toFixed(1)}`]))
    .map((point, index) => (index ? `L${point}` : `M${point}`))
    .join("");
}

/** Labels from top to bottom, none nearer to the one above than it can be read. */
function spread(labels: readonly { name: string; at: number }[]): { name: string; at: number }[] {
  const placed: { name: string; at: number }[] = [];
  for (const label of [...labels].sort((a, b) => a.at - b.at))
    placed.push({ ...label, at: Math.max(label.at, (placed.at(-1)?.at ?? -LABEL_GAP) + LABEL_GAP) });
  return placed;
}
