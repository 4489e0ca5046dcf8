import type { Options } from "@/api/types";

/** What a share link carries. It is in the fragment of the address, which browsers never send to a server. */
export type Shared = { code: string; options: Options };

const KEY = "share=";
const MOST_BYTES = 1_000_000;

export async function shareFragment(shared: Shared): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(shared));
  const packed = await through(bytes, new CompressionStream("deflate-raw"));
  return `#${KEY}${toBase64Url(packed)}`;
}

/** What a fragment carries; null where it is no share link, or a broken one. */
export async function readFragment(fragment: string): Promise<Shared | null> {
  if (!fragment.startsWith(`#${KEY}`)) return null;
  try {
    const packed = fromBase64Url(fragment.slice(KEY.length + 1));
    const bytes = await through(packed, new DecompressionStream("deflate-raw"));
    return checked(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}

function checked(value: unknown): Shared | null {
  if (typeof value !== "object" || value === null || !("code" in value) || typeof value.code !== "string") return null;
  const options = "options" in value && typeof value.options === "object" ? (value.options as Options) : {};
  return { code: value.code, options: knownOptions(options ?? {}) };
}

/** Only options that the page itself offers, of the right kind: a link comes from anywhere. */
export function knownOptions(options: Options): Options {
  const known: Options = {};
  if (typeof options.budget_seconds === "number") known.budget_seconds = options.budget_seconds;
  if (typeof options.max_tests === "number") known.max_tests = options.max_tests;
  if (typeof options.seed === "number") known.seed = options.seed;
  if (typeof options.xfail_bugs === "boolean") known.xfail_bugs = options.xfail_bugs;
  if (typeof options.bless_bugs === "boolean") known.bless_bugs = options.bless_bugs;
  return known;
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  change: GenericTransformStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(change as ReadableWritablePair<Uint8Array, Uint8Array>);
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.length;
    if (size > MOST_BYTES) throw new Error("too large");
    chunks.push(next.value);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function toBase64Url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}
