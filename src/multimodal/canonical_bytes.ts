/**
 * Values as bytes, so that they can be hashed: equal values give equal bytes, different values different ones.
 *
 * Every value begins with a byte that says what it is, and whatever has no fixed length with its length; so no two values run
 * into each other, and `{"ab": "c"}`, `{"a": "bc"}`, `["a", "bc"]` and `{"a.b": ...}` are all apart.
 *
 * @module
 */

/** What {@linkcode canonicalBytes} takes: JSON, and what settings hold beside it. */
export type CanonicalValue =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CanonicalValue[]
  | { readonly [key: string]: CanonicalValue };

/** First byte of each kind of value. Never change one: hashes would change their meaning. */
const TAG = { null: 0, undefined: 1, false: 2, true: 3, number: 4, bigint: 5, string: 6, bytes: 7, list: 8, record: 9 };

/**
 * Writes a value as bytes. Keys of records are sorted; their order says nothing.
 *
 * @example
 * ```ts
 * import { canonicalBytes } from "./canonical_bytes.ts";
 * import { assertEquals, assertNotEquals } from "@std/assert";
 *
 * assertEquals(canonicalBytes({ a: 1, b: 2 }), canonicalBytes({ b: 2, a: 1 }));
 * assertNotEquals(canonicalBytes({ fps: [2, 4] }), canonicalBytes({ fps: { 0: 2, 1: 4 } }));
 * ```
 *
 * @throws {TypeError} If a value is none of these, such as a function.
 */
export function canonicalBytes(value: unknown): Uint8Array<ArrayBuffer> {
  const parts = canonicalParts(value);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * The same in parts, which put together are {@linkcode canonicalBytes}; arrays of bytes in the value are not copied.
 *
 * @throws {TypeError} If a value is none of these, such as a function.
 */
export function canonicalParts(value: unknown): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  write(value, parts);
  return parts;
}

function write(value: unknown, parts: Uint8Array[]): void {
  if (value === null) return void parts.push(Uint8Array.of(TAG.null));
  if (value instanceof Uint8Array) return void parts.push(header(TAG.bytes, value.length), value);
  switch (typeof value) {
    case "undefined":
      return void parts.push(Uint8Array.of(TAG.undefined));
    case "boolean":
      return void parts.push(Uint8Array.of(value ? TAG.true : TAG.false));
    case "number":
      return void parts.push(header(TAG.number, value));
    case "bigint":
      return writeText(TAG.bigint, String(value), parts);
    case "string":
      return writeText(TAG.string, value, parts);
    case "object":
      return writeContainer(value, parts);
  }
  throw new TypeError(`Expected settings as JSON: found a ${typeof value}`);
}

function writeContainer(value: object, parts: Uint8Array[]): void {
  if (Array.isArray(value)) {
    parts.push(header(TAG.list, value.length));
    for (const entry of value) write(entry, parts);
    return;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`Expected settings as JSON: found a ${value.constructor.name}`);
  }
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  parts.push(header(TAG.record, entries.length));
  for (const [key, entry] of entries) {
    writeText(TAG.string, key, parts);
    write(entry, parts);
  }
}

/** UTF-16 code units, because UTF-8 would make one text of all halves of surrogate pairs. */
function writeText(tag: number, text: string, parts: Uint8Array[]): void {
  const units = new Uint8Array(2 * text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    units[2 * i] = unit & 0xff;
    units[2 * i + 1] = unit >> 8;
  }
  parts.push(header(tag, text.length), units);
}

/** A tag and a number as float64, which holds every length. */
function header(tag: number, number: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = tag;
  new DataView(bytes.buffer).setFloat64(1, number, true);
  return bytes;
}
