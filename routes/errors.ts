/**
 * The one table that turns an error into a status and OpenAI's error body.
 *
 * @module
 */
import {
  AdapterError,
  CapacityError,
  ContextLengthError,
  DeviceMemoryError,
  EngineCrashedError,
  EngineUnavailableError,
  type ErrorDetails,
  InvalidRequestError,
  LimbusError,
  MediaDecodeError,
  MediaFetchError,
  ModelNotFoundError,
  UnsupportedModalityError,
} from "../src/core/errors.ts";

/** Body of every answer that is not a success, as OpenAI writes it. */
export interface ErrorBody {
  readonly error: {
    /** What was expected and what was found. */
    readonly message: string;
    /** Kind of error, in OpenAI's words. */
    readonly type: string;
    /** Path of the input that caused it. */
    readonly param: string | null;
    /** Stable, machine-readable. */
    readonly code: string;
  };
}

/** An error of the HTTP layer itself: wrong method, no key, body too large. */
export class HttpError extends LimbusError {
  /** Status of the answer. */
  readonly status: number;
  /** Headers that belong to the status, such as `Allow`. */
  readonly headers: Readonly<Record<string, string>>;

  /** Builds the error; `status` is 4xx. */
  constructor(
    status: number,
    code: string,
    message: string,
    details: ErrorDetails & { headers?: Record<string, string> } = {},
  ) {
    super(code, message, details);
    this.status = status;
    this.headers = details.headers ?? {};
  }
}

/** What an error is answered with. */
export interface ErrorAnswer {
  /** HTTP status. */
  readonly status: number;
  /** Extra headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON body. */
  readonly body: ErrorBody;
}

/** Class, status, OpenAI's type. The first class that fits counts; what is not here is a 500 without details. */
const STATUS_BY_CLASS = [
  [InvalidRequestError, 400, "invalid_request_error"],
  [ModelNotFoundError, 404, "invalid_request_error"],
  [UnsupportedModalityError, 400, "invalid_request_error"],
  [ContextLengthError, 400, "invalid_request_error"],
  [DeviceMemoryError, 400, "invalid_request_error"],
  [MediaFetchError, 400, "invalid_request_error"],
  [MediaDecodeError, 400, "invalid_request_error"],
  [CapacityError, 429, "rate_limit_error"],
  [EngineCrashedError, 503, "server_error"],
  [EngineUnavailableError, 503, "server_error"],
  [AdapterError, 500, "server_error"],
] as const;

/** Seconds after which a client may try again when the engine restarts. */
const RESTART_SECONDS = "1";

/**
 * Turns anything thrown into an answer. Only messages of classes in the table, which never hold request data or
 * secrets, leave the server.
 */
export function toErrorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof HttpError) return answerOf(error, error.status, "invalid_request_error", error.headers);
  const row = STATUS_BY_CLASS.find(([errorClass]) => error instanceof errorClass);
  if (row === undefined) {
    const body = {
      message: "The server failed to answer the request",
      type: "server_error",
      param: null,
      code: "internal_error",
    };
    return { status: 500, headers: {}, body: { error: body } };
  }
  const headers: Record<string, string> = {};
  if (error instanceof CapacityError) headers["retry-after"] = String(Math.max(1, Math.ceil(error.retryAfterSeconds)));
  if (row[1] === 503) headers["retry-after"] = RESTART_SECONDS;
  return answerOf(error as LimbusError, row[1], row[2], headers);
}

/** Turns anything thrown into a response with OpenAI's error body. */
export function errorResponse(error: unknown): Response {
  const { status, headers, body } = toErrorAnswer(error);
  return Response.json(body, { status, headers });
}

function answerOf(
  error: LimbusError,
  status: number,
  type: string,
  headers: Readonly<Record<string, string>>,
): ErrorAnswer {
  const message = error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
  return { status, headers, body: { error: { message, type, param: error.param ?? null, code: error.code } } };
}
