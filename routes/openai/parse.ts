import type { ZodType } from "zod";
import { InvalidRequestError, ModelNotFoundError } from "../../src/core/errors.ts";

/** The part of a zod issue that is read here. */
interface Issue {
  readonly code?: string;
  readonly path: PropertyKey[];
  readonly message: string;
  readonly expected?: string;
  readonly keys?: string[];
  readonly values?: readonly unknown[];
  readonly options?: readonly unknown[];
  readonly errors?: Issue[][];
  readonly origin?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly inclusive?: boolean;
}

/**
 * Checks a value against a schema and reports the first fault in our own words, which never repeat the value.
 *
 * @param schema What the value must be.
 * @param value Straight from the client.
 * @param unsupported Fields that are known from elsewhere but do nothing here yet.
 * @returns What the schema makes of it.
 * @throws {InvalidRequestError} `param` is the path of the fault, such as `messages[2].content[1].image_url.url`; the
 *   code is `missing_required_parameter`, `invalid_type`, `invalid_value`, `unknown_parameter` or `unsupported_parameter`.
 */
export function parseWith<T>(schema: ZodType<T>, value: unknown, unsupported: ReadonlySet<string> = new Set()): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw toError(innermost(result.error.issues[0] as Issue, []), value, unsupported);
}

/**
 * Checks that the model asked for is the one that is served.
 *
 * @throws {ModelNotFoundError} If it is not.
 */
export function checkModel(model: string, servedModelName: string): void {
  if (model === servedModelName) return;
  const hint = "GET /v1/models lists the models";
  throw new ModelNotFoundError("Expected the name of a served model: found another name", { param: "model", hint });
}

/** Follows unions down to the branch that the value was meant for: the one whose outer type fits. */
function innermost(issue: Issue, prefix: PropertyKey[]): Issue {
  const path = [...prefix, ...issue.path];
  const meant = issue.errors?.find(([first]) => first.path.length > 0 || first.code !== "invalid_type");
  return meant === undefined ? { ...issue, path } : innermost(meant[0], path);
}

function toError(issue: Issue, root: unknown, unsupported: ReadonlySet<string>): InvalidRequestError {
  if (issue.code === "unrecognized_keys") return unrecognized(issue, unsupported);
  const param = formatPath(issue.path) || undefined;
  if (issue.code === "custom") return new InvalidRequestError(issue.message, { param });
  const found = issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)?.[key], root);
  if (found === undefined) {
    const message = `Expected ${expectation(issue)}: found nothing`;
    return new InvalidRequestError(message, { param, code: "missing_required_parameter" });
  }
  const isChoice = issue.code === "invalid_value" || issue.options !== undefined;
  const wrongType = isChoice ? typeof found !== "string" : issue.code?.startsWith("invalid_") ?? false;
  const message = `Expected ${expectation(issue)}: found ${wrongType ? typeName(found) : misfit(issue)}`;
  return new InvalidRequestError(message, { param, code: wrongType ? "invalid_type" : "invalid_value" });
}

function unrecognized(issue: Issue, unsupported: ReadonlySet<string>): InvalidRequestError {
  const key = issue.keys![0];
  const known = unsupported.has(key);
  // A key is the client's own text: it is named only if it looks like a field.
  const named = known || /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(key);
  const param = formatPath(named ? [...issue.path, key] : issue.path) || undefined;
  return known
    ? new InvalidRequestError("Expected only supported fields: found one that this server does not support", {
      param,
      code: "unsupported_parameter",
    })
    : new InvalidRequestError("Expected only known fields: found an unknown one", { param, code: "unknown_parameter" });
}

/** How a value of the right type misses. */
function misfit({ code }: Issue): string {
  if (code === "too_big") return "a larger one";
  return code === "too_small" ? "a smaller one" : "another value";
}

/** What the schema asks for, in words. */
function expectation(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPE_NAMES.get(issue.expected ?? "") ?? "another type";
    case "invalid_union":
      if (issue.options) return oneOf(issue.options);
      return issue.errors?.map(([first]) => expectation(first)).join(" or ") ?? "another type";
    case "invalid_value":
      return oneOf(issue.values ?? []);
    case "too_big":
      return `${bounded(issue)} ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}`;
    case "too_small":
      return `${bounded(issue)} ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
    default:
      return "a valid value";
  }
}

function bounded(issue: Issue): string {
  if (issue.origin === "string") return "a length of";
  return issue.origin === "array" ? "a number of entries of" : "a number of";
}

function oneOf(values: readonly unknown[]): string {
  const listed = values.map((value) => JSON.stringify(value)).join(", ");
  return values.length === 1 ? listed : `one of ${listed}`;
}

const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ["string", "a string"],
  ["number", "a number"],
  ["int", "an integer"],
  ["boolean", "a boolean"],
  ["array", "an array"],
  ["object", "an object"],
  ["record", "an object"],
]);

/** The JSON type of a value, as the error says it. */
function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "number" && Number.isFinite(value) && !Number.isInteger(value)
    ? "a fraction"
    : TYPE_NAMES.get(typeof value) ?? "another type";
}

/** Writes a path as clients read it: `messages[2].content[1].image_url`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`,
    "",
  );
}
