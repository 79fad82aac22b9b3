import { InvalidRequestError } from "../src/core/errors.ts";

/** Deepest nesting of a request's JSON; a chat request needs five levels. */
export const MAX_JSON_DEPTH = 32;
/** Most values in a request's JSON; token-id prompts are the largest honest use. */
export const MAX_JSON_VALUES = 1_000_000;

const QUOTE = 0x22, COMMA = 0x2c, OPEN_BRACKET = 0x5b, BACKSLASH = 0x5c, CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d;

/**
 * Refuses JSON text that would take far more memory parsed than written: nesting and number of values are counted
 * before the parser runs. Strings are skipped with `indexOf`, so pictures in base64 cost next to nothing.
 *
 * @param text JSON, not yet known to be valid.
 * @throws {InvalidRequestError} Code `json_too_complex`.
 */
export function checkJsonShape(text: string): void {
  let depth = 0;
  let values = 1;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) {
      i = endOfString(text, i);
      if (i < 0) return; // The parser will say so.
    } else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      depth++;
      values++;
    } else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) depth--;
    else if (c === COMMA) values++;
    if (depth > MAX_JSON_DEPTH) refuse(`at most ${MAX_JSON_DEPTH} levels of nesting`);
    if (values > MAX_JSON_VALUES) refuse(`at most ${MAX_JSON_VALUES} values`);
  }
}

/** Index of the quote that closes the string opened at `start`, or -1. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
}

function refuse(expected: string): never {
  throw new InvalidRequestError(`Expected JSON with ${expected}: found more`, { code: "json_too_complex" });
}
