import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Button, type ButtonProps } from "@/ui/button";
import { classes } from "@/ui/classes";
import { Down } from "@/ui/icons";

export type MenuItem = { id: string; title: string; hint?: string; href?: string; act?: () => void };

/** A button with a list under it: arrows move, Enter chooses, Esc closes and gives the focus back. */
export function Menu({
  title,
  label,
  items,
  align = "start",
  ...button
}: { title: ReactNode; label?: string; items: readonly MenuItem[]; align?: "start" | "end" } & Pick<
  ButtonProps,
  "look" | "size"
>) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    rows(root.current)[0]?.focus();
    const outside = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const close = () => {
    setOpen(false);
    root.current?.querySelector<HTMLElement>("[aria-haspopup]")?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    if (!open) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Tab") setOpen(false);
    else if (moveFocus(rows(root.current), event.key)) event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys bubble up from the buttons inside
    <div ref={root} className="relative" onKeyDown={onKey}>
      <Button
        {...button}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-label={label}
        onClick={() => setOpen(!open)}
      >
        {title}
        <Down size={12} />
      </Button>
      {open && (
        <div
          id={id}
          role="menu"
          aria-label={label ?? (typeof title === "string" ? title : undefined)}
          ref={intoView}
          className={classes(
            "absolute top-full z-20 mt-1 w-72 max-w-[calc(100vw-2rem)] rounded-md border border-edge bg-paper p-1 shadow-lg shadow-ink/10 dark:shadow-none",
            align === "end" ? "right-0" : "left-0",
          )}
        >
          {items.map((item) => (
            <Row key={item.id} item={item} close={close} />
          ))}
        </div>
      )}
    </div>
  );
}

const MARGIN = 8;

/** A list that would stand out of the window at one side is moved as far as it has to be. */
function intoView(list: HTMLElement | null): void {
  if (!list) return;
  const { left, right } = list.getBoundingClientRect();
  const by = Math.min(0, document.documentElement.clientWidth - MARGIN - right) || Math.max(0, MARGIN - left);
  if (by) list.style.translate = `${by}px`;
}

function Row({ item, close }: { item: MenuItem; close: () => void }) {
  const look =
    "block w-full rounded-sm px-2.5 py-1.5 text-left hover:bg-sunken focus-visible:bg-sunken -outline-offset-2";
  const content = (
    <>
      <span className="block text-sm text-ink">{item.title}</span>
      {item.hint && <span className="block text-xs text-ink-3">{item.hint}</span>}
    </>
  );
  if (item.href)
    return (
      <a role="menuitem" tabIndex={-1} href={item.href} download className={look} onClick={close}>
        {content}
      </a>
    );
  const chosen = () => {
    close();
    item.act?.();
  };
  return (
    <button type="button" role="menuitem" tabIndex={-1} className={look} onClick={chosen}>
      {content}
    </button>
  );
}

function rows(root: HTMLElement | null): HTMLElement[] {
  return root ? [...root.querySelectorAll<HTMLElement>('[role="menuitem"]')] : [];
}

function moveFocus(items: HTMLElement[], key: string): boolean {
  const at = items.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[key];
  if (to === undefined) return false;
  items[(to + items.length) % items.length]?.focus();
  return true;
}
