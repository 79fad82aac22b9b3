/** One thing about a value that does not fit. */
export interface SchemaIssue {
  /** Keys from the outermost object to what is wrong. */
  readonly path: readonly PropertyKey[];
  /** What is wrong; must not hold the value. */
  readonly message: string;
  /** Kind of problem, such as `unrecognized_keys`. */
  readonly code?: string;
  /** Keys that are not known, if that is the problem. */
  readonly keys?: readonly string[];
}

/** What a {@linkcode Schema} says. */
export type SchemaResult =
  | { readonly success: true; readonly data: unknown; readonly error?: undefined }
  | { readonly success: false; readonly error: { readonly issues: readonly SchemaIssue[] } };

/** A check of foreign JSON that gives a typed value. Every zod schema is one. */
export interface Schema<Output> {
  /**
   * Checks a value without throwing.
   *
   * @param value Whatever came.
   * @returns What {@linkcode parse} gives, or the issues.
   */
  safeParse(value: unknown): SchemaResult;
  /**
   * Checks a value.
   *
   * @param value Whatever came.
   * @returns The typed value with its defaults filled in.
   * @throws If it does not fit.
   */
  parse(value: unknown): Output;
}
