import type { MiddlewareHandler } from "hono";
import { HttpError } from "./errors.ts";

/** Paths that need no key: whether the server lives, and the page, which asks for the key itself. */
export const OPEN_PATHS: ReadonlySet<string> = new Set(["/", "/health"]);

/**
 * Asks for `Authorization: Bearer <key>` on every path but {@linkcode OPEN_PATHS}, known or not.
 *
 * Keys are compared as SHA-256 digests, all of them and to the last byte, so that the time says nothing about them. The
 * digest becomes the request's `tenant`.
 *
 * @param apiKeys At least one.
 * @throws {HttpError} 401.
 */
export function bearerAuth(apiKeys: readonly string[]): MiddlewareHandler {
  const known = Promise.all(apiKeys.map(digest));
  return async function bearerAuth(c, next) {
    if (!OPEN_PATHS.has(c.req.path)) {
      const [, token] = c.req.header("authorization")?.match(/^Bearer +(\S+) *$/i) ?? [];
      if (token === undefined) refuse("Expected a key in the Authorization header, as Bearer: found none");
      const given = await digest(token);
      const matches = (await known).map((key) => differenceOf(key, given) === 0);
      if (!matches.includes(true)) refuse("Expected a valid API key: found another");
      c.set("tenant", given.toHex());
    }
    await next();
  };
}

async function digest(key: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));
}

function differenceOf(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((difference, byte, at) => difference | (byte ^ b[at]), 0);
}

function refuse(message: string): never {
  throw new HttpError(401, "invalid_api_key", message, { headers: { "www-authenticate": "Bearer" } });
}
