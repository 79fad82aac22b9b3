import { z } from "zod";
import { CheckpointError } from "../core/errors.ts";
import { type JsonObject, parseWith } from "./json_file.ts";

/** The source of a chat template with the file it came from. */
export interface ChatTemplateFile {
  /** Name of the file, for errors. */
  readonly file: string;
  /** Jinja. */
  readonly source: string;
}

/** The places where a checkpoint can keep its chat template; undefined where the file is not there. */
export interface ChatTemplatePlaces {
  /** Text of chat_template.jinja. */
  readonly jinja?: string;
  /** chat_template.json, the older form of processors. */
  readonly json?: JsonObject;
  /** processor_config.json, older still. */
  readonly processorConfig?: JsonObject;
  /** tokenizer_config.json, the older form of tokenizers. */
  readonly tokenizerConfig?: JsonObject;
}

const named = z.array(z.object({ name: z.string(), template: z.string() }));
const schema = z.object({ chat_template: z.union([z.string(), named, z.record(z.string(), z.string())]).nullish() });

/**
 * Picks the chat template: chat_template.json (first, as `transformers` does for processors), else chat_template.jinja,
 * else processor_config.json, else tokenizer_config.json. Of several named templates the one called `default` is taken.
 *
 * `transformers` takes a processor's template only from the first three; here tokenizer_config.json counts for every
 * family, because many checkpoints on the hub keep it nowhere else.
 *
 * @returns The template, or undefined if there is none: such a checkpoint serves plain prompts.
 * @throws {CheckpointError} If a template is of the wrong type, or several are named and none is `default`.
 */
export function findChatTemplate(places: ChatTemplatePlaces): ChatTemplateFile | undefined {
  const legacy = pick("chat_template.json", places.json);
  if (legacy !== undefined) return legacy;
  if (places.jinja !== undefined) return { file: "chat_template.jinja", source: places.jinja };
  return pick("processor_config.json", places.processorConfig) ??
    pick("tokenizer_config.json", places.tokenizerConfig);
}

function pick(file: string, json: JsonObject | undefined): ChatTemplateFile | undefined {
  const template = parseWith(schema, json ?? {}, file).chat_template;
  if (template === null || template === undefined) return undefined;
  if (typeof template === "string") return { file, source: template };
  const entries = Array.isArray(template)
    ? template.map((entry) => [entry.name, entry.template] as const)
    : Object.entries(template);
  const source = entries.find(([name]) => name === "default")?.[1];
  if (source !== undefined) return { file, source };
  throw new CheckpointError(
    `Expected a chat template named default in ${file}: found ${entries.map(([name]) => name).join(", ") || "none"}`,
    { param: `${file}: chat_template` },
  );
}
