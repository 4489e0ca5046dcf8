import { parser } from "@lezer/python";
import { reasonOf } from "@/api/problem";
import type { Validation } from "@/api/types";

/** Something about the code that its author should know. Positions are offsets into the text, lines from 1. */
export type Complaint = {
  from: number;
  to: number;
  line: number;
  severity: "error" | "refused";
  message: string;
};

const PLACE = /^line (\d+)(?:, column (\d+))?: (.*)$/s;

/** What the grammar at hand takes for an error although Python does not: items of `with` in parentheses. */
const UNKNOWN = /\bwith\s*\(/;

/**
 * Where the code does not parse, found here without asking anybody. One place is enough: what follows a first error is
 * mostly its echo. It is a hint until the server has said what Python thinks.
 */
export function syntaxComplaints(code: string): Complaint[] {
  const complaints: Complaint[] = [];
  if (UNKNOWN.test(code)) return complaints;
  parser.parse(code).iterate({
    enter(node) {
      if (!node.type.isError || complaints.length) return;
      const from = Math.min(node.from, Math.max(0, code.trimEnd().length - 1));
      const to = Math.max(node.to, from + 1);
      complaints.push({
        from,
        to,
        line: lineOf(code, from),
        severity: "error",
        message: "This does not parse",
      });
    },
  });
  return complaints;
}

/** What the server says of exactly this code: Python's own message, or what its policy refuses. */
export function serverComplaints(code: string, said: Validation): Complaint[] {
  if (said.findings.length)
    return said.findings.map((finding) => ({
      ...place(code, finding.line, finding.column, finding.name.length),
      severity: "refused",
      message: reasonOf(finding),
    }));
  const error = said.error_message && PLACE.exec(said.error_message);
  if (!error) return [];
  const [, line, column, message = ""] = error;
  const wide = column === undefined ? code.length : 1;
  return [{ ...place(code, Number(line), Number(column ?? 1), wide), severity: "error", message }];
}

function place(code: string, line: number, column: number, length: number): Pick<Complaint, "from" | "to" | "line"> {
  const lines = code.split("\n");
  const at = Math.min(Math.max(line, 1), lines.length);
  const start = lines.slice(0, at - 1).reduce((sum, text) => sum + text.length + 1, 0);
  const end = start + (lines[at - 1]?.length ?? 0);
  const from = Math.min(start + Math.max(column - 1, 0), end);
  return { from, to: Math.min(from + Math.max(length, 1), Math.max(end, from)), line: at };
}

function lineOf(code: string, offset: number): number {
  return code.slice(0, offset).split("\n").length;
}
