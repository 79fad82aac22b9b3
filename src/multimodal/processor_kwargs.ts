import { InvalidRequestError } from "../core/errors.ts";
import type { Modality } from "../core/message.ts";
import type { Schema } from "../core/schema.ts";
import type { ProcessorKwargs } from "./item.ts";

/** Where the settings are in a request. */
const PARAM = "mm_processor_kwargs";

/** A name that may be repeated in an error: anything else is the client's own text. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/**
 * Checks a request's settings of the media processors against the family's schema. A name that is not known is an error, not
 * passed over.
 *
 * As in transformers, settings may also stand under `images_kwargs` (`audio_kwargs`, `videos_kwargs`), where they win over
 * those beside; only that of the model's one modality is taken.
 *
 * @param schema What the family takes; undefined: nothing.
 * @param modalities Those of the model.
 * @param given Straight from the client.
 * @throws {InvalidRequestError} `param` names the setting, such as `mm_processor_kwargs.max_pixels`.
 */
export function readProcessorKwargs(
  schema: Schema<object> | undefined,
  modalities: readonly Modality[],
  given: Readonly<Record<string, unknown>> = {},
): ProcessorKwargs {
  const settings = mergeScope(given, modalities);
  const names = Object.keys(settings);
  if (names.length === 0) return {};
  if (!schema) {
    throw new InvalidRequestError("Expected no mm_processor_kwargs, because the model takes none: found some", {
      param: paramOf([names[0]]),
      code: "unknown_parameter",
    });
  }
  const read = schema.safeParse(settings);
  if (read.success) return read.data as ProcessorKwargs;
  const { issues } = read.error;
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  if (issue.code === "unrecognized_keys") {
    const isTop = issue.path.length === 0 && "shape" in schema;
    const known = isTop ? Object.keys(schema.shape as object).join(", ") : "those of the model's processor";
    throw new InvalidRequestError(`Expected mm_processor_kwargs among ${known}: found another name`, {
      param: paramOf([...issue.path, issue.keys?.[0] ?? ""]),
      code: "unknown_parameter",
    });
  }
  const param = paramOf(issue.path);
  // zod's words, which never hold the value.
  throw new InvalidRequestError(
    `Expected ${param} to fit the model's processor: found another value (${issue.message})`,
    {
      param,
    },
  );
}

/** Puts the settings of the one modality over those for all. */
function mergeScope(
  given: Readonly<Record<string, unknown>>,
  modalities: readonly Modality[],
): Readonly<Record<string, unknown>> {
  const [modality] = modalities;
  const scope = modality === "audio" ? "audio_kwargs" : `${modality}s_kwargs`;
  if (modalities.length !== 1 || !Object.hasOwn(given, scope)) return given;
  const { [scope]: scoped, ...flat } = given;
  if (typeof scoped !== "object" || scoped === null || Array.isArray(scoped)) {
    throw new InvalidRequestError(`Expected ${scope} to be an object: found another value`, {
      param: `${PARAM}.${scope}`,
    });
  }
  return { ...flat, ...scoped };
}

/** The path, such as `mm_processor_kwargs.sizes[1]`, up to the first part that is the client's own text. */
function paramOf(path: readonly PropertyKey[]): string {
  const odd = path.findIndex((part) => typeof part !== "number" && !NAME.test(String(part)));
  const own = odd < 0 ? path : path.slice(0, odd);
  return own.reduce<string>(
    (text, part) => typeof part === "number" ? `${text}[${part}]` : `${text}.${String(part)}`,
    PARAM,
  );
}
