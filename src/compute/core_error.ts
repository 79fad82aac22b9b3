/** What the core says when it refuses: a stable code and a message. */
export interface CoreFailure {
  /** Such as `invalid_image`; `internal_error` for anything that the core did not mean to throw. */
  readonly code: string;
  /** In the grammar of `src/core/errors.ts`. */
  readonly message: string;
}

/**
 * Reads an error that a function of the core threw. The core writes code and message into one string, with a line break
 * between them, because only a string crosses the border without a class of its own on this side.
 *
 * @param error What was caught.
 * @returns Its parts.
 */
export function readCoreError(error: unknown): CoreFailure {
  const text = error instanceof Error ? error.message : String(error);
  const at = text.indexOf("\n");
  if (!(error instanceof Error) || at < 0) return { code: "internal_error", message: text };
  return { code: text.slice(0, at), message: text.slice(at + 1) };
}
