/**
 * Checkpoints: reading a model's files as the hub holds them.
 *
 * @module
 */
export type { ChatTemplateFile } from "./chat_template_file.ts";
export { type Checkpoint, openCheckpoint } from "./checkpoint.ts";
export { type CheckpointFile, type CheckpointFiles, memoryFiles } from "./files.ts";
export { folderFiles } from "./folder.ts";
export type { GenerationConfig } from "./generation_config.ts";
export { isJsonObject, type JsonFile, type JsonObject, parseJson, parseWith, readBytes } from "./json_file.ts";
export type { SafetensorsDtype, TensorEntry } from "./safetensors.ts";
export type { TensorIndex } from "./tensor_index.ts";
export type { TokenizerConfig } from "./tokenizer_config.ts";
export { WeightBlob } from "./weight_blob.ts";
export { createWeightPlacer, type WeightFile, type WeightProgress } from "./weight_file.ts";
export { createWeightSource, type WeightSource, type WeightSourceOptions } from "./weight_source.ts";
