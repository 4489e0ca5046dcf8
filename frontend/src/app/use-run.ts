import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
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
  const { data: job, error } = useQuery({
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
  const begin = useMutation<Job, Problem, Wish>({
    mutationFn: ({ code, options, wanted }) => {
      const sent = { code, options, ...(wanted ? { tests: wanted.tests } : {}) };
      return submit(sent, crypto.randomUUID()).catch((reason: unknown) => Promise.reject(asProblem(reason)));
    },
    onSuccess: (made, { wanted }) => {
      remember(made.id, wanted?.mutant);
      client.setQueryData(["job", made.id], made);
      goTo(`/runs/${made.id}`);
    },
  });
  const cancel = useCallback(() => {
    if (id) removeJob(id).then(() => client.invalidateQueries({ queryKey: ["job", id] }));
  }, [id, client]);
  return { job, trouble: begin.error ?? (error ? asProblem(error) : null), ...followed, begin, cancel };
}
