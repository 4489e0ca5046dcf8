import { API_URL, call } from "@/api/client";
import type { Analytics, Config, Me, Validation } from "@/api/types";

export function fetchConfig(signal: AbortSignal): Promise<Config> {
  return call("GET", "/api/config", { signal });
}

export function fetchAnalytics(days: number, signal: AbortSignal): Promise<Analytics> {
  return call("GET", `/api/analytics?days=${days}`, { signal });
}

/** For whom the server takes the reader, and whether one can log in. */
export function fetchMe(signal: AbortSignal): Promise<Me> {
  return call("GET", "/api/me", { signal });
}

/** Where a login begins that leads back to `path`. */
export function logInUrl(path: string): string {
  return `${API_URL}/auth/login?next=${encodeURIComponent(path)}`;
}

export function logOut(): Promise<void> {
  return call("POST", "/auth/logout");
}

/** What the policy gate says of the code. Nothing is run. */
export function validate(code: string, signal: AbortSignal): Promise<Validation> {
  return call("POST", "/api/validate-code", { body: { code }, signal });
}
