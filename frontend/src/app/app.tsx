import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { asProblem, type Failed } from "@/api/problem";
import { fetchConfig } from "@/api/server";
import { Boundary } from "@/app/boundary";
import { placeOf } from "@/app/place";
import { Shell } from "@/app/shell";
import { TroubleView } from "@/app/trouble";
import { troubleOf } from "@/app/troubles";
import { Workbench } from "@/app/workbench";
import { Link, usePath } from "@/ui/router";
import { isMac, isTyping } from "@/ui/typing";

const History = lazy(() => import("@/features/history/history"));
const Compare = lazy(() => import("@/features/compare/compare"));
const Shortcuts = lazy(() => import("@/app/shortcuts"));
const Palette = lazy(() => import("@/app/palette"));
const Dashboard = lazy(() => import("@/features/dashboard/dashboard"));

export function App() {
  const path = usePath();
  const place = placeOf(path);
  const { data: config } = useQuery({
    queryKey: ["config"],
    queryFn: ({ signal }) => fetchConfig(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [asked, ask] = useAskingKeys();
  const close = () => ask(null);
  return (
    <Shell path={path} config={config} help={() => ask("help")} commands={() => ask("commands")}>
      <Boundary key={place.view}>
        <Suspense fallback={<p className="p-6 text-sm text-ink-3">Loading…</p>}>
          {place.view === "workbench" && <Workbench run={place.run} config={config} />}
          {place.view === "history" && <History config={config} failed={failed} />}
          {place.view === "dashboard" && <Dashboard failed={failed} />}
          {place.view === "compare" && <Compare ids={place.runs} failed={failed} />}
          {place.view === "nowhere" && <Nowhere />}
        </Suspense>
      </Boundary>
      <Boundary key={`asked ${asked}`} otherwise={null}>
        <Suspense>
          {asked === "help" && <Shortcuts close={close} />}
          {asked === "commands" && <Palette close={close} />}
        </Suspense>
      </Boundary>
    </Shell>
  );
}

/** What a view shows in place of what could not be fetched. */
const failed: Failed = (error, retry) => (
  <div className="-mx-4 sm:-mx-6">
    <TroubleView heading="h2" trouble={troubleOf(asProblem(error))} retry={retry} goTo={() => undefined} />
  </div>
);

function Nowhere() {
  return (
    <section className="px-4 py-10 sm:px-6">
      <h1 className="text-xl font-semibold">There is no such page</h1>
      <p className="mt-1 text-sm text-ink-2">
        Go to the{" "}
        <Link href="/" className="underline underline-offset-3">
          editor
        </Link>{" "}
        or the{" "}
        <Link href="/history" className="underline underline-offset-3">
          history
        </Link>
        .
      </p>
    </section>
  );
}

type Asked = "help" | "commands" | null;

/** What was asked for by a key: `?` lists the keys where nobody types, Ctrl or ⌘ + K the commands everywhere. */
function useAskingKeys() {
  const [asked, ask] = useState<Asked>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const wanted = askedBy(event);
      if (!wanted || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      ask(wanted);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return [asked, ask] as const;
}

function askedBy(event: KeyboardEvent): Asked {
  const held = isMac ? event.metaKey : event.ctrlKey;
  if (held && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") return "commands";
  return event.key === "?" && !isTyping(event.target) ? "help" : null;
}
