/**
 * The HTTP face of an engine: OpenAI's wire format on a Hono app.
 *
 * @module
 */
import { Hono } from "hono";
import { cors } from "hono/cors";
import type { Engine } from "../src/engine/interface.ts";
import { bearerAuth } from "./auth.ts";
import type { BodyLimits } from "./body.ts";
import { chatCompletions } from "./chat_completions.ts";
import { crash } from "./debug.ts";
import { detokenize } from "./detokenize.ts";
import { errorResponse, HttpError, toErrorAnswer } from "./errors.ts";
import { health } from "./health.ts";
import { listModels, retrieveModel } from "./models.ts";
import { page } from "./page.ts";
import { tokenize } from "./tokenize.ts";

/** A fault of the server, for its log. */
export interface LogEntry {
  /** Id of the request, as in its `x-request-id` header; an answer's `id` ends with it. */
  readonly requestId: string;
  /** What was thrown. */
  readonly error: unknown;
}

/** How an app is served. Everything is optional. */
export interface AppOptions {
  /** Keys of which every client must send one. Default: none, so everybody is let in. */
  readonly apiKeys?: readonly string[];
  /** Largest request body, bytes. Default: 32 MiB. */
  readonly maxBodyBytes?: number;
  /** Slowest request body, milliseconds. Default: 30 000. */
  readonly bodyTimeoutMs?: number;
  /** Origins whose pages may call, `*` for all. Default: none. */
  readonly corsOrigins?: readonly string[];
  /** Whether requests may hold precomputed embeddings. Default: false. */
  readonly enableMmEmbeds?: boolean;
  /** Whether `POST /debug/crash` exists. Default: false. */
  readonly debugRoutes?: boolean;
  /** Clock, Unix milliseconds. Default: `Date.now`. */
  readonly now?: () => number;
  /** Makes ids that do not repeat. Default: `crypto.randomUUID`. */
  readonly newId?: () => string;
  /** Takes faults that are the server's own. Default: `console.error`. */
  readonly log?: (entry: LogEntry) => void;
}

/** The app: a Hono app, by the members that a caller needs. Another Hono app takes it in with `mount("/", app.fetch)`. */
export interface App {
  /** Answers a request. */
  fetch(request: Request): Response | Promise<Response>;
  /** Answers a request for a path; for tests. */
  request(path: string, init?: RequestInit): Response | Promise<Response>;
  /** Every route and middleware, in order; `ALL` is any method. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
}

/** What the handlers share. */
export interface RouteContext {
  /** Of request bodies. */
  readonly limits: BodyLimits;
  /** Whether requests may hold precomputed embeddings. */
  readonly enableMmEmbeds: boolean;
  /** Clock, Unix milliseconds. */
  readonly now: () => number;
  /** Makes ids that do not repeat. */
  readonly newId: () => string;
  /** Takes faults that are the server's own. */
  readonly log: (entry: LogEntry) => void;
}

/** Headers that pages of other origins may read. */
const EXPOSED_HEADERS = ["retry-after", "x-limbus-device", "x-limbus-device-reason", "x-request-id"];

/**
 * Builds the app; `app.fetch(request)` needs no socket.
 *
 * @example
 * ```ts
 * import { createApp } from "./mod.ts";
 * import { createFakeEngine } from "../tests/kit/fake_engine.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const app = createApp(createFakeEngine());
 * const response = await app.fetch(new Request("http://localhost/v1/models"));
 * assertEquals((await response.json()).data[0].id, "fake");
 * ```
 *
 * @param engine Answers the requests; stays the caller's to dispose of.
 */
export function createApp(engine: Engine, options: AppOptions = {}): App {
  const context: RouteContext = {
    limits: { maxBodyBytes: options.maxBodyBytes ?? 32 * 1024 * 1024, bodyTimeoutMs: options.bodyTimeoutMs ?? 30_000 },
    enableMmEmbeds: options.enableMmEmbeds ?? false,
    now: options.now ?? Date.now,
    newId: options.newId ?? (() => crypto.randomUUID()),
    log: options.log ?? (({ requestId, error }) => console.error(`Request ${requestId} failed:`, error)),
  };
  const app = new Hono<{ Variables: { requestId: string } }>();

  app.use(async function everyAnswer(c, next) {
    const requestId = context.newId();
    c.set("requestId", requestId);
    await next();
    c.header("x-request-id", requestId);
    const { raw } = c.req;
    if (c.error && toErrorAnswer(c.error).status >= 500 && !raw.signal.aborted) {
      context.log({ requestId, error: c.error });
    }
    const { device, deviceReason } = engine.health();
    if (device !== undefined) c.header("x-limbus-device", device);
    if (deviceReason !== undefined) c.header("x-limbus-device-reason", deviceReason.replace(/[^ -~]/g, "?"));
    // A body that nobody reads would hold its connection open, even through a shutdown.
    if (raw.body && !raw.bodyUsed) raw.body.cancel().catch(() => {});
  });
  if (options.corsOrigins?.length) {
    const origin = options.corsOrigins.includes("*") ? "*" : [...options.corsOrigins];
    const allowHeaders = ["authorization", "content-type"];
    app.use(cors({ origin, allowHeaders, allowMethods: ["GET", "POST"], exposeHeaders: EXPOSED_HEADERS, maxAge: 600 }));
  }
  if (options.apiKeys?.length) app.use(bearerAuth(options.apiKeys));

  app.get("/", page());
  app.get("/health", health(engine));
  app.get("/v1/models", listModels(engine));
  app.get("/v1/models/:id{.+}", retrieveModel(engine));
  app.post("/v1/chat/completions", chatCompletions(engine, context));
  app.post("/tokenize", tokenize(engine, context));
  app.post("/detokenize", detokenize(engine, context));
  if (options.debugRoutes) app.post("/debug/crash", crash(engine));

  for (const { path, method } of app.routes.filter(({ method }) => method !== "ALL")) {
    const allow = method === "GET" ? "GET, HEAD" : method;
    app.all(path, () => {
      throw new HttpError(405, "method_not_allowed", `Expected ${allow}: found another method`, { headers: { allow } });
    });
  }
  app.notFound(() => errorResponse(new HttpError(404, "not_found", "Expected a known path: found another")));
  app.onError((error, c) => c.req.raw.signal.aborted ? new Response(null, { status: 499 }) : errorResponse(error));
  return app;
}
