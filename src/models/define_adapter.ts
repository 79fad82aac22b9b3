import { AdapterError } from "../core/errors.ts";
import type { Modality } from "../core/message.ts";
import type { AnyAdapter, Model, ModelAdapter } from "./adapter.ts";

/** What each part of an adapter must be, and what to write. */
const ADAPTER_PARTS: Readonly<Record<keyof AnyAdapter, string>> = {
  modelType: 'the model_type of config.json, such as modelType: "llava"',
  config: "a zod schema of config.json, such as config: z.looseObject({ text_config: ... })",
  tensorNames: "a function from a tensor's name in the graphs to its names in checkpoints, such as (name) => [name]",
  configure:
    "a function from the parsed config to a Model: configure(config, configs) { return { language, limits, ... }; }",
};

/**
 * Checks an adapter when it is defined, so that a mistake shows at import and not at the first request.
 *
 * @example
 * ```ts
 * import { defineAdapter } from "./define_adapter.ts";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(
 *   () => defineAdapter({ modelType: "My Model" } as never),
 *   TypeError,
 *   'Expected modelType to be the model_type of config.json, such as modelType: "llava": found "My Model"',
 * );
 * ```
 *
 * @param adapter The adapter.
 * @returns The same.
 * @throws {TypeError} Naming what is missing and what to write.
 */
export function defineAdapter<Config>(adapter: ModelAdapter<Config>): ModelAdapter<Config> {
  const { modelType, config } = adapter ?? {};
  const about = typeof modelType === "string" ? ` of adapter ${modelType}` : "";
  const fits: Readonly<Record<keyof AnyAdapter, boolean>> = {
    modelType: typeof modelType === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(modelType),
    config: typeof (config as { safeParse?: unknown } | undefined)?.safeParse === "function",
    tensorNames: typeof adapter?.tensorNames === "function",
    configure: typeof adapter?.configure === "function",
  };
  for (const part of Object.keys(ADAPTER_PARTS) as (keyof AnyAdapter)[]) {
    if (fits[part]) continue;
    const found = part === "modelType" ? JSON.stringify(modelType) : typeof adapter?.[part];
    throw new TypeError(
      `Expected ${part}${part === "modelType" ? "" : about} to be ${ADAPTER_PARTS[part]}: found ${found}`,
    );
  }
  const unknown = Object.keys(adapter).find((key) => !Object.hasOwn(ADAPTER_PARTS, key));
  if (unknown !== undefined) {
    throw new TypeError(
      `Expected adapter ${modelType} to have ${Object.keys(ADAPTER_PARTS).join(", ")}: found ${unknown}`,
    );
  }
  return adapter;
}

/** Functions that every model has. */
const MODEL_FUNCTIONS = ["numTokens", "placeholder", "fields", "promptUpdates"] as const;

/**
 * Checks what an adapter has made of a checkpoint: what one part promises, another must provide.
 *
 * @throws {AdapterError} Naming the adapter, the part and what to write.
 */
export function checkModel(modelType: string, model: Model): void {
  const fault = (part: string, expected: string, found: string) =>
    new AdapterError(`Expected ${part} of adapter ${modelType} to be ${expected}: found ${found}`);
  for (const part of MODEL_FUNCTIONS) {
    if (typeof model[part] !== "function") throw fault(part, "a function", typeof model[part]);
  }
  if (typeof model.networks?.language !== "function") {
    throw fault("networks.language", "a function that builds the language graph", typeof model.networks?.language);
  }
  for (const key of ["hiddenSize", "vocabSize", "maxPositionEmbeddings"] as const) {
    const value = model.language?.[key];
    if (!Number.isSafeInteger(value) || value < 1) throw fault(`language.${key}`, "a positive integer", String(value));
  }
  for (const [modality, limit] of Object.entries(model.limits) as [Modality, number | null][]) {
    if (limit !== null && !(Number.isSafeInteger(limit) && limit >= 0)) {
      throw fault(`limits.${modality}`, "null or a number from 0", String(limit));
    }
    const processor = modality === "video" ? undefined : model.processors[modality];
    if (typeof processor !== "function") {
      throw fault(`processors.${modality}`, `a function, because limits names ${modality}`, typeof processor);
    }
    if (typeof model.networks.encoders[modality]?.graph !== "function") {
      throw fault(`networks.encoders.${modality}`, `{ graph }, because limits names ${modality}`, "none");
    }
  }
  const { audio } = model.processors;
  if (audio && !(Number(model.samplingRate) > 0)) {
    throw fault("samplingRate", "the rate in hertz at which processors.audio takes sound", String(model.samplingRate));
  }
}
