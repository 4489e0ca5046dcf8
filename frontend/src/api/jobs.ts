import { API_URL, call } from "@/api/client";
import type { Job, JobsPage, Options } from "@/api/types";

export type Format = "pytest" | "json" | "junit" | "lcov" | "cobertura" | "html" | "sarif";

export type Sent = { code: string; options: Options; tests?: string };

/**
 * Submit code, with the tests that it has, where it has some: what they miss is added to them. The key makes trying
 * again after a lost answer safe: the server then tells of the same job.
 */
export function submit(sent: Sent, key: string): Promise<Job> {
  return call("POST", "/api/jobs", { body: sent, headers: { "Idempotency-Key": key } });
}

export function fetchJob(id: string, signal: AbortSignal): Promise<Job> {
  return call("GET", `/api/jobs/${encodeURIComponent(id)}`, { signal });
}

/** Cancel what is not done yet, keeping what was verified; delete what is. */
export function removeJob(id: string): Promise<Job | undefined> {
  return call("DELETE", `/api/jobs/${encodeURIComponent(id)}`);
}

export function fetchJobs(
  { q, state, cursor }: { q: string; state: string; cursor: string },
  signal: AbortSignal,
): Promise<JobsPage> {
  const query = new URLSearchParams({ limit: "20" });
  if (q) query.set("q", q);
  if (state) query.set("state", state);
  if (cursor) query.set("cursor", cursor);
  return call("GET", `/api/jobs?${query}`, { signal });
}

export function exportUrl(id: string, format: Format): string {
  return `${API_URL}/api/jobs/${encodeURIComponent(id)}/export?format=${format}`;
}
