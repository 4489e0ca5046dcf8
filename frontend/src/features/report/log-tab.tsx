import type { Job, Options, Result } from "@/api/types";
import { CopyButton } from "@/ui/copy-button";
import { dollars, plural, seconds } from "@/ui/figures";
import { plain } from "@/ui/plain-text";
import { Scrollable } from "@/ui/scrollable";

/** pytest's own words for exactly the delivered file, where the time went, what it cost, and how to get it again. */
export function LogTab({ job, result }: { job: Job; result: Result }) {
  return (
    <div className="space-y-6 px-4 py-4 sm:px-6">
      <section aria-labelledby="log-pytest">
        <div className="mb-1.5 flex items-center justify-between">
          <h2 id="log-pytest" className="eyebrow">
            pytest
          </h2>
          <CopyButton look="quiet" size="sm" text={result.execution_output} label="Copy" />
        </div>
        <Scrollable label="What pytest printed" className="rounded-sm bg-panel px-3.5 py-3">
          <pre className="w-fit font-mono text-xs leading-[1.6]">{plain(result.execution_output) || "(no output)"}</pre>
        </Scrollable>
      </section>
      <Timings result={result} />
      {result.notes.length > 0 && (
        <section aria-labelledby="log-notes">
          <h2 id="log-notes" className="eyebrow mb-1.5">
            Notes
          </h2>
          <ul className="max-w-[70ch] space-y-1 text-sm">
            {result.notes.map((note) => (
              <li key={note}>{plain(note)}</li>
            ))}
          </ul>
        </section>
      )}
      <Facts job={job} result={result} />
    </div>
  );
}

function Timings({ result }: { result: Result }) {
  const most = Math.max(...result.stages.map((stage) => stage.seconds), 0.001);
  return (
    <section aria-labelledby="log-timings">
      <h2 id="log-timings" className="eyebrow mb-1.5">
        Time
      </h2>
      <table className="w-full max-w-lg text-sm">
        <thead className="sr-only">
          <tr>
            <th>Stage</th>
            <th>Share</th>
            <th>Seconds</th>
          </tr>
        </thead>
        <tbody>
          {result.stages.map((stage) => (
            <tr key={stage.name}>
              <th scope="row" className="w-24 py-0.5 text-left font-normal text-ink-2 capitalize">
                {plain(stage.name)}
              </th>
              <td aria-hidden="true">
                <div
                  className="h-1.5 min-w-px rounded-[1px] bg-ink-3"
                  style={{ width: `${(stage.seconds / most) * 100}%` }}
                />
              </td>
              <td className="figure w-20 text-right">{seconds(stage.seconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Facts({ job, result }: { job: Job; result: Result }) {
  const { spend } = result;
  const command = commandOf(job.options ?? {}, result.seed);
  const facts = [
    ["Sandbox", `${result.sandbox}, tier ${result.tier}`],
    ["Verdict", result.verdict.replaceAll("_", " ")],
    [
      "Language model",
      spend.calls
        ? `${plural(spend.calls, "call")}, ${spend.input_tokens} + ${spend.output_tokens} tokens, ${dollars(spend.usd)}`
        : "not used",
    ],
    ["Run", job.id],
  ] as const;
  return (
    <section aria-labelledby="log-facts">
      <h2 id="log-facts" className="eyebrow mb-1.5">
        Get it again
      </h2>
      <div className="mb-3 flex items-center gap-2 rounded-sm bg-panel py-1 pr-1 pl-3.5">
        <Scrollable label="The command" className="min-w-0 flex-1">
          <code className="font-mono text-xs whitespace-pre">{command}</code>
        </Scrollable>
        <CopyButton look="quiet" size="sm" text={command} label="Copy" aria-label="Copy the command" />
      </div>
      <dl className="grid grid-cols-[8rem_1fr] gap-y-0.5 text-sm">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink-3">{name}</dt>
            <dd className="figure wrap-anywhere">{plain(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** What does the same in a terminal: options that are the server's choice are left out, as they were here. */
function commandOf(options: Options, seed: number): string {
  const { targets, budget_seconds, max_tests, xfail_bugs, bless_bugs } = options;
  const files = targets?.length ? targets.map((target) => `user_code.py::${target}`) : ["user_code.py"];
  return [
    "aitestgen generate",
    ...files,
    `--seed ${seed}`,
    budget_seconds && `--budget ${budget_seconds}`,
    max_tests && `--max-tests ${max_tests}`,
    xfail_bugs && "--xfail-bugs",
    bless_bugs && "--bless-bugs",
  ]
    .filter(Boolean)
    .join(" ");
}
