/**
 * The network under {@linkcode fetchMedia}: names to addresses, and requests to addresses that were checked. The only
 * file here that needs more than web APIs; `fetch` cannot be told which address to connect to.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

/** An answer whose body has not been read. */
export interface MediaAnswer {
  /** HTTP status; redirects are not followed. */
  readonly status: number;
  /** Value of a header, by its name in lower case. */
  header(name: string): string | undefined;
  /** The body as it comes. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the connection. */
  close(): void;
}

/** Finds all addresses of a host name. */
export type ResolveHost = (hostname: string) => Promise<readonly string[]>;

/** Sends a GET request to one of the given addresses, whatever the host name resolves to by now. */
export type ConnectMedia = (url: URL, addresses: readonly string[], signal: AbortSignal) => Promise<MediaAnswer>;

/** Some hosts refuse clients without a name. */
const HEADERS = {
  "user-agent": "limbus",
  accept: "image/*, audio/*, video/*, */*;q=0.1",
  "accept-encoding": "identity",
};

/** Asks the system's resolver. */
export const resolveHost: ResolveHost = async (hostname) => {
  const found = await lookup(hostname, { all: true });
  return found.map(({ address }) => address);
};

/**
 * Connects over `node:http` or `node:https` with the name look-up replaced by the given addresses. The certificate is
 * checked for the host name as always.
 *
 * @param tls Extra certificates to trust, in PEM.
 */
export function connectTo(tls: { ca?: string } = {}): ConnectMedia {
  return function connect(url, addresses, signal) {
    const { promise, resolve, reject } = Promise.withResolvers<MediaAnswer>();
    const pinned = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const request = send({
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port,
      path: url.pathname + url.search,
      headers: HEADERS,
      agent: false,
      ...tls,
      lookup: (_hostname, options, callback) => {
        if (options.all) callback(null, pinned);
        else callback(null, pinned[0].address, pinned[0].family);
      },
    }, (message: IncomingMessage) => {
      resolve({
        status: message.statusCode ?? 0,
        header: (name) => message.headers[name]?.toString(),
        body: message,
        close: () => void message.destroy(),
      });
    });
    const abort = () => request.destroy(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    request.on("close", () => signal.removeEventListener("abort", abort));
    request.on("error", reject);
    if (signal.aborted) abort();
    else request.end();
    return promise;
  };
}
