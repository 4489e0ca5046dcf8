import type { Problem } from "@/api/problem";
import type { JobError } from "@/api/types";
import type { Trouble } from "@/app/trouble";

const PLAIN: Omit<Trouble, "title" | "detail"> = {
  next: "",
  retry: false,
  wait: 0,
  requestId: null,
  findings: [],
};
const COMMAND = "The command line judges it in the sandbox alone: aitestgen generate your_file.py";

/** An answer that is no success, said so that its reader knows what to do. */
export function troubleOf(problem: Problem): Trouble {
  const told = {
    ...PLAIN,
    detail: problem.message,
    requestId: problem.requestId,
    findings: problem.findings,
  };
  switch (problem.status) {
    case 0:
      return {
        ...told,
        title: "No connection to the server",
        next: "Your code is still here. Check that the server runs, then try again.",
        retry: true,
      };
    case 400:
      return {
        ...told,
        title: "This server refuses the code",
        next: `Nothing of it has run. Take out what is named, or hand it in as an argument. ${COMMAND}`,
        requestId: null,
      };
    case 401:
      return {
        ...told,
        title: "This server wants to know who you are",
        detail: "You have not logged in yet, or your session is over.",
        next: "Your code is still here. If you have an API key instead of a login, send the code to the API.",
        logIn: true,
      };
    case 403:
      return { ...told, title: "Your account may not do that", next: "Whoever runs this server can change it." };
    case 404:
      return {
        ...told,
        title: "There is no such run",
        detail: "It was deleted, its time was over, or it is somebody else's.",
        next: "The code in the editor is yours to run.",
      };
    case 422:
      return { ...told, title: "The code cannot be tested as it is", next: "", requestId: null };
    case 429:
    case 503:
      return {
        ...told,
        title: problem.status === 429 ? "The server is busy" : "The server is restarting",
        next: "Your code is still here.",
        retry: true,
        wait: problem.retryAfter ?? 0,
      };
    default:
      return failure(problem.kind, problem.message, problem.retryable, problem.requestId);
  }
}

/** Why a run that was taken ended without a result. */
export function failureOf(error: JobError): Trouble {
  return {
    ...failure(error.error_type, error.detail, error.retryable, null),
    findings: error.findings ?? [],
  };
}

function failure(kind: string, detail: string, retryable: boolean, requestId: string | null): Trouble {
  const told = { ...PLAIN, detail, retry: retryable, requestId };
  if (kind === "CodeInvalid" && detail.startsWith("no function or class"))
    return {
      ...told,
      title: "Nothing to test here",
      calm: true,
      next: "Tests are written for functions and classes. Put one in, or begin with an example (Examples, above the code).",
      retry: false,
    };
  if (kind === "CodeInvalid")
    return {
      ...told,
      title: "Nothing to test here",
      calm: true,
      next: "What helps: annotations or defaults for the parameters, a doctest with an example call, or more time to search (Options).",
      retry: true,
    };
  if (kind === "SecurityViolation") return { ...told, title: "This server refuses the code", next: COMMAND };
  if (kind === "SandboxError")
    return {
      ...told,
      title: "No sandbox is available",
      next: "Nothing was run. Whoever runs this server finds the cause with: aitestgen doctor",
    };
  if (kind === "LLMError")
    return {
      ...told,
      title: "The language model did not answer",
      next: "The embedded engine needs none: switch the model off in the options.",
    };
  return {
    ...told,
    title: "The run failed",
    next: "Please report it with the number of the request, if it happens again.",
  };
}
