/**
 * Characters that would act instead of show: controls, terminal escapes, marks that turn the direction of text, and
 * blanks without width. Each stands for itself as a symbol or its code point; tabs and line ends stay.
 */
const ACTING =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

export function plain(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(ACTING, shown);
}

function shown(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `\u27e8U+${code.toString(16).toUpperCase().padStart(4, "0")}\u27e9`;
}

const WORD_FIRST = /^[a-z]+(?= )/;

/** Words of the server as a sentence: a capital where they begin with a word, and a full stop. */
export function asSentence(words: string): string {
  const begun = words.replace(WORD_FIRST, (word) => word.charAt(0).toUpperCase() + word.slice(1));
  return /[\p{L}\p{N})]$/u.test(begun) ? `${begun}.` : begun;
}
