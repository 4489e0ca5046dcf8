import type { Complaint } from "@/features/compose/complaints";
import { classes } from "@/ui/classes";
import { Cross, Warn } from "@/ui/icons";
import { plain } from "@/ui/plain-text";

const MOST_SHOWN = 6;

/** What is wrong with the code, as a list; each entry leads to its line. */
export function Problems({ complaints, goTo }: { complaints: readonly Complaint[]; goTo: (line: number) => void }) {
  if (!complaints.length) return null;
  const refused = complaints[0]?.severity === "refused";
  return (
    <section
      aria-label="Problems in the code"
      className={classes(
        "border-t px-4 py-2.5",
        refused ? "border-part-line bg-part-soft" : "border-miss-line bg-miss-soft",
      )}
    >
      {refused && (
        <p className="mb-1 text-sm text-ink">
          <span className="font-semibold">This server will refuse the code.</span>{" "}
          {complaints.length > 1 && `${complaints.length} places are named. `}Nothing of it has run.
        </p>
      )}
      <ul className="space-y-0.5 overflow-y-auto wide:max-h-36">
        {complaints.slice(0, MOST_SHOWN).map((complaint) => (
          <li key={`${complaint.from} ${complaint.message}`} className="flex items-start gap-2 text-sm">
            <span className={classes("mt-0.5", refused ? "text-part" : "text-miss")}>
              {refused ? <Warn size={15} /> : <Cross size={15} />}
            </span>
            <button type="button" onClick={() => goTo(complaint.line)} className="group min-h-6 text-left">
              <span className="figure font-semibold underline decoration-edge underline-offset-3 group-hover:decoration-ink">
                Line {complaint.line}
              </span>
              <span className="ml-2">{plain(complaint.message)}</span>
            </button>
          </li>
        ))}
      </ul>
      {complaints.length > MOST_SHOWN && (
        <p className="mt-1 text-xs text-ink-2">and {complaints.length - MOST_SHOWN} more</p>
      )}
    </section>
  );
}
