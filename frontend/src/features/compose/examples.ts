import account from "./examples/account.py?raw";
import duration from "./examples/duration.py?raw";
import median from "./examples/median.py?raw";
import retry from "./examples/retry.py?raw";
import shipping from "./examples/shipping.py?raw";
import slug from "./examples/slug.py?raw";

export type Example = { id: string; title: string; hint: string; code: string };

export const EXAMPLES: readonly Example[] = [
  {
    id: "slug",
    title: "A pure function",
    hint: "Text in, text out, with an example in its docstring",
    code: slug,
  },
  { id: "shipping", title: "Many branches", hint: "A tariff with boundaries on every line", code: shipping },
  {
    id: "account",
    title: "A class with state",
    hint: "What a call answers depends on the calls before",
    code: account,
  },
  { id: "retry", title: "Async code", hint: "Coroutines, awaited in the tests", code: retry },
  {
    id: "duration",
    title: "A parser",
    hint: "A regular expression that wants the right words",
    code: duration,
  },
  { id: "median", title: "A hidden bug", hint: "One promise of the docstring is broken", code: median },
];

export const FIRST_CODE = shipping;
