import { MediaFetchError } from "../core/errors.ts";

/**
 * Decodes a base64 `data:` URL (RFC 2397) strictly: standard alphabet, padding as it must be, no white space. The size
 * is known from the length of the text, so nothing over the limit is decoded.
 *
 * @param url Begins with `data:`, in any case.
 * @param limits Largest number of decoded bytes, and the path of the item for errors.
 * @returns The bytes, at least one; the media type that the URL claims is not trusted and not returned.
 * @throws {MediaFetchError} Code `invalid_data_url` or `media_too_large`.
 */
export function decodeDataUrl(
  url: string,
  { maxBytes, param }: { maxBytes: number; param: string },
): Uint8Array<ArrayBuffer> {
  const invalid = (found: string) =>
    new MediaFetchError(`Expected a data URL of the form data:<type>;base64,<bytes>: found ${found}`, {
      param,
      code: "invalid_data_url",
    });
  const comma = url.indexOf(",");
  if (comma < 0) throw invalid("no comma");
  if (!url.slice(0, comma).toLowerCase().endsWith(";base64")) throw invalid("another encoding");
  const base64 = url.slice(comma + 1);
  if (base64.length === 0) throw invalid("no bytes");
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  const length = base64.length / 4 * 3 - padding;
  if (length > maxBytes) {
    throw new MediaFetchError(`Expected at most ${maxBytes} bytes: found more`, { param, code: "media_too_large" });
  }
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.fromBase64(base64, { lastChunkHandling: "strict" });
  } catch {
    throw invalid("text that is not base64");
  }
  if (bytes.length !== length) throw invalid("white space in the base64 text");
  return bytes;
}
