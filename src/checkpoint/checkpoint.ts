/**
 * Reads a Hugging Face checkpoint as it is: configs, tokenizer, chat template and the headers of its weights.
 *
 * @module
 */
import { CheckpointError } from "../core/errors.ts";
import { type ChatTemplateFile, findChatTemplate } from "./chat_template_file.ts";
import type { CheckpointFiles } from "./files.ts";
import { folderFiles } from "./folder.ts";
import { type GenerationConfig, readGenerationConfig } from "./generation_config.ts";
import { isJsonObject, type JsonFile, type JsonObject, readBytes, readJsonObject, readText } from "./json_file.ts";
import { openTensorIndex, type TensorIndex } from "./tensor_index.ts";
import { readTokenizerConfig, type TokenizerConfig } from "./tokenizer_config.ts";

/** A checkpoint whose small files are read and whose weights can be read. */
export interface Checkpoint {
  /** Folder or address. */
  readonly location: string;
  /** `model_type` of config.json; names the adapter. */
  readonly modelType: string;
  /** config.json; an adapter checks its part with {@linkcode parseWith}. */
  readonly config: JsonObject;
  /** Defaults of generation. */
  readonly generation: GenerationConfig;
  /** Settings of the picture processor, if there are any. */
  readonly imageProcessor?: JsonFile;
  /** Settings of the audio processor (feature extractor), if there are any. */
  readonly audioProcessor?: JsonFile;
  /** processor_config.json, if there is one. */
  readonly processor?: JsonFile;
  /** Bytes of tokenizer.json. */
  readonly tokenizerJson: Uint8Array;
  /** Bytes of tokenizer.limbus, its compact form, if there is one; it may be stale. */
  readonly tokenizerBinary?: Uint8Array;
  /** Settings beside tokenizer.json. */
  readonly tokenizer: TokenizerConfig;
  /** The chat template, if there is one. */
  readonly chatTemplate?: ChatTemplateFile;
  /** The weights. */
  readonly tensors: TensorIndex;
}

/** What a file that cannot be missed is for. */
const NEEDED = {
  "config.json": "it says which model this is",
  "tokenizer.json":
    "it turns text into tokens; a checkpoint with only tokenizer.model or vocab files gets one by loading its " +
    "tokenizer with transformers and calling save_pretrained",
} as const;

/**
 * Opens a checkpoint. Reads the small files and the headers of the weights; no tensor.
 *
 * @param source A folder (path or `file:` URL), or files from elsewhere.
 * @throws {CheckpointError} If a needed file is missing, or any of them is broken; `param` names file and key.
 */
export async function openCheckpoint(source: string | URL | CheckpointFiles): Promise<Checkpoint> {
  const files = typeof source === "string" || source instanceof URL ? await folderFiles(source) : source;
  const present = new Set(await files.list());
  for (const [name, purpose] of Object.entries(NEEDED)) {
    if (present.has(name)) continue;
    throw new CheckpointError(`Expected a file ${name} in ${files.location}: found none`, {
      code: "checkpoint_file_missing",
      param: name,
      hint: `${name} is needed: ${purpose}`,
    });
  }
  const optional = async (name: string) => present.has(name) ? await readJsonObject(files, name) : undefined;
  const config = await readJsonObject(files, "config.json");
  const processor = await optional("processor_config.json");
  const preprocessor = await optional("preprocessor_config.json");
  const tokenizerConfig = await optional("tokenizer_config.json");
  return {
    location: files.location,
    modelType: readModelType(config),
    config,
    generation: readGenerationConfig(await optional("generation_config.json"), config),
    imageProcessor: findProcessor("image_processor", processor, preprocessor),
    audioProcessor: findProcessor("feature_extractor", processor, preprocessor),
    processor: processor && { name: "processor_config.json", value: processor },
    tokenizerJson: await readBytes(files, "tokenizer.json"),
    tokenizerBinary: present.has("tokenizer.limbus") ? await readBytes(files, "tokenizer.limbus") : undefined,
    tokenizer: readTokenizerConfig(tokenizerConfig, await optional("special_tokens_map.json")),
    chatTemplate: findChatTemplate({
      jinja: present.has("chat_template.jinja") ? await readText(files, "chat_template.jinja") : undefined,
      json: await optional("chat_template.json"),
      processorConfig: processor,
      tokenizerConfig,
    }),
    tensors: await openTensorIndex(files),
  };
}

function readModelType(config: JsonObject): string {
  const value = config.model_type;
  if (typeof value === "string" && value !== "") return value;
  throw new CheckpointError(
    `Expected model_type in config.json to be a name: found ${value === undefined ? "nothing" : JSON.stringify(value)}`,
    { param: "config.json: model_type" },
  );
}

/**
 * transformers 5 nests the settings in processor_config.json and prefers them there; before, one file served all processors.
 */
function findProcessor(
  key: "image_processor" | "feature_extractor",
  processor?: JsonObject,
  preprocessor?: JsonObject,
): JsonFile | undefined {
  const nested = processor?.[key];
  if (isJsonObject(nested)) return { name: `processor_config.json: ${key}`, value: nested };
  return preprocessor && { name: "preprocessor_config.json", value: preprocessor };
}
