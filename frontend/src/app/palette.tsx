import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { classes } from "@/ui/classes";
import { goTo } from "@/ui/router";

type Command = { title: string; act: () => void };

const WAYS: readonly Command[] = [
  { title: "Go to the editor", act: () => goTo("/") },
  { title: "Go to the history", act: () => goTo("/history") },
  { title: "Go to the dashboard", act: () => goTo("/dashboard") },
];

/** Everything that can be done now, found by typing: the ways, and what on the screen bears `data-command`. */
export default function Palette({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const commands = useMemo(() => [...onScreen(), ...WAYS], []);
  const found = commands.filter((command) => fits(command.title, text));
  useEffect(() => dialog.current?.showModal(), []);

  const choose = (command: Command | undefined) => {
    if (!command) return;
    dialog.current?.close();
    command.act();
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) setAt((at + step + found.length) % found.length);
    else if (event.key === "Enter") choose(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <dialog
      ref={dialog}
      aria-label="Commands"
      onClose={close}
      className="mx-auto mt-[12vh] mb-auto w-[30rem] max-w-[calc(100vw-2rem)] rounded-md border border-edge bg-paper p-0 text-ink shadow-xl shadow-ink/15 backdrop:bg-ink/30 dark:shadow-none dark:backdrop:bg-paper/70"
    >
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found[at] ? `${id}-${at}` : undefined}
        aria-label="Search commands"
        placeholder="What do you want to do?"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
        className="h-12 w-full border-b border-line bg-transparent px-4 text-base -outline-offset-2 placeholder:text-ink-3"
      />
      <div id={`${id}-list`} role="listbox" aria-label="Commands" className="max-h-[50vh] overflow-y-auto p-1">
        {found.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are those of the text field, which names the active row
          // biome-ignore lint/a11y/useFocusableInteractive: as above: the focus stays in the text field
          <div
            key={command.title}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            onClick={() => choose(command)}
            onPointerMove={() => setAt(index)}
            className={classes("cursor-pointer rounded-sm px-3 py-2 text-sm", index === at && "bg-sunken")}
          >
            {command.title}
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <p role="status" className="px-4 pb-4 text-sm text-ink-2">
          Nothing is called that.
        </p>
      )}
    </dialog>
  );
}

/** Those of the view first, then those around it. */
function onScreen(): Command[] {
  const places = ["main", "header"].map((place) => `${place} [data-command]:not(:disabled)`);
  const items = places.flatMap((place) => [...document.querySelectorAll<HTMLElement>(place)]);
  return items.map((item) => ({ title: item.dataset.command ?? "", act: () => item.click() }));
}

/** Every word of the text begins, or is in, the title. */
function fits(title: string, text: string): boolean {
  const low = title.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => low.includes(word));
}
