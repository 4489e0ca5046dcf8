import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Failed } from "@/api/problem";
import { fetchAnalytics } from "@/api/server";
import type { Analytics } from "@/api/types";
import { Bars } from "@/features/dashboard/bars";
import { everyDay, inOrder } from "@/features/dashboard/days";
import { Figure } from "@/features/dashboard/figure";
import { Lines } from "@/features/dashboard/lines";
import { Percentiles } from "@/features/dashboard/percentiles";
import { classes } from "@/ui/classes";
import { dollars, percent, plural, seconds } from "@/ui/figures";
import { Ledger } from "@/ui/ledger";
import { Link } from "@/ui/router";

const SPANS = [7, 30, 90] as const;

/** How the runs fare over time. Each chart can be read as a table too. */
export default function Dashboard({ failed }: { failed: Failed }) {
  const [days, setDays] = useState<number>(30);
  const { data, error, refetch } = useQuery({
    queryKey: ["analytics", days],
    queryFn: ({ signal }) => fetchAnalytics(days, signal),
  });
  return (
    <div className="mx-auto w-full max-w-6xl px-4 pt-7 pb-14 sm:px-6">
      <header className="flex flex-wrap items-end justify-between gap-4">
        <h1 className="text-[1.75rem] leading-9 font-semibold tracking-[-0.02em]">Dashboard</h1>
        <fieldset className="flex rounded-md border border-edge p-0.5">
          <legend className="sr-only">Time</legend>
          {SPANS.map((span) => (
            <button
              key={span}
              type="button"
              aria-pressed={days === span}
              onClick={() => setDays(span)}
              className={classes(
                "h-7 rounded-sm px-2.5 text-sm",
                days === span ? "bg-sunken font-semibold" : "text-ink-2 hover:text-ink",
              )}
            >
              {span} days
            </button>
          ))}
        </fieldset>
      </header>
      {error && failed(error, () => refetch())}
      {data && (data.totals.runs === 0 ? <Empty /> : <Charts data={data} span={days} />)}
    </div>
  );
}

function Empty() {
  return (
    <p className="mt-12 text-base">
      Nothing was run in this time.{" "}
      <Link href="/" className="underline decoration-edge underline-offset-3 hover:decoration-ink">
        Generate tests
      </Link>
    </p>
  );
}

function Charts({ data, span }: { data: Analytics; span: number }) {
  const { totals, spend } = data;
  const days = everyDay(data.days, span, new Date());
  const stages = inOrder(data.stages);
  const last = (pick: (day: Analytics["days"][number]) => number | null) => mean(data.days.map(pick));
  const verdicts = Object.entries(data.verdicts).sort(([, a], [, b]) => b - a);
  return (
    <>
      <div className="mt-6">
        <Ledger
          cells={[
            {
              label: "Runs",
              value: totals.runs.toLocaleString("en"),
              note: `${totals.passed.toLocaleString("en")} passed`,
            },
            {
              label: "Pass rate",
              ratio: totals.runs ? totals.passed / totals.runs : null,
              note: "of those with a result",
            },
            { label: "Mutants killed", ratio: last((day) => day.mutation_score), note: "average of the days" },
            { label: "Model spend", value: dollars(spend.usd), note: plural(spend.calls, "call") },
          ]}
        />
      </div>
      <div className="grid gap-x-10 lg:grid-cols-2">
        <Figure
          title="Coverage and mutants over time"
          columns={["Day", "Lines", "Branches", "Mutants"]}
          rows={data.days.map((day) => [
            shortDay(day.day),
            percent(day.line_coverage),
            percent(day.branch_coverage),
            percent(day.mutation_score),
          ])}
        >
          <Lines
            days={days.map((day) => shortDay(day.day))}
            series={[
              { name: "lines", values: days.map((day) => day.line_coverage), dash: "" },
              { name: "branches", values: days.map((day) => day.branch_coverage), dash: "5 3" },
              { name: "mutants", values: days.map((day) => day.mutation_score), dash: "1.5 3" },
            ]}
          />
        </Figure>
        <Figure
          title="Runs a day"
          columns={["Day", "Runs", "Passed"]}
          rows={data.days.map((day) => [shortDay(day.day), String(day.runs), String(day.passed)])}
        >
          <Bars
            bars={days.map((day) => ({ name: shortDay(day.day), all: day.runs, part: day.passed }))}
            words={["passed", "not passed"]}
          />
        </Figure>
        <Figure
          title="Time by stage"
          columns={["Stage", "Half under", "90% under", "99% under"]}
          rows={stages.map((stage) => [
            capital(stage.name),
            seconds(stage.p50),
            seconds(stage.p90),
            seconds(stage.p99),
          ])}
        >
          <Percentiles stages={stages} />
        </Figure>
        <Figure
          title="How the runs ended"
          columns={["Verdict", "Runs"]}
          rows={verdicts.map(([name, count]) => [words(name), String(count)])}
        >
          <Verdicts verdicts={verdicts} />
        </Figure>
        <Figure
          title="Language model"
          columns={["What", "How much"]}
          rows={[
            ["calls", spend.calls.toLocaleString("en")],
            ["tokens in", spend.input_tokens.toLocaleString("en")],
            ["tokens out", spend.output_tokens.toLocaleString("en")],
            ["cost", dollars(spend.usd)],
          ]}
        />
      </div>
    </>
  );
}

function Verdicts({ verdicts }: { verdicts: readonly (readonly [string, number])[] }) {
  const most = Math.max(1, ...verdicts.map(([, count]) => count));
  return (
    <ul className="space-y-2">
      {verdicts.map(([name, count]) => (
        <li key={name} className="grid grid-cols-[8rem_1fr_3rem] items-center gap-3 text-sm">
          <span className="truncate text-ink-2">{words(name)}</span>
          <span
            className={classes(
              "h-2 min-w-0.5 rounded-[1px]",
              name === "passed" ? "bg-pass-line" : "hatched border border-miss-line",
            )}
            style={{ width: `${(count / most) * 100}%` }}
          />
          <span className="figure text-right">{count}</span>
        </li>
      ))}
    </ul>
  );
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function words(name: string): string {
  return name.replaceAll("_", " ");
}

function shortDay(iso: string): string {
  return new Date(`${iso.slice(0, 10)}T00:00:00Z`).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    timeZone: "UTC",
  });
}

function mean(values: readonly (number | null)[]): number | null {
  const there = values.filter((value) => value !== null);
  return there.length ? there.reduce((sum, value) => sum + value, 0) / there.length : null;
}
