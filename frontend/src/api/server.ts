import { call } from "@/api/client";
import type { Analytics, Config, Validation } from "@/api/types";

export function fetchConfig(signal: AbortSignal): Promise<Config> {
  return call("GET", "/api/config", { signal });
}

export function fetchAnalytics(days: number, signal: AbortSignal): Promise<Analytics> {
  return call("GET", `/api/analytics?days=${days}`, { signal });
}

/** What the policy gate says of the code. Nothing is run. */
export function validate(code: string, signal: AbortSignal): Promise<Validation> {
  return call("POST", "/api/validate-code", { body: { code }, signal });
}
