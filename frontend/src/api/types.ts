import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Result = Schemas["GenerateAnswer"];
export type Finding = Schemas["Finding"];
export type Mutant = Schemas["Mutant"];
export type TestFigures = Schemas["TestFigures"];
export type Stage = Schemas["Stage"];
export type Validation = Schemas["ValidateAnswer"];
export type Job = Omit<Schemas["JobAnswer"], "options"> & { options: Options };
export type JobState = Schemas["JobState"];
export type JobError = Schemas["JobError"];
export type JobSummary = Schemas["JobLine"];
export type JobsPage = Schemas["JobsAnswer"];
export type Config = Schemas["ConfigAnswer"];
export type Analytics = Schemas["Analytics"];

/** Every option has a default on the server. */
export type Options = Partial<Schemas["OptionsBody"]>;
