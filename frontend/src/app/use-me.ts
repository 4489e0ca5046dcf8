import { useQuery } from "@tanstack/react-query";
import { fetchMe } from "@/api/server";
import type { Me } from "@/api/types";

/** For whom the server takes the reader; undefined until it has said so. */
export function useMe(): Me | undefined {
  return useQuery({
    queryKey: ["me"],
    queryFn: ({ signal }) => fetchMe(signal),
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
}
