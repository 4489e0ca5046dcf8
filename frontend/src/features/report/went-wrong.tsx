import type { Result } from "@/api/types";
import { asSentence, plain } from "@/ui/plain-text";

const SMALLER = "Switch off what needs so much (Test, under the code), or have the server's limit raised.";
const AGAIN = "Try it again; another seed leads to other tests (Options).";
const NEXT: Partial<Record<Result["verdict"], string>> = {
  timed_out:
    "Try it again: the server may have had much to do. What never returns can be switched off (Test, under the code).",
  out_of_memory: SMALLER,
  output_limit: SMALLER,
  process_limit: SMALLER,
  forged: "The code interferes with what judges it: nothing here counts.",
};

/** Why a result did not pass, and what to do next; nothing where it passed. */
export function WentWrong({ result, toLog }: { result: Result; toLog: () => void }) {
  if (!result.error) return null;
  return (
    <p className="mt-2 rounded-sm bg-miss-soft px-3 py-2 text-sm text-pretty">
      {plain(asSentence(result.error))} {NEXT[result.verdict] ?? AGAIN}{" "}
      <button
        type="button"
        onClick={toLog}
        className="min-h-6 underline decoration-edge underline-offset-3 hover:decoration-ink"
      >
        What pytest said
      </button>
    </p>
  );
}
