import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { fetchJob, removeJob, submit } from "@/api/jobs";
import { asProblem, type Problem } from "@/api/problem";
import type { Job, Options, Wanted } from "@/api/types";
import { remember } from "@/app/wanted";
import { useLive } from "@/features/progress/use-live";
import { goTo } from "@/ui/router";

export type Wish = { code: string; options: Options; wanted?: Wanted };

export const unfinished = (job: Job | undefined): boolean => job?.state === "queued" || job?.state === "running";

/** The run that the address names, what its events tell, and how to begin or end one. */
export function useRun(id: string | null) {
  const client = useQueryClient();
  const {
    data: job,
    error,
    refetch,
  } = useQuery({
    queryKey: ["job", id],
    queryFn: ({ signal }) => fetchJob(id ?? "", signal),
    enabled: id !== null,
  });
  const ended = useCallback(
    (which: string) => {
      client.invalidateQueries({ queryKey: ["job", which] });
      client.invalidateQueries({ queryKey: ["jobs"] });
    },
    [client],
  );
  const followed = useLive(unfinished(job) ? id : null, ended);
  const begun = useRef<string>(undefined);
  const begin = useMutation<Job, Problem, Wish>({
    mutationFn: ({ code, options, wanted }) => {
      const sent = { code, options, ...(wanted ? { tests: wanted.tests } : {}) };
      return submit(sent, crypto.randomUUID()).catch((reason: unknown) => Promise.reject(asProblem(reason)));
    },
    onSuccess: (made, { wanted }) => {
      begun.current = made.id;
      remember(made.id, wanted?.mutant);
      client.setQueryData(["job", made.id], made);
      goTo(`/runs/${made.id}`);
    },
  });
  const { reset, variables } = begin;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what went wrong elsewhere is not told of another run
  useEffect(reset, [id]);
  const cancel = useCallback(() => {
    if (!id) return;
    const look = () => client.invalidateQueries({ queryKey: ["job", id] });
    removeJob(id).then(look, look); // where it was not heard, the page tells of the lost connection
  }, [id, client]);
  const retry = () => {
    if (begin.error && variables) begin.mutate(variables);
    else refetch();
  };
  const trouble = begin.error ?? (error ? asProblem(error) : null);
  return { job, mine: job !== undefined && job.id === begun.current, trouble, ...followed, begin, retry, cancel };
}
