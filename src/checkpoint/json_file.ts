import type { z } from "zod";
import { CheckpointError } from "../core/errors.ts";
import type { Schema } from "../core/schema.ts";
import type { CheckpointFiles } from "./files.ts";

/** A JSON object of a checkpoint, as read. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A JSON object with the name that errors call it by. */
export interface JsonFile {
  /** File name, with a key where the object is nested: `processor_config.json: image_processor`. */
  readonly name: string;
  /** The object itself. */
  readonly value: JsonObject;
}

/** Whether a value is an object, not an array and not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Parses UTF-8 JSON.
 *
 * @param bytes The content of the file.
 * @param name Name of the file, for the error.
 * @throws {CheckpointError} If it is no UTF-8 or no JSON.
 */
export function parseJson(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(decodeText(bytes, name));
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    throw new CheckpointError(`Expected JSON in ${name}: found something that does not parse`, { param: name, cause });
  }
}

/**
 * Reads a whole file.
 *
 * @throws {CheckpointError} If it is missing.
 */
export async function readBytes(files: CheckpointFiles, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = await files.open(name);
  return await file.read(0, file.size);
}

/**
 * Reads a whole text file.
 *
 * @throws {CheckpointError} If it is missing or no UTF-8.
 */
export async function readText(files: CheckpointFiles, name: string): Promise<string> {
  return decodeText(await readBytes(files, name), name);
}

/**
 * Reads a JSON file whose top level is an object.
 *
 * @throws {CheckpointError} If it is missing, no JSON, or no object.
 */
export async function readJsonObject(files: CheckpointFiles, name: string): Promise<JsonObject> {
  const value = parseJson(await readBytes(files, name), name);
  if (!isJsonObject(value)) {
    throw new CheckpointError(`Expected a JSON object in ${name}: found ${describe(value)}`, { param: name });
  }
  return value;
}

/** Most problems that one error lists. */
const MAX_LISTED = 5;

/**
 * Checks a JSON object against a schema and puts everything that is wrong into one error.
 *
 * @example
 * ```ts
 * import { parseWith } from "./json_file.ts";
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 *
 * const schema = z.object({ vision_config: z.object({ patch_size: z.int().positive() }) });
 * const config = parseWith(schema, { vision_config: { patch_size: 14 } }, "config.json");
 * assertEquals(config.vision_config.patch_size, 14);
 * ```
 *
 * @param schema What the object must be; unknown keys are the schema's own affair.
 * @param json The object.
 * @param file Its name: `config.json`, or a {@linkcode JsonFile}'s name.
 * @returns The schema's output, defaults filled in.
 * @throws {CheckpointError} With `param` `config.json: vision_config.patch_size` of the first problem.
 */
export function parseWith<Kind extends Schema<unknown>>(
  schema: Kind,
  json: unknown,
  file: string,
): ReturnType<Kind["parse"]> {
  const result = schema.safeParse(json);
  if (result.success) return result.data as ReturnType<Kind["parse"]>;
  const problems = (result.error.issues as readonly z.core.$ZodIssue[]).map((issue) => {
    const path = issue.path.reduce<string>(
      (prefix, key) =>
        typeof key === "number" ? `${prefix}[${key}]` : prefix ? `${prefix}.${String(key)}` : String(key),
      "",
    );
    const found = describe(issue.path.reduce<unknown>((value, key) => (value as never)?.[key], json));
    return { path, text: `${expectation(issue)}: found ${found}` };
  });
  const listed = problems.slice(0, MAX_LISTED).map(({ path, text }) => path ? `${path}: ${text}` : text);
  const rest = problems.length - listed.length;
  const first = problems[0].path;
  throw new CheckpointError(`${file}: ${listed.join("; ")}${rest > 0 ? `; and ${rest} more` : ""}`, {
    param: first === "" ? file : `${file}${file.includes(": ") ? "." : ": "}${first}`,
  });
}

/** Zod's own sentence, brought into the form "expected ...". */
function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `expected ${issue.expected}`;
    case "invalid_value":
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "too_small":
      return `expected ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
    case "too_big":
      return `expected ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}`;
    case "not_multiple_of":
      return `expected a multiple of ${issue.divisor}`;
    case "unrecognized_keys":
      return `expected no key ${issue.keys.join(", ")}`;
    case "custom":
      return `expected ${issue.message}`;
    default:
      return `expected another value (${issue.message})`;
  }
}

/** A short name for a value of a checkpoint file. */
function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object") return "an object";
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

function decodeText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CheckpointError(`Expected UTF-8 in ${name}: found other bytes`, { param: name, cause });
  }
}
