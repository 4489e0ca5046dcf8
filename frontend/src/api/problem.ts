import type { ReactNode } from "react";
import type { components } from "@/api/schema";

export type PolicyFinding = components["schemas"]["PolicyFinding"];

/** Why something is refused, with its name. */
export function reasonOf({ name, message }: Pick<PolicyFinding, "name" | "message">): string {
  return message.includes(name) ? message : `${name}: ${message}`;
}

/** An answer that is no success, in the words of the server; or none at all (`status` 0). */
export class Problem extends Error {
  override name = "Problem";
  readonly status: number;
  readonly kind: string;
  readonly retryable: boolean;
  readonly findings: readonly PolicyFinding[];
  readonly line: number | null;
  readonly column: number | null;
  readonly retryAfter: number | null;
  readonly requestId: string | null;

  constructor(status: number, detail: string, body: Record<string, unknown> = {}, headers?: Headers) {
    super(detail);
    this.status = status;
    this.kind = typeof body.error_type === "string" ? body.error_type : "Unknown";
    this.retryable = body.retryable === true || status === 0;
    this.findings = Array.isArray(body.findings) ? (body.findings as PolicyFinding[]) : [];
    this.line = typeof body.line === "number" ? body.line : null;
    this.column = typeof body.column === "number" ? body.column : null;
    this.retryAfter = Number(headers?.get("Retry-After")) || null;
    this.requestId = headers?.get("X-Request-ID") ?? null;
  }
}

/** Draws what went wrong, with a way to try again. */
export type Failed = (error: unknown, retry: () => void) => ReactNode;

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, error instanceof Error ? error.message : String(error));
}
