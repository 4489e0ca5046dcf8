import { logInUrl } from "@/api/server";
import { useMe } from "@/app/use-me";
import { buttonClasses } from "@/ui/button";

/** A way to the login, which leads back to where the reader is; nothing where one cannot log in. */
export function LogIn() {
  const me = useMe();
  if (!me?.login) return null;
  return (
    <a className={buttonClasses("primary")} href={logInUrl(location.pathname)}>
      Log in
    </a>
  );
}
