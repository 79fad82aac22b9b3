/**
 * Writes a safetensors file by hand, right or wrong.
 *
 * @param header The header: an object, or text that is taken as it is.
 * @param data The bytes behind it; by default as many zeros as the largest offset asks for.
 */
export function safetensorsBytes(
  header: string | Record<string, unknown>,
  data?: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const ends = typeof header === "string"
    ? []
    : Object.values(header).flatMap((entry) => (entry as { data_offsets?: number[] })?.data_offsets ?? []);
  const body = data ?? new Uint8Array(Math.max(0, ...ends));
  const bytes = new Uint8Array(8 + text.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(body, 8 + text.length);
  return bytes;
}
