import { useEffect, useState } from "react";
import { reasonOf } from "@/api/problem";
import { LogIn } from "@/app/log-in";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { asSentence, plain } from "@/ui/plain-text";
import { useInSight } from "@/ui/side-by-side";

export type Trouble = {
  title: string;
  detail: string;
  next: string;
  retry: boolean;
  /** Seconds after which trying again makes sense. */
  wait: number;
  requestId: string | null;
  /** Whether a login is what helps. */
  logIn?: boolean;
  /** Whether nothing is wrong: there is only nothing to show. */
  calm?: boolean;
  findings: readonly { name: string; line: number; message: string }[];
};

/** What went wrong, why, and what to do next. */
export function TroubleView({
  trouble,
  retry,
  goTo,
  heading: Heading = "h1",
}: {
  trouble: Trouble;
  retry: () => void;
  goTo: (line: number) => void;
  /** What it is under: nothing, or the name of a view. */
  heading?: "h1" | "h2";
}) {
  const left = useCountdown(trouble.wait);
  const section = useInSight();
  return (
    <section ref={section} role="alert" className="px-4 py-8 sm:px-6">
      <div className={classes("max-w-[60ch] border-l-3 pl-4", trouble.calm ? "border-l-edge" : "border-l-miss-line")}>
        <Heading className="text-xl leading-7 font-semibold tracking-[-0.01em]">{trouble.title}</Heading>
        <p className="mt-1.5 text-base text-pretty wrap-anywhere">{plain(asSentence(trouble.detail))}</p>
        {trouble.findings.length > 0 && (
          <ul className="mt-3 space-y-1 text-sm">
            {trouble.findings.map((finding) => (
              <li key={`${finding.line} ${finding.name} ${finding.message}`}>
                <button type="button" onClick={() => goTo(finding.line)} className="group min-h-6 text-left">
                  <span className="figure font-semibold underline decoration-edge underline-offset-3 group-hover:decoration-ink">
                    Line {finding.line}
                  </span>{" "}
                  {plain(reasonOf(finding))}
                </button>
              </li>
            ))}
          </ul>
        )}
        {trouble.next && <p className="mt-3 text-sm text-pretty text-ink-2">{trouble.next}</p>}
        {trouble.logIn && (
          <p className="mt-4">
            <LogIn />
          </p>
        )}
        {trouble.retry && (
          <Button className="mt-4" onClick={retry} disabled={left > 0}>
            {left > 0 ? `Try again in ${left} s` : "Try again"}
          </Button>
        )}
        {trouble.requestId && <p className="mt-4 font-mono text-xs text-ink-3">request {plain(trouble.requestId)}</p>}
      </div>
    </section>
  );
}

function useCountdown(from: number): number {
  const [left, setLeft] = useState(from);
  useEffect(() => setLeft(from), [from]);
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return left;
}
