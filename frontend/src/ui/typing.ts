/** Whether keys go into text here, so that single letters are no shortcuts. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest("input:not([type='checkbox']), textarea, select, [contenteditable='true']") !== null
  );
}

export const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
