/**
 * Which tensors a checkpoint has and where they lie: one safetensors file, or shards with an index.
 *
 * @module
 */
import { z } from "zod";
import { CheckpointError } from "../core/errors.ts";
import type { CheckpointFiles } from "./files.ts";
import { missingFile } from "./files.ts";
import { parseWith, readJsonObject } from "./json_file.ts";
import { readSafetensorsHeader, type TensorEntry } from "./safetensors.ts";

/** The one file of a checkpoint that is not sharded. */
export const WEIGHTS_FILE = "model.safetensors";
/** The index of a sharded checkpoint. */
export const WEIGHTS_INDEX_FILE = "model.safetensors.index.json";

/** The tensors of a checkpoint. Only headers are held; bytes are read on demand. */
export interface TensorIndex {
  /** Number of tensors. */
  readonly size: number;
  /** All names, sorted. */
  names(): readonly string[];
  /** Where a tensor lies, or undefined. */
  get(name: string): TensorEntry | undefined;
  /**
   * Reads stored bytes of a tensor, little-endian, as they are.
   *
   * @param name Name of the tensor.
   * @param offset First byte, counted from the start of the tensor. Default: 0.
   * @param length Number of bytes. Default: to the end of the tensor.
   * @throws {CheckpointError} If there is no such tensor, or the file was cut since its header was read.
   * @throws {RangeError} If the range leaves the tensor.
   */
  read(name: string, offset?: number, length?: number): Promise<Uint8Array<ArrayBuffer>>;
}

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * Reads the headers of all weight files. `model.safetensors` is preferred to an index, as `transformers` does. Of a
 * sharded checkpoint the index decides which shard a tensor is read from; tensors it does not list are not there.
 *
 * @param files The checkpoint.
 * @throws {CheckpointError} If there is no safetensors file, a shard is missing, or a header is wrong.
 */
export async function openTensorIndex(files: CheckpointFiles): Promise<TensorIndex> {
  const present = new Set(await files.list());
  const entries = present.has(WEIGHTS_FILE)
    ? await readSafetensorsHeader(await files.open(WEIGHTS_FILE), WEIGHTS_FILE)
    : present.has(WEIGHTS_INDEX_FILE)
    ? await readShards(files, present)
    : noWeights(present, files.location);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return {
    size: byName.size,
    names: () => [...byName.keys()].sort(),
    get: (name) => byName.get(name),
    async read(name, offset = 0, length) {
      const entry = byName.get(name);
      if (entry === undefined) throw new CheckpointError(`Expected a tensor ${name}: found none`, { param: name });
      const count = length ?? entry.byteLength - offset;
      if (offset < 0 || count < 0 || offset + count > entry.byteLength) {
        throw new RangeError(`Expected a range within the ${entry.byteLength} bytes of ${name}: found another`);
      }
      return await (await files.open(entry.file)).read(entry.offset + offset, count);
    },
  };
}

async function readShards(files: CheckpointFiles, present: ReadonlySet<string>): Promise<TensorEntry[]> {
  const index = parseWith(indexSchema, await readJsonObject(files, WEIGHTS_INDEX_FILE), WEIGHTS_INDEX_FILE);
  const shards = [...new Set(Object.values(index.weight_map))].sort();
  for (const shard of shards) {
    // A shard must be one of the listed names; this also keeps `../` out.
    if (!present.has(shard)) throw missingFile(shard, files.location);
  }
  const headers = await Promise.all(
    shards.map(async (shard) => await readSafetensorsHeader(await files.open(shard), shard)),
  );
  const found = new Map(headers.flat().map((entry) => [`${entry.file}\n${entry.name}`, entry]));
  return Object.entries(index.weight_map).map(([tensor, shard]) => {
    const entry = found.get(`${shard}\n${tensor}`);
    if (entry !== undefined) return entry;
    throw new CheckpointError(`Expected tensor ${tensor} in ${shard}, as ${WEIGHTS_INDEX_FILE} says: found none`, {
      param: `${WEIGHTS_INDEX_FILE}: ${tensor}`,
    });
  });
}

function noWeights(present: ReadonlySet<string>, location: string): never {
  const others = [...present].filter((name) => /\.(safetensors|bin|gguf|pt|pth|h5|msgpack|onnx)$/.test(name));
  const found = others.length === 0 ? "no weights" : others.slice(0, 5).join(", ");
  throw new CheckpointError(`Expected ${WEIGHTS_FILE} or ${WEIGHTS_INDEX_FILE} in ${location}: found ${found}`, {
    code: "checkpoint_file_missing",
    param: WEIGHTS_FILE,
    hint: weightHint(others),
  });
}

function weightHint(others: readonly string[]): string | undefined {
  if (others.some((name) => name.endsWith(".gguf"))) {
    return "GGUF files are not read; use the repository that they were converted from";
  }
  if (others.includes("adapter_model.safetensors")) {
    return "These are LoRA weights; merge them into their base model and save that";
  }
  if (others.some((name) => /\.(bin|pt|pth)$/.test(name))) {
    return "Load the checkpoint with transformers and write it again with save_pretrained, which saves safetensors; " +
      "for a hub id, a revision refs/pr/N with safetensors may exist";
  }
  return undefined;
}
