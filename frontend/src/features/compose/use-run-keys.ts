import { useEffect, useRef } from "react";
import { isMac } from "@/ui/typing";

/** Ctrl or Cmd with Enter runs wherever the focus is; in the editor it has done so before this hears of it. */
export function useRunKeys(run: () => void): void {
  const now = useRef(run);
  now.current = run;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const held = isMac ? event.metaKey : event.ctrlKey;
      if (event.key !== "Enter" || !held || event.defaultPrevented || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      now.current();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
