/**
 * A checkpoint's tokenizer: its compact form if that is there and good, else tokenizer.json.
 *
 * @module
 */
import { type Checkpoint, type CheckpointFiles, folderFiles, readBytes } from "../checkpoint/mod.ts";
import { CheckpointError } from "../core/errors.ts";
import { Tokenizer, TOKENIZER_BINARY } from "../tokenizer/tokenizer.ts";

/** A tokenizer, and why its compact form was left aside if it was. */
export interface LoadedTokenizer {
  /** The tokenizer. */
  readonly tokenizer: Tokenizer;
  /** What was wrong with the compact form; undefined if it was used, or is not there. */
  readonly refused?: string;
}

/**
 * Loads the tokenizer. A compact form that is stale, damaged or of another version costs time and nothing else.
 *
 * @throws {CheckpointError} If tokenizer.json is broken or not supported.
 */
export function loadTokenizer(
  { tokenizerJson, tokenizerBinary }: Pick<Checkpoint, "tokenizerJson" | "tokenizerBinary">,
): LoadedTokenizer {
  if (tokenizerBinary === undefined) return { tokenizer: Tokenizer.fromJSON(tokenizerJson) };
  try {
    return { tokenizer: Tokenizer.fromBinary(tokenizerBinary, tokenizerJson) };
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    const refused = [error.message, error.hint].filter(Boolean).join(". ");
    return { tokenizer: Tokenizer.fromJSON(tokenizerJson), refused };
  }
}

/** What {@linkcode prepareCheckpoint} did. */
export interface Preparation {
  /** Name of the file that was written; undefined if there is no compact form of this tokenizer. */
  readonly file?: string;
  /** Its size, bytes. */
  readonly bytes: number;
}

/**
 * Writes the compact form of a checkpoint's tokenizer beside it.
 *
 * @param source A folder, or files that can be written.
 * @throws {CheckpointError} If tokenizer.json is missing, broken or not supported, or nothing may be written.
 */
export async function prepareCheckpoint(source: string | CheckpointFiles): Promise<Preparation> {
  const files = typeof source === "string" ? await folderFiles(source) : source;
  const binary = Tokenizer.binaryOf(await readBytes(files, "tokenizer.json"));
  if (binary === undefined) return { bytes: 0 };
  if (files.write === undefined) {
    throw new CheckpointError(`Expected files that can be written in ${files.location}: found that they cannot`);
  }
  await files.write(TOKENIZER_BINARY, binary);
  return { file: TOKENIZER_BINARY, bytes: binary.length };
}
