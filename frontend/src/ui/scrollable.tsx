import { type ReactNode, useEffect, useRef, useState } from "react";
import { classes } from "@/ui/classes";

/** What may be larger than its place. Where it is, it scrolls, also by keyboard: then, and only then, it takes the focus. */
export function Scrollable({ label, className, children }: { label: string; className?: string; children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  const [larger, setLarger] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const look = () => setLarger(isLarger(element));
    const observer = new ResizeObserver(look);
    for (const seen of [element, ...element.children]) observer.observe(seen); // of each it is told once at the beginning
    return () => observer.disconnect();
  }, []);
  return (
    <div
      ref={place}
      className={classes("overflow-auto", className)}
      {...(larger && { role: "group", tabIndex: 0, "aria-label": label })}
    >
      {children}
    </div>
  );
}

function isLarger(element: HTMLElement): boolean {
  return element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight;
}
