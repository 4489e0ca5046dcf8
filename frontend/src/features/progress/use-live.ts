import { useEffect, useState } from "react";
import { follow } from "@/api/events";
import { type Live, NOTHING_YET, told } from "@/features/progress/live";

/** A job's events as they come, from its beginning; `ended` is called once, at its end. */
export function useLive(id: string | null, ended: (id: string) => void): { live: Live; connected: boolean } {
  const [live, setLive] = useState(NOTHING_YET);
  const [connected, setConnected] = useState(true);
  useEffect(() => {
    setLive(NOTHING_YET);
    setConnected(true);
    if (!id) return;
    return follow(id, 0, {
      connected: setConnected,
      events: (batch) => {
        setLive((before) => told(before, batch));
        if (batch.some((event) => event.kind === "end")) ended(id);
      },
    });
  }, [id, ended]);
  return { live, connected };
}
