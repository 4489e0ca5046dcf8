/** Whether code and outcome stand beside each other: below that width they are stacked (`--breakpoint-wide`). */
export function isSideBySide(): boolean {
  return matchMedia("(min-width: 60rem)").matches;
}
