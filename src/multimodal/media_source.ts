import { concat } from "@std/bytes/concat";
import { MediaFetchError } from "../core/errors.ts";
import type { FileSource } from "../core/message.ts";
import { decodeDataUrl } from "./data_url.ts";
import { isListedHost, isPublicAddress } from "./media_address.ts";
import { type ConnectMedia, connectTo, type MediaAnswer, type ResolveHost, resolveHost } from "./media_connection.ts";

/** Limits of one fetch, and what it works with. */
export interface FetchMediaOptions {
  /** Largest number of bytes. */
  readonly maxBytes: number;
  /** Longest time for the whole fetch, redirects and body included, milliseconds. */
  readonly timeoutMs: number;
  /**
   * Hosts that may be asked, as `host` or `host:port`; a host on the list may also be private. Default: every public
   * host. `none`: no host at all.
   */
  readonly allowedHosts?: readonly string[] | "none";
  /** Path of the item in the request, for errors. */
  readonly param: string;
  /** Ends the fetch at once; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Replaces the system's resolver. */
  readonly resolve?: ResolveHost;
  /** Replaces the system's network. */
  readonly connect?: ConnectMedia;
}

/** Redirects followed. */
const MAX_REDIRECTS = 3;
const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];

/**
 * Gets the bytes of a media item.
 *
 * A URL never leads to a private address unless its host is on the list: the name is resolved once, every address that
 * it has is checked, and the connection goes to those addresses and no other; each redirect goes the same way.
 *
 * @example
 * ```ts
 * import { fetchMedia } from "./media_source.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const source = { kind: "url", url: "data:text/plain;base64,aGk=" } as const;
 * const bytes = await fetchMedia(source, { maxBytes: 100, timeoutMs: 1000, param: "messages[0].content[0].image_url" });
 * assertEquals(new TextDecoder().decode(bytes), "hi");
 * ```
 *
 * @throws {MediaFetchError} Code `unsupported_url_scheme`, `invalid_data_url`, `media_too_large`,
 *   `media_host_not_allowed`, `media_fetch_timeout` or `media_fetch_failed`.
 */
export function fetchMedia(source: FileSource, options: FetchMediaOptions): Promise<Uint8Array> {
  if (source.kind === "url") return fetchUrl(source.url, options);
  if (source.bytes.byteLength > options.maxBytes) return Promise.reject(tooLarge(options));
  return Promise.resolve(source.bytes);
}

async function fetchUrl(url: string, options: FetchMediaOptions): Promise<Uint8Array> {
  // Not parsed as a URL: that would copy megabytes of base64.
  if (/^data:/i.test(url)) return decodeDataUrl(url, options);
  const timeout = new AbortController();
  const signal = AbortSignal.any([timeout.signal, ...(options.signal ? [options.signal] : [])]);
  const timer = setTimeout(() => timeout.abort(), options.timeoutMs);
  try {
    signal.throwIfAborted();
    return await readBody(
      await followRedirects(checkScheme(url, undefined, options), options, signal),
      options,
      signal,
    );
  } catch (error) {
    options.signal?.throwIfAborted();
    if (timeout.signal.aborted) {
      const message = `Expected the media within ${options.timeoutMs} ms: found it unfinished`;
      throw refusal("media_fetch_timeout", message, options);
    }
    if (error instanceof MediaFetchError) throw error;
    const message = "Expected an answer from the media's host: found the connection failing";
    throw refusal("media_fetch_failed", message, options, error);
  } finally {
    clearTimeout(timer);
  }
}

/** Parses a URL, possibly relative to `base`, and lets only http and https through. */
function checkScheme(url: string, base: URL | undefined, options: FetchMediaOptions): URL {
  const parsed = URL.parse(url, base);
  if (parsed?.protocol === "http:" || parsed?.protocol === "https:") return parsed;
  const found = parsed === null ? "text that is no URL" : "another scheme";
  throw refusal("unsupported_url_scheme", `Expected a URL of scheme http, https or data: found ${found}`, options);
}

async function followRedirects(first: URL, options: FetchMediaOptions, signal: AbortSignal): Promise<MediaAnswer> {
  const connect = options.connect ?? connectTo();
  let url = first;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const addresses = await checkedAddresses(url, options, signal);
    const answer = await connect(url, addresses, signal);
    const location = answer.header("location");
    if (!REDIRECT_STATUSES.includes(answer.status) || location === undefined) return answer;
    answer.close();
    url = checkScheme(location, url, options);
  }
  throw refusal("media_fetch_failed", `Expected at most ${MAX_REDIRECTS} redirects: found more`, options);
}

/** The addresses of a URL's host, all of them fit to be connected to. */
async function checkedAddresses(url: URL, options: FetchMediaOptions, signal: AbortSignal): Promise<readonly string[]> {
  const { allowedHosts, resolve = resolveHost } = options;
  const refuse = (message: string) => refusal("media_host_not_allowed", message, options);
  if (url.username !== "" || url.password !== "") throw refuse("Expected a URL without a user name: found one");
  if (allowedHosts === "none") {
    throw refuse("Expected media as a data URL: found one to be fetched, which is turned off");
  }
  const listed = allowedHosts !== undefined && isListedHost(url, allowedHosts);
  if (allowedHosts !== undefined && !listed) throw refuse("Expected a media host on the server's list: found another");

  const literal = /^\[(.+)\]$/.exec(url.hostname)?.[1] ?? /^[\d.]+$/.exec(url.hostname)?.[0];
  const addresses = literal === undefined ? await orAbort(resolve(url.hostname), signal) : [literal];
  if (addresses.length === 0) {
    throw refusal("media_fetch_failed", "Expected a media host that has an address: found none", options);
  }
  if (!listed && !addresses.every(isPublicAddress)) {
    throw refuse("Expected a media host on the public internet: found a private address");
  }
  return addresses;
}

/** Reads a body while it counts. */
async function readBody(answer: MediaAnswer, options: FetchMediaOptions, signal: AbortSignal): Promise<Uint8Array> {
  try {
    if (answer.status !== 200) {
      const message = `Expected status 200 from the media's host: found ${answer.status}`;
      throw refusal("media_fetch_failed", message, options);
    }
    if ((answer.header("content-encoding") ?? "identity") !== "identity") {
      throw refusal("media_fetch_failed", "Expected media without content encoding: found one", options);
    }
    if (Number(answer.header("content-length") ?? 0) > options.maxBytes) throw tooLarge(options);
    const chunks: Uint8Array[] = [];
    let length = 0;
    const iterator = answer.body[Symbol.asyncIterator]();
    while (true) {
      const { done, value } = await orAbort(iterator.next(), signal);
      if (done) return concat(chunks);
      length += value.byteLength;
      if (length > options.maxBytes) throw tooLarge(options);
      chunks.push(value);
    }
  } finally {
    answer.close();
  }
}

/** Waits for work that does not know the signal itself. */
async function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function tooLarge(options: FetchMediaOptions): MediaFetchError {
  return refusal("media_too_large", `Expected at most ${options.maxBytes} bytes: found more`, options);
}

function refusal(code: string, message: string, { param }: FetchMediaOptions, cause?: unknown): MediaFetchError {
  return new MediaFetchError(message, { param, code, cause });
}
