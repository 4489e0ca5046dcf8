import { Problem } from "@/api/problem";

/** Where the API is: empty where the page came from there too. */
export const API_URL = (import.meta.env.VITE_API_URL ?? "").replace(/\/+$/, "");

type Sent = { body?: unknown; signal?: AbortSignal; headers?: Record<string, string> };

/** The JSON of a successful answer; undefined where it has none. Rejects with Problem for every other outcome. */
export async function call<T>(method: "GET" | "POST" | "DELETE", path: string, sent: Sent = {}): Promise<T> {
  const response = await reach(method, path, sent);
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body as T;
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const detail =
    typeof fields.detail === "string" ? fields.detail : `The server answered with status ${response.status}`;
  throw new Problem(response.status, detail, fields, response.headers);
}

async function reach(method: string, path: string, { body, signal, headers }: Sent): Promise<Response> {
  const init: RequestInit = { method, credentials: "same-origin", headers: { ...headers } };
  if (signal) init.signal = signal;
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...headers, "Content-Type": "application/json" };
  }
  try {
    return await fetch(API_URL + path, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, "The server cannot be reached.");
  }
}
