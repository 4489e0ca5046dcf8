import type { Example } from "@/features/compose/examples";
import { plain } from "@/ui/plain-text";

/** What the right side holds before anything was run: what comes, and something to begin with. */
export function Start({ examples, choose }: { examples: readonly Example[]; choose: (example: Example) => void }) {
  return (
    <section aria-labelledby="start" className="px-4 pt-8 pb-10 sm:px-6 wide:overflow-y-auto wide:pt-10">
      <h1 id="start" className="max-w-[24ch] text-[1.75rem] leading-9 font-semibold tracking-[-0.02em] text-balance">
        Python in, a pytest file that earned its place out.
      </h1>
      <p className="mt-3 max-w-[58ch] text-base text-pretty text-ink-2">
        Every test you get has passed in fresh sandboxes, in other orders and on another day. Each covers something or
        catches a fault that no other one does. What looks like a bug is reported instead of being made into a test.
      </p>
      <h2 className="eyebrow mt-8 mb-1">Begin with an example</h2>
      <ul className="border-t border-line">
        {examples.map((example) => (
          <li key={example.id} className="border-b border-line">
            <button
              type="button"
              onClick={() => choose(example)}
              className="group grid w-full grid-cols-[1fr_auto] items-baseline gap-x-4 py-2.5 text-left -outline-offset-2 hover:bg-panel sm:grid-cols-[11rem_1fr_auto]"
            >
              <span className="text-sm font-semibold">{example.title}</span>
              <span className="text-sm text-ink-2 max-sm:col-start-1 max-sm:row-start-2">{example.hint}</span>
              <span className="figure pr-1 text-xs text-ink-3">{plain(size(example.code))}</span>
            </button>
          </li>
        ))}
      </ul>
      <p className="mt-6 text-sm text-ink-2">
        Or paste your own, or drop a <code className="font-mono text-[0.8125rem]">.py</code> file on the editor. In a
        terminal: <code className="font-mono text-[0.8125rem] whitespace-nowrap">aitestgen generate file.py</code>
      </p>
    </section>
  );
}

function size(code: string): string {
  return `${code.trimEnd().split("\n").length} lines`;
}
