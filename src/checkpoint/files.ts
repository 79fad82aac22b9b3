/**
 * Where a checkpoint's files come from. Folders, hub downloads, `fetch` on an edge host and tests all stand behind
 * this one interface.
 *
 * @module
 */
import { CheckpointError } from "../core/errors.ts";

/** One file, read by ranges. */
export interface CheckpointFile {
  /** Bytes. */
  readonly size: number;
  /**
   * Reads a range; always exactly `length` bytes, in a buffer of their own.
   *
   * @throws {CheckpointError} If the file ends before the range does.
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** The files of one checkpoint, flat: names hold no folder. */
export interface CheckpointFiles {
  /** Folder or address, for messages. */
  readonly location: string;
  /** Names of all files. */
  list(): Promise<readonly string[]>;
  /**
   * Opens a file; holds no resource that must be closed.
   *
   * @throws {CheckpointError} If there is no such file.
   */
  open(name: string): Promise<CheckpointFile>;
  /**
   * Writes a file whole or not at all; absent where nothing can be written.
   *
   * @throws {CheckpointError} If it may not be written.
   */
  readonly write?: (name: string, bytes: Uint8Array) => Promise<void>;
}

/**
 * Files in memory, for tests and for bundles that carry their model along.
 *
 * @param files Name to content; texts are written as UTF-8.
 * @param location What messages call it.
 */
export function memoryFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  location = "memory",
): CheckpointFiles {
  const contents = new Map(
    Object.entries(files).map(([name, value]) => [
      name,
      typeof value === "string" ? new TextEncoder().encode(value) : value,
    ]),
  );
  return {
    location,
    list: () => Promise.resolve([...contents.keys()].sort()),
    open(name) {
      const bytes = contents.get(name);
      if (bytes === undefined) return Promise.reject(missingFile(name, location));
      return Promise.resolve({
        size: bytes.length,
        read: (offset, length) =>
          offset + length <= bytes.length
            ? Promise.resolve(bytes.slice(offset, offset + length) as Uint8Array<ArrayBuffer>)
            : Promise.reject(shortFile(name, offset, length, bytes.length)),
      });
    },
  };
}

/** The error for a file that is not there. */
export function missingFile(name: string, location: string, cause?: unknown): CheckpointError {
  return new CheckpointError(`Expected a file ${name} in ${location}: found none`, {
    code: "checkpoint_file_missing",
    param: name,
    cause,
  });
}

/** The error for a file that ends before a range does. */
export function shortFile(name: string, offset: number, length: number, size: number): CheckpointError {
  return new CheckpointError(
    `Expected ${length} bytes at offset ${offset} of ${name}: found a file of ${size} bytes`,
    { param: name, hint: "The file is cut; download it again" },
  );
}
