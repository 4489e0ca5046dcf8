import { createServer, request, type Server, type ServerResponse } from "node:http";
import { freePort } from "./world";

const EVERY_MS = 2;
const EVENTS_PATH = /^\/api\/jobs\/[^/]+\/events/;

/** Stands before a backend and hands everything on, but tells of each job that so many mutants are judged, one by one. */
export class Streaming {
  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async before(backend: string, events: number): Promise<Streaming> {
    const server = createServer((asked, answer) => {
      if (EVENTS_PATH.test(asked.url ?? "")) {
        tell(answer, events);
        return;
      }
      const { method, headers } = asked;
      const onward = request(new URL(asked.url ?? "/", backend), { method: method ?? "GET", headers }, (came) => {
        answer.writeHead(came.statusCode ?? 502, came.headers);
        came.pipe(answer);
      });
      onward.on("error", () => answer.destroy());
      asked.pipe(onward);
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return new Streaming(`http://127.0.0.1:${port}`, server);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function tell(answer: ServerResponse, events: number): void {
  answer.writeHead(200, { "Content-Type": "text/event-stream" });
  let seq = 0;
  const timer = setInterval(() => {
    seq += 1;
    const counts = { killed: seq, judged: seq, total: events, survivors: [] };
    const data = JSON.stringify({ seq, at: "", event: "judging", stage: "mutate", detail: "", ...counts });
    answer.write(`id: ${seq}\nevent: judging\ndata: ${data}\n\n`);
    if (seq === events) clearInterval(timer);
  }, EVERY_MS);
  answer.on("close", () => clearInterval(timer));
}
