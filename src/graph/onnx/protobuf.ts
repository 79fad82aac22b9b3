/**
 * Writing protocol buffer messages; https://protobuf.dev/programming-guides/encoding/.
 *
 * @module
 */

/** Appends fields to a message. */
export interface MessageWriter {
  /** Appends an integer field, negative ones in ten bytes of two's complement. */
  int(field: number, value: number | bigint): void;
  /** Appends a 32-bit float field. */
  float(field: number, value: number): void;
  /** Appends a string or bytes field. */
  bytes(field: number, value: string | Uint8Array): void;
  /** Appends a packed list of integers. */
  ints(field: number, values: readonly (number | bigint)[]): void;
}

function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

/**
 * Writes one message.
 *
 * @example
 * ```ts
 * import { message } from "./protobuf.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(message((m) => m.int(1, 150)), Uint8Array.of(0x08, 0x96, 0x01));
 * ```
 *
 * @param define Appends the fields.
 * @returns The bytes of the message, without a length in front.
 */
export function message(define: (m: MessageWriter) => void): Uint8Array {
  const parts: Uint8Array[] = [];
  const tag = (field: number, wire: number) => parts.push(Uint8Array.from(varint(field << 3 | wire)));
  const bytes = (field: number, value: string | Uint8Array) => {
    const content = typeof value === "string" ? new TextEncoder().encode(value) : value;
    tag(field, 2);
    parts.push(Uint8Array.from(varint(content.length)), content);
  };
  define({
    int(field, value) {
      tag(field, 0);
      parts.push(Uint8Array.from(varint(value)));
    },
    float(field, value) {
      const content = new Uint8Array(4);
      new DataView(content.buffer).setFloat32(0, value, true);
      tag(field, 5);
      parts.push(content);
    },
    bytes,
    ints(field, values) {
      bytes(field, Uint8Array.from(values.flatMap(varint)));
    },
  });
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
