import { logInUrl } from "@/api/server";
import { type ButtonProps, buttonClasses } from "@/ui/button";

/** A way to the login, which leads back to where the reader is. */
export function LogIn({ look, size }: Pick<ButtonProps, "look" | "size">) {
  return (
    <a className={buttonClasses(look, size)} href={logInUrl(location.pathname)}>
      Log in
    </a>
  );
}
