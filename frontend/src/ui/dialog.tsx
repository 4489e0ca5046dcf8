import { type ReactNode, useEffect, useId, useRef } from "react";
import { Button } from "@/ui/button";
import { Cross } from "@/ui/icons";

/** A modal dialog, the browser's own: it keeps the focus inside, closes on Esc and gives the focus back. */
export function Dialog({
  title,
  open,
  close,
  children,
}: {
  title: string;
  open: boolean;
  close: () => void;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onClose={close}
      className="m-auto w-[34rem] max-w-[calc(100vw-2rem)] rounded-md border border-edge bg-paper p-0 text-ink shadow-xl shadow-ink/15 backdrop:bg-ink/30 dark:shadow-none dark:backdrop:bg-paper/70"
    >
      {open && (
        <>
          <header className="flex items-center justify-between border-b border-line py-2 pr-2 pl-5">
            <h2 id={id} className="text-base font-semibold">
              {title}
            </h2>
            <Button look="quiet" size="icon" aria-label="Close" onClick={close}>
              <Cross />
            </Button>
          </header>
          <div className="p-5">{children}</div>
        </>
      )}
    </dialog>
  );
}
