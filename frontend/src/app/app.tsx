import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { fetchConfig } from "@/api/server";
import { placeOf } from "@/app/place";
import { Shell } from "@/app/shell";
import { Shortcuts } from "@/app/shortcuts";
import { Workbench } from "@/app/workbench";
import { Link, usePath } from "@/ui/router";
import { isTyping } from "@/ui/typing";

const History = lazy(() => import("@/features/history/history"));
const Dashboard = lazy(() => import("@/features/dashboard/dashboard"));

export function App() {
  const path = usePath();
  const place = placeOf(path);
  const { data: config } = useQuery({
    queryKey: ["config"],
    queryFn: ({ signal }) => fetchConfig(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [help, setHelp] = useHelpKey();
  return (
    <Shell path={path} config={config} help={() => setHelp(true)}>
      <Suspense fallback={<p className="p-6 text-sm text-ink-3">Loading…</p>}>
        {place.view === "workbench" && <Workbench run={place.run} config={config} />}
        {place.view === "history" && <History config={config} />}
        {place.view === "dashboard" && <Dashboard />}
        {place.view === "nowhere" && <Nowhere />}
      </Suspense>
      <Shortcuts open={help} close={() => setHelp(false)} />
    </Shell>
  );
}

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

function useHelpKey() {
  const [help, setHelp] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "?" || isTyping(event.target)) return;
      event.preventDefault();
      setHelp(true);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return [help, setHelp] as const;
}
