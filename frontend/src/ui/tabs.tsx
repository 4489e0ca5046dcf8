import { type KeyboardEvent, type ReactNode, useId, useRef } from "react";
import { classes } from "@/ui/classes";

export type Tab = {
  id: string;
  title: string;
  /** What it is called where there is little room. */
  short?: string;
  count?: number;
  tone?: "bug" | "miss";
  content: () => ReactNode;
};

const STEPS: Record<string, (at: number, of: number) => number> = {
  ArrowRight: (at, of) => (at + 1) % of,
  ArrowLeft: (at, of) => (at - 1 + of) % of,
  Home: () => 0,
  End: (_, of) => of - 1,
};
const TONES = { bug: "bg-bug-soft text-bug", miss: "bg-miss-soft text-miss" };

/** A row of tabs, moved through with the arrow keys; only the chosen panel is rendered. */
export function Tabs({
  label,
  tabs,
  chosen,
  choose,
}: {
  label: string;
  tabs: readonly Tab[];
  chosen: string;
  choose: (id: string) => void;
}) {
  const base = useId();
  const row = useRef<HTMLDivElement>(null);
  const at = Math.max(
    0,
    tabs.findIndex((tab) => tab.id === chosen),
  );
  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const next = step(at, tabs.length);
    choose(tabs[next]?.id ?? chosen);
    row.current?.querySelectorAll<HTMLElement>('[role="tab"]')[next]?.focus();
  };
  const shown = tabs[at];
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div
        ref={row}
        role="tablist"
        aria-label={label}
        onKeyDown={move}
        className="flex gap-x-3.5 overflow-x-auto border-b border-line px-4 sm:gap-x-5 sm:px-6"
      >
        {tabs.map((tab, index) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            data-command={`Show: ${tab.title}`}
            id={`${base}-${tab.id}-tab`}
            aria-selected={index === at}
            aria-controls={`${base}-panel`}
            tabIndex={index === at ? 0 : -1}
            onClick={() => choose(tab.id)}
            className={classes(
              "-mb-px flex h-10 min-w-6 shrink-0 items-center justify-center gap-1.5 border-b-2 text-sm -outline-offset-2 transition-colors",
              index === at
                ? "border-ink font-semibold text-ink"
                : "border-transparent text-ink-2 hover:text-ink hover:border-edge",
            )}
          >
            <span className={tab.short ? "max-sm:sr-only" : undefined}>{tab.title}</span>
            {tab.short && (
              <span aria-hidden="true" className="sm:hidden">
                {tab.short}
              </span>
            )}
            {tab.count !== undefined && (
              <span
                className={classes(
                  "figure min-w-5 rounded-sm px-1 text-center text-xs font-normal",
                  tab.tone && tab.count ? TONES[tab.tone] : "bg-sunken text-ink-2",
                )}
              >
                {tab.count}
              </span>
            )}
          </button>
        ))}
      </div>
      {shown && (
        <div
          key={shown.id}
          role="tabpanel"
          id={`${base}-panel`}
          aria-labelledby={`${base}-${shown.id}-tab`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a panel that scrolls has to be reached by keyboard
          tabIndex={0}
          className="min-h-0 flex-1 -outline-offset-2 wide:overflow-y-auto"
        >
          {shown.content()}
        </div>
      )}
    </div>
  );
}
