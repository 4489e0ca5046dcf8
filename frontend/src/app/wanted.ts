import type { Mutant } from "@/api/types";

const key = (id: string) => `wanted ${id}`;

/** Note for this tab that a run was asked to kill one mutant. */
export function remember(id: string, mutant: Mutant | undefined): void {
  if (!mutant) return;
  try {
    sessionStorage.setItem(key(id), JSON.stringify(mutant));
  } catch {
    // Storage that is forbidden: then the report does not say it.
  }
}

export function wantedOf(id: string): Mutant | null {
  try {
    return JSON.parse(sessionStorage.getItem(key(id)) ?? "null");
  } catch {
    return null;
  }
}
