import type { JsonFile } from "../checkpoint/mod.ts";
import { CheckpointError } from "../core/errors.ts";

/**
 * The settings of a processor that a family cannot do without.
 *
 * @param file What the checkpoint has.
 * @param kind For the error: `picture` or `audio`.
 * @throws {CheckpointError} If there are none.
 */
export function requireProcessor(file: JsonFile | undefined, kind: "picture" | "audio"): JsonFile {
  if (file) return file;
  throw new CheckpointError(`Expected the settings of the ${kind} processor: found none`, {
    param: "preprocessor_config.json",
    hint: "Put the checkpoint's preprocessor_config.json or processor_config.json beside config.json",
  });
}
