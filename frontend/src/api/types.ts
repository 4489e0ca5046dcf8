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
export type Me = Schemas["MeAnswer"];
export type Config = Schemas["ConfigAnswer"];
export type Analytics = Schemas["Analytics"];

/** A mutant that a test is wanted for, and the suite that it goes into. */
export type Wanted = { mutant: Mutant; tests: string };

/** Every option has a default on the server. */
export type Options = Partial<Schemas["OptionsBody"]>;
