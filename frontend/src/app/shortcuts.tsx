import { Dialog } from "@/ui/dialog";

const KEYS: readonly (readonly [string, string])[] = [
  ["Ctrl or ⌘ + Enter", "Generate tests"],
  ["Esc", "Cancel the run; what is verified stays"],
  ["Alt + 1 … 5", "Tests, coverage, survivors, suspected bugs, log"],
  ["j / k", "Next, previous entry of the report"],
  ["c", "Copy the suite"],
  ["e", "Into the editor"],
  ["Tab", "Leaves the editor; Ctrl + M makes it indent"],
  ["Ctrl or ⌘ + K", "Every command, found by typing"],
  ["?", "This list"],
];

/** The list of keys. */
export default function Shortcuts({ close }: { close: () => void }) {
  return (
    <Dialog title="Keyboard" open close={close}>
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-5 gap-y-2.5 text-sm">
        {KEYS.map(([keys, what]) => (
          <div key={keys} className="contents">
            <dt>
              <kbd className="rounded-sm border border-edge bg-panel px-1.5 py-0.5 font-mono text-xs">{keys}</kbd>
            </dt>
            <dd className="text-ink-2">{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
