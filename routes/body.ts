import { concat } from "@std/bytes/concat";
import { InvalidRequestError } from "../src/core/errors.ts";
import { HttpError } from "./errors.ts";
import { checkJsonShape } from "./json_shape.ts";

/** How large and how slow a request body may be. */
export interface BodyLimits {
  /** Bytes. */
  readonly maxBodyBytes: number;
  /** Milliseconds from the first read to the last byte. */
  readonly bodyTimeoutMs: number;
}

/**
 * Reads a request's body as JSON.
 *
 * @param request Not read yet.
 * @returns The parsed value; nothing is known about it.
 * @throws {HttpError} 415 for another content type, 413 above the limit, 408 past the deadline.
 * @throws {InvalidRequestError} Not UTF-8, not JSON, or nested too deeply.
 */
export async function readJson(request: Request, limits: BodyLimits): Promise<unknown> {
  const contentType = request.headers.get("content-type")?.split(";")[0].trim().toLowerCase();
  if (contentType !== "application/json" && !contentType?.endsWith("+json")) {
    throw new HttpError(415, "unsupported_media_type", "Expected content type application/json: found another or none");
  }
  const text = decodeUtf8(await readBytes(request, limits));
  checkJsonShape(text);
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidRequestError("Expected a body of valid JSON: found something else", { code: "invalid_json" });
  }
}

/**
 * Reads a request's body while it counts, so that no more than the limit is ever held.
 *
 * @throws {HttpError} 413 above the limit, 408 past the deadline.
 */
async function readBytes(request: Request, { maxBodyBytes, bodyTimeoutMs }: BodyLimits): Promise<Uint8Array> {
  const tooLarge = () =>
    new HttpError(413, "body_too_large", `Expected a body of at most ${maxBodyBytes} bytes: found a larger one`);
  if (Number(request.headers.get("content-length") ?? 0) > maxBodyBytes) throw tooLarge();
  if (request.body === null) return new Uint8Array(0);

  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    deadline.reject(
      new HttpError(408, "body_timeout", `Expected the body within ${bodyTimeoutMs} ms: found it unfinished`),
    );
  }, bodyTimeoutMs);
  try {
    while (true) {
      const { done, value } = await Promise.race([reader.read(), deadline.promise]);
      if (done) return concat(chunks);
      length += value.byteLength;
      if (length > maxBodyBytes) throw tooLarge();
      chunks.push(value);
    }
  } catch (error) {
    reader.cancel(error).catch(() => {}); // The connection may be gone already.
    if (error instanceof HttpError) throw error;
    throw new HttpError(400, "body_incomplete", "Expected a whole body: found it cut off", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidRequestError("Expected a body in UTF-8: found other bytes", { code: "invalid_utf8" });
  }
}
