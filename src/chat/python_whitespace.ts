/**
 * White space as Python's strings see it. The renderer is JavaScript, whose `trim` also removes U+FEFF and leaves five
 * control characters that `str.strip` removes. Such characters are exchanged for others while a template runs.
 *
 * @module
 */
import { freePrivateUse } from "./markers.ts";

/** White space in Python and not in JavaScript: FS, GS, RS, US, NEL. */
const PYTHON_ONLY = ["\x1c", "\x1d", "\x1e", "\x1f", "\x85"];
/** White space in JavaScript and not in Python: the byte order mark. */
const JAVASCRIPT_ONLY = "\ufeff";
/** Rare characters that are white space in both. */
const STAND_INS = [..."\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u205f\u1680"];

function isPythonSpace(character: string): boolean {
  return PYTHON_ONLY.includes(character) || (character !== JAVASCRIPT_ONLY && character.trim() === "");
}

/**
 * Splits a text into what `str.strip` would remove before and after, and the rest.
 *
 * @returns `[lead, core, trail]`; all white space is `[text, "", ""]`.
 */
export function splitEdges(text: string): [lead: string, core: string, trail: string] {
  let start = 0;
  while (start < text.length && isPythonSpace(text[start])) start++;
  let end = text.length;
  while (end > start && isPythonSpace(text[end - 1])) end--;
  return [text.slice(0, start), text.slice(start, end), text.slice(end)];
}

/** An exchange of characters around a rendering. */
export interface Shield {
  /** Applied to texts before. */
  protect(text: string): string;
  /** Applied to the result. */
  restore(text: string): string;
}

/**
 * Makes a shield for some texts; it does nothing if they hold none of the characters in question. Characters for which no
 * stand-in is free are left alone.
 *
 * @param texts All texts of the conversation.
 * @param source The template, whose characters must not be mistaken for stand-ins.
 */
export function whitespaceShield(texts: readonly string[], source: string): Shield {
  const all = [...texts, source];
  const occurs = (character: string) => all.some((text) => text.includes(character));
  const free = STAND_INS.filter((character) => !occurs(character));
  const pairs = PYTHON_ONLY.filter(occurs).flatMap((character, index) =>
    free[index] === undefined ? [] : [[character, free[index]]]
  );
  // The last of the free ones, so that marks, which are the first, stay clear of it.
  const mark = occurs(JAVASCRIPT_ONLY) ? freePrivateUse(all, 4)?.[3] : undefined;
  if (mark !== undefined) pairs.push([JAVASCRIPT_ONLY, mark]);
  const exchange = (text: string, from: 0 | 1, to: 0 | 1) =>
    pairs.reduce((result, pair) => result.replaceAll(pair[from], pair[to]), text);
  return { protect: (text) => exchange(text, 0, 1), restore: (text) => exchange(text, 1, 0) };
}
