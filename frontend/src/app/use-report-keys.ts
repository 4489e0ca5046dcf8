import { useEffect, useRef } from "react";
import { isTyping } from "@/ui/typing";

/** Single letters, where nobody types: j and k walk through the entries of the report, c copies, e goes to the editor. */
export function useReportKeys(toEditor: () => void): void {
  const edit = useRef(toEditor);
  edit.current = toEditor;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector("dialog[open], [role='menu']")) return;
      const act = { j: () => step(1), k: () => step(-1), c: copySuite, e: () => edit.current() }[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

function step(by: number): void {
  const items = [...document.querySelectorAll<HTMLElement>("[data-item]")];
  const at = items.findIndex((item) => item.contains(document.activeElement));
  const to = items[at < 0 ? (by > 0 ? 0 : items.length - 1) : Math.min(Math.max(at + by, 0), items.length - 1)];
  to?.querySelector<HTMLElement>("input, button, a")?.focus();
  to?.scrollIntoView({ block: "nearest" });
}

function copySuite(): void {
  document.querySelector<HTMLElement>("[data-copy-suite]")?.click();
}
