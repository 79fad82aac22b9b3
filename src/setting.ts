/**
 * One setting: how it is written, what values it takes.
 *
 * @module
 */

/** How a setting is read from text and checked. `T` is the value's type. */
export interface Setting<T> {
  /** Name of the environment variable; the flag is made from it: `LIMBUS_MAX_NUM_SEQS`, `--max-num-seqs`. */
  readonly variable: string;
  /** What a value must be, for errors: "a whole number from 1". */
  readonly expected: string;
  /** Reads a value; undefined if the text is none. */
  read(text: string): T | undefined;
  /** Whether a value may be used. */
  check(value: T): boolean;
  /** Whether errors must not show what was found. */
  readonly secret?: boolean;
  /** Values that are planned and do not work yet. */
  readonly later?: readonly string[];
}

/** A whole number. */
export function wholeNumber(variable: string, min: number, max: number = Number.MAX_SAFE_INTEGER): Setting<number> {
  return {
    variable,
    expected: max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`,
    read: (text) => /^\d+$/.test(text) ? Number(text) : undefined,
    check: (value) => Number.isSafeInteger(value) && value >= min && value <= max,
  };
}

/** One of some words. */
export function oneOf<T extends string>(variable: string, words: readonly T[], later: string[] = []): Setting<T> {
  return {
    variable,
    expected: words.join(" or "),
    read: (text) => text as T,
    check: (value) => words.includes(value),
    later,
  };
}

/** A text that is not empty. */
export function text(variable: string, expected: string): Setting<string> {
  return {
    variable,
    expected,
    read: (value) => value,
    check: (value) => typeof value === "string" && value.trim() !== "",
  };
}

/** `1` or `0`. */
export function onOrOff(variable: string): Setting<boolean> {
  return {
    variable,
    expected: "1 or 0",
    read: (value) => value === "1" ? true : value === "0" ? false : undefined,
    check: (value) => typeof value === "boolean",
  };
}

/** Several texts with commas between them. */
export function list(variable: string, expected: string, fits: (entry: string) => boolean): Setting<readonly string[]> {
  return {
    variable,
    expected,
    read: (value) => value.split(",").map((entry) => entry.trim()),
    check: (value) => Array.isArray(value) && value.every((entry) => typeof entry === "string" && fits(entry)),
  };
}

/** A setting that may be left out and then has no value. */
export function optional<T>(setting: Setting<T>): Setting<T | undefined> {
  return { ...setting, check: (value) => value === undefined || setting.check(value) };
}
