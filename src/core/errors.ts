/**
 * The errors that a caller can act on. Each has a stable `code`; `param` names the input that caused it.
 *
 * Message grammar: what was expected, a colon, what was found; sentence case, no final period; never request data.
 *
 * @module
 */

/** What every {@linkcode LimbusError} may say besides its message. */
export interface ErrorDetails {
  /** Path of the input that caused it, such as `messages[2].content[1].image_url`. */
  param?: string;
  /** How to mend it. */
  hint?: string;
  /** What lies behind it; stays on the server. */
  cause?: unknown;
  /** Replaces the stable code of the class by a narrower one. */
  code?: string;
}

/** Base of every error that Limbus throws on purpose. */
export class LimbusError extends Error {
  /** Stable, machine-readable. */
  readonly code: string;
  /** Path of the input that caused it. */
  readonly param?: string;
  /** How to mend it. */
  readonly hint?: string;

  /** Builds an error; subclasses fix the code. */
  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code ?? code;
    this.param = details.param;
    this.hint = details.hint;
  }
}

/** A value of the request is missing, of the wrong type or out of range. */
export class InvalidRequestError extends LimbusError {
  /** `param` should always be given. */
  constructor(message: string, details: ErrorDetails = {}) {
    super("invalid_value", message, details);
  }
}

/** The request names a model that is not served. */
export class ModelNotFoundError extends LimbusError {
  /** Code `model_not_found`. */
  constructor(message: string, details: ErrorDetails = {}) {
    super("model_not_found", message, details);
  }
}

/** The model takes no input of this modality, or not so many items. */
export class UnsupportedModalityError extends LimbusError {
  /** Code `unsupported_modality`. */
  constructor(message: string, details: ErrorDetails = {}) {
    super("unsupported_modality", message, details);
  }
}

/** The expanded prompt and the tokens asked for do not fit the context. */
export class ContextLengthError extends LimbusError {
  /** Code `context_length_exceeded`. */
  constructor(message: string, details: ErrorDetails = {}) {
    super("context_length_exceeded", message, details);
  }
}

/** The queue is full; the request may be sent again later. */
export class CapacityError extends LimbusError {
  /** Seconds after which a new try makes sense. */
  readonly retryAfterSeconds: number;

  /** Code `queue_full`. */
  constructor(message: string, details: ErrorDetails & { retryAfterSeconds?: number } = {}) {
    super("queue_full", message, details);
    this.retryAfterSeconds = details.retryAfterSeconds ?? 1;
  }
}

/** A picture or sound could not be had: not reachable, refused, too large. */
export class MediaFetchError extends LimbusError {
  /** Code `media_fetch_failed`, or a narrower one. */
  constructor(message: string, details: ErrorDetails = {}) {
    super("media_fetch_failed", message, details);
  }
}

/** A network's run needs more memory than the device gives: a smaller item or a shorter prompt would do. */
export class DeviceMemoryError extends LimbusError {
  /** Builds the error; code `out_of_device_memory`. */
  constructor(message: string, details: ErrorDetails = {}) {
    super("out_of_device_memory", message, details);
  }
}

/** The bytes are no picture or sound that can be decoded, or one that is over a limit. */
export class MediaDecodeError extends LimbusError {
  /** Code `invalid_media`, or a narrower one. */
  constructor(message: string, details: ErrorDetails = {}) {
    super("invalid_media", message, details);
  }
}

/** A file of the checkpoint is missing, broken or of a kind that is not supported. */
export class CheckpointError extends LimbusError {
  /** `param` is `file` or `file: key`. */
  constructor(message: string, details: ErrorDetails = {}) {
    super("invalid_checkpoint", message, details);
  }
}

/** A setting is unknown or out of range. */
export class ConfigError extends LimbusError {
  /** `param` is the name of the setting. */
  constructor(message: string, details: ErrorDetails = {}) {
    super("invalid_config", message, details);
  }
}

/** The device asked for is not there. */
export class DeviceError extends LimbusError {
  /** Code `device_unavailable`. */
  constructor(message: string, details: ErrorDetails = {}) {
    super("device_unavailable", message, details);
  }
}

/** The engine stopped while the request was in flight; a new try works once it has restarted. */
export class EngineCrashedError extends LimbusError {
  /** Code `engine_crashed`. */
  constructor(message: string, details: ErrorDetails = {}) {
    super("engine_crashed", message, details);
  }
}

/** The engine is not ready: starting, restarting or stopping. */
export class EngineUnavailableError extends LimbusError {
  /** Code `engine_unavailable`. */
  constructor(message: string, details: ErrorDetails = {}) {
    super("engine_unavailable", message, details);
  }
}

/** An item's prompt updates, placeholders or rows do not fit each other: a fault of the adapter or the checkpoint. */
export class AdapterError extends LimbusError {
  /** Code `adapter_mismatch`. */
  constructor(message: string, details: ErrorDetails = {}) {
    super("adapter_mismatch", message, details);
  }
}

/** A tensor has another shape than its use asks for. */
export class ShapeError extends RangeError {
  /** Stable, machine-readable. */
  readonly code = "shape_mismatch";
  /** What the tensor is called. */
  readonly tensor: string;
  /** The shape asked for; names stand for any extent. */
  readonly expected: readonly (number | string)[];
  /** The shape found. */
  readonly actual: readonly (number | string)[];

  /** Builds the message from its parts. */
  constructor(
    tensor: string,
    expected: readonly (number | string)[],
    actual: readonly (number | string)[],
  ) {
    super(`Expected ${tensor} to have shape [${expected.join(", ")}]: found [${actual.join(", ")}]`);
    this.name = "ShapeError";
    this.tensor = tensor;
    this.expected = expected;
    this.actual = actual;
  }
}
