import { type RefObject, useEffect, useRef } from "react";

/** Whether code and outcome stand beside each other: below that width they are stacked (`--breakpoint-wide`). */
export function isSideBySide(): boolean {
  return matchMedia("(min-width: 60rem)").matches;
}

/** For what comes under the code where they are stacked: it is brought into sight when it appears. */
export function useInSight(): RefObject<HTMLElement | null> {
  const element = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!isSideBySide()) element.current?.scrollIntoView();
  }, []);
  return element;
}
