import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import type { EditorView } from "@codemirror/view";
import type { Complaint } from "@/features/compose/complaints";

/** Underline what there is to complain about, in place of what was underlined before. */
export function underline(view: EditorView, complaints: readonly Complaint[]): void {
  view.dispatch(setDiagnostics(view.state, complaints.map(diagnostic)));
}

function diagnostic({ from, to, severity, message }: Complaint): Diagnostic {
  return { from, to, severity: severity === "error" ? "error" : "warning", message };
}
