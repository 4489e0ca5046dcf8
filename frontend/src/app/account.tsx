import { useQuery } from "@tanstack/react-query";
import { fetchMe, logOut } from "@/api/server";
import { LogIn } from "@/app/log-in";
import { Button } from "@/ui/button";
import { plain } from "@/ui/plain-text";

/** Who is logged in, with a way out; a way in where one can log in; nothing where there are no accounts. */
export function Account() {
  const { data: me } = useQuery({
    queryKey: ["me"],
    queryFn: ({ signal }) => fetchMe(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!me?.login) return null;
  if (!me.name) return <LogIn size="sm" />;
  return (
    <div className="flex items-center gap-2">
      <span className="max-w-40 truncate text-xs text-ink-2 max-md:sr-only" title={plain(me.name)}>
        {plain(me.name)}
      </span>
      <Button size="sm" data-command="Log out" onClick={leave}>
        Log out
      </Button>
    </div>
  );
}

/** Nothing of the session stays in the page: it is loaded anew. */
function leave(): void {
  logOut().finally(() => location.assign("/"));
}
