import { type KeyboardEvent, type PointerEvent, useState } from "react";

const [LEAST, MOST, STEP, START] = [28, 72, 2, 46];
const KEY = "split";

/** How much of the width the left side has, in percent, and the bar between that changes it. */
export function useSplit() {
  const [share, setShare] = useState(remembered);
  const change = (next: number) => {
    const fit = Math.min(MOST, Math.max(LEAST, Math.round(next * 10) / 10));
    setShare(fit);
    try {
      localStorage.setItem(KEY, String(fit));
    } catch {
      // Storage that is forbidden: then the next visit begins with the usual width.
    }
  };
  return [share, change] as const;
}

export function Splitter({ share, change }: { share: number; change: (share: number) => void }) {
  const drag = (event: PointerEvent<HTMLHRElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    change((event.clientX / innerWidth) * 100);
  };
  const onKey = (event: KeyboardEvent) => {
    const next = { ArrowLeft: share - STEP, ArrowRight: share + STEP, Home: LEAST, End: MOST }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    change(next);
  };
  return (
    <hr
      tabIndex={0}
      aria-orientation="vertical"
      aria-label="Width of the code"
      aria-valuenow={Math.round(share)}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      onKeyDown={onKey}
      onDoubleClick={() => change(START)}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      className="relative z-10 hidden h-auto w-px cursor-col-resize touch-none border-0 bg-line before:absolute before:inset-y-0 before:-left-1.5 before:w-3 hover:bg-ink-3 focus-visible:bg-accent focus-visible:outline-offset-0 wide:block"
    />
  );
}

function remembered(): number {
  try {
    const kept = Number(localStorage.getItem(KEY));
    return kept >= LEAST && kept <= MOST ? kept : START;
  } catch {
    return START;
  }
}
