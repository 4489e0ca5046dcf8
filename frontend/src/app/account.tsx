import { logOut } from "@/api/server";
import { useMe } from "@/app/use-me";
import { Button } from "@/ui/button";
import { plain } from "@/ui/plain-text";

/** Who is logged in, with a way out; nothing where nobody is. */
export function Account() {
  const me = useMe();
  if (!me?.login || !me.name) return null;
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
