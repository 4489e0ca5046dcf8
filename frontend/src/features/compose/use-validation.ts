import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { validate } from "@/api/server";
import type { Validation } from "@/api/types";

const PAUSE_MS = 400;

/** What the server says of the code, asked when the typing pauses; undefined until it has said it of exactly this code. */
export function useValidation(code: string, wanted: boolean): Validation | undefined {
  const settled = useSettled(code);
  const { data } = useQuery({
    queryKey: ["validation", settled],
    queryFn: ({ signal }) => validate(settled, signal),
    enabled: wanted && settled === code && settled.trim() !== "",
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  });
  return settled === code ? data : undefined;
}

function useSettled(code: string): string {
  const [settled, settle] = useState(code);
  useEffect(() => {
    const timer = setTimeout(() => settle(code), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [code]);
  return settled;
}
