import { useState } from "react";
import type { Options } from "@/api/types";
import { FIRST_CODE } from "@/features/compose/examples";

/** What is being composed. `off` are names that are not to be tested. */
export type Draft = { code: string; name: string; options: Options; off: ReadonlySet<string> };

const KEY = "draft";
export const UNNAMED = "user_code.py";

/** The draft, kept for this tab: a reload loses nothing. */
export function useDraft() {
  const [draft, set] = useState<Draft>(remembered);
  const change = (part: Partial<Draft>) =>
    set((before) => {
      const next = { ...before, ...part };
      remember(next);
      return next;
    });
  return [draft, change] as const;
}

export function fresh(code: string, options: Options = {}, name = UNNAMED): Draft {
  return { code, name, options, off: new Set() };
}

function remember({ off, ...draft }: Draft): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...draft, off: [...off] }));
  } catch {
    // Storage that is full or forbidden: then a reload begins anew.
  }
}

function remembered(): Draft {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "");
    if (typeof kept.code === "string")
      return { ...fresh(kept.code, kept.options ?? {}, kept.name), off: new Set<string>(kept.off ?? []) };
  } catch {
    // Nothing was kept, or nothing that can be read.
  }
  return fresh(FIRST_CODE);
}
