import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Result = Schemas["GenerateAnswer"];
export type Finding = Schemas["Finding"];
export type Mutant = Schemas["Mutant"];
export type TestFigures = Schemas["TestFigures"];
export type Stage = Schemas["Stage"];
/** Every option has a default on the server. */
export type Options = Partial<Schemas["OptionsBody"]>;
export type Validation = Schemas["ValidateAnswer"];

export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

export type JobError = {
  detail: string;
  error_type: string;
  retryable: boolean;
  findings?: Schemas["PolicyFinding"][] | null;
};

export type JobSummary = {
  id: string;
  kind: "snippet" | "files";
  state: JobState;
  title: string;
  created: string;
  started: string | null;
  finished: string | null;
  position: number | null;
  attempt: number;
  seconds: number | null;
  status: string | null;
  tests: number | null;
  passed: number | null;
  line_coverage: number | null;
  branch_coverage: number | null;
  mutation_score: number | null;
  suspected_bugs: number | null;
};

export type Job = Omit<
  JobSummary,
  "status" | "tests" | "passed" | "line_coverage" | "branch_coverage" | "mutation_score" | "suspected_bugs"
> & {
  code: string | null;
  options: Options | null;
  result: Result | null;
  error: JobError | null;
};

export type Config = {
  max_code_length: number;
  max_budget_seconds: number;
  budget_seconds: number;
  llm: { available: boolean; name: string | null };
  retention_days: number | null;
  keep_code: boolean;
  isolation: { backend: string; tier: string; layers: string[] };
  version: string;
};

export type Analytics = {
  days: {
    day: string;
    runs: number;
    passed: number;
    line_coverage: number | null;
    branch_coverage: number | null;
    mutation_score: number | null;
  }[];
  stages: { name: string; p50: number; p90: number; p99: number }[];
  verdicts: Record<string, number>;
  spend: { calls: number; input_tokens: number; output_tokens: number; usd: number };
  totals: { runs: number; passed: number };
};
