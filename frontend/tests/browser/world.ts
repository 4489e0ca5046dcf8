import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PROGRAM = join(ROOT, ".venv/bin/aitestgen");
const PYTHON = join(ROOT, ".venv/bin/python");
const ISSUER = `
import signal, sys
from tests.interfaces.issuer import issuer
with issuer(sys.argv[1]) as told:
    print(told.url, flush=True)
    signal.sigwait({signal.SIGTERM})
`;

declare module "vitest" {
  interface ProvidedContext {
    url: string;
  }
}

/** A backend of its own, with a store of its own; it ends with what made it. */
export class Backend {
  readonly url: string;
  private readonly folder: string;
  private readonly settings: Record<string, string>;
  private program: ChildProcess | undefined;
  private issuer: ChildProcess | undefined;

  private constructor(port: number, settings: Record<string, string>) {
    this.url = `http://127.0.0.1:${port}`;
    this.folder = mkdtempSync(join(tmpdir(), "page-test-"));
    this.settings = settings;
  }

  static async started(settings: Record<string, string> = {}): Promise<Backend> {
    const backend = new Backend(await freePort(), settings);
    await backend.start();
    return backend;
  }

  /** One at which people may log in, with an issuer of its own that takes everybody for Ann. */
  static async withLogin(): Promise<Backend> {
    const port = await freePort();
    const back = `http://127.0.0.1:${port}/auth/callback`;
    const issuer = spawn(PYTHON, ["-c", ISSUER, back], { cwd: ROOT, stdio: ["ignore", "pipe", "ignore"] });
    const url = await new Promise<string>((resolve) => issuer.stdout.once("data", (line) => resolve(`${line}`.trim())));
    const backend = new Backend(port, {
      AITESTGEN_PUBLIC_URL: `http://127.0.0.1:${port}`,
      AITESTGEN_OIDC_ISSUER: url,
      AITESTGEN_OIDC_CLIENT_ID: "a-client",
      AITESTGEN_OIDC_CLIENT_SECRET: "the-secret-of-the-client",
      AITESTGEN_LOGIN_ALLOWED: "*",
    });
    backend.issuer = issuer;
    await backend.start();
    return backend;
  }

  async start(): Promise<void> {
    const env = { ...process.env, AITESTGEN_DATABASE_URL: `sqlite:///${this.folder}/jobs.db`, ...this.settings };
    const port = new URL(this.url).port;
    this.program = spawn(PROGRAM, ["serve", "--port", port], { env, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    this.program.stderr?.on("data", (text) => {
      said = (said + text).slice(-4000);
    });
    await until(
      () => this.answers(),
      () => `the backend does not answer:\n${said}`,
    );
  }

  private async answers(): Promise<boolean> {
    return fetch(`${this.url}/health/live`).then(
      (response) => response.ok,
      () => false,
    );
  }

  /** End it: asked politely, or like a power cut. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const program = this.program;
    if (!program || program.exitCode !== null) return;
    const ended = new Promise((resolve) => program.once("exit", resolve));
    program.kill(signal);
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    this.issuer?.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Wait for a fact, for no longer than a minute. */
export async function until(fact: () => Promise<boolean>, otherwise: () => string): Promise<void> {
  const last = Date.now() + 60_000;
  while (!(await fact())) {
    if (Date.now() > last) throw new Error(otherwise());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

export default async function world(project: TestProject): Promise<() => Promise<void>> {
  if (!existsSync(PROGRAM)) throw new Error("there is no .venv: make setup");
  if (!existsSync(join(ROOT, "src/aitestgen/page/index.html"))) throw new Error("the page is not built: make page");
  const backend = await Backend.started();
  project.provide("url", backend.url);
  return () => backend.remove();
}
