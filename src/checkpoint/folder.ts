import type { CheckpointFile, CheckpointFiles } from "./files.ts";
import { missingFile, shortFile } from "./files.ts";
import { CheckpointError } from "../core/errors.ts";
import { fromFileUrl, join } from "@std/path";

/** `org/name`, with a revision or without. */
const HUB_ID = /^[\w-][\w.-]*\/[\w.-]+(@[\w./-]+)?$/;

/**
 * The files of a folder on disk. The only place of the checkpoint reader that touches `Deno`.
 *
 * Links are followed, so a snapshot folder of the hub's own cache works. A file is opened for each range that is read,
 * which makes concurrent reads safe and leaves nothing to close.
 *
 * @param folder Path or `file:` URL.
 * @throws {CheckpointError} If it is no folder, or cannot be read.
 */
export async function folderFiles(folder: string | URL): Promise<CheckpointFiles> {
  const path = folder instanceof URL || folder.startsWith("file:") ? fromFileUrl(folder) : folder;
  let isDirectory: boolean;
  try {
    isDirectory = (await Deno.stat(path)).isDirectory;
  } catch (cause) {
    throw new CheckpointError(`Expected a checkpoint folder at ${path}: ${reason(cause)}`, {
      code: "checkpoint_not_found",
      hint: HUB_ID.test(path)
        ? "Hub ids are not fetched in this version; download the repository and give its folder"
        : undefined,
      cause,
    });
  }
  if (!isDirectory) {
    throw new CheckpointError(`Expected a checkpoint folder at ${path}: found a file`, {
      code: "checkpoint_not_found",
      hint: "Give the folder that holds config.json",
    });
  }
  return {
    location: path,
    async list() {
      const names: string[] = [];
      for await (const entry of Deno.readDir(path)) if (!entry.isDirectory) names.push(entry.name);
      return names.sort();
    },
    open: (name) => openFile(path, name),
    write: (name, bytes) => writeFile(path, name, bytes),
  };
}

async function openFile(folder: string, name: string): Promise<CheckpointFile> {
  const path = join(folder, name);
  let size: number;
  try {
    size = (await Deno.stat(path)).size;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) throw missingFile(name, folder, cause);
    throw new CheckpointError(`Expected a readable file ${name}: ${reason(cause)}`, { param: name, cause });
  }
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      using file = await Deno.open(path);
      await file.seek(offset, Deno.SeekMode.Start);
      let filled = 0;
      while (filled < length) {
        const count = await file.read(bytes.subarray(filled));
        if (count === null) throw shortFile(name, offset, length, offset + filled);
        filled += count;
      }
      return bytes;
    },
  };
}

/** The file gets its name when all of it is there, so that nobody reads half of it. */
async function writeFile(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(folder, `.${name}.${crypto.randomUUID()}`);
  try {
    await Deno.writeFile(temporary, bytes, { createNew: true });
    await Deno.rename(temporary, join(folder, name));
  } catch (cause) {
    await Deno.remove(temporary).catch(() => {});
    throw new CheckpointError(`Expected to write ${name} in ${folder}: ${reason(cause, "write")}`, {
      param: name,
      cause,
    });
  }
}

function reason(cause: unknown, verb: "read" | "write" = "read"): string {
  const done = verb === "read" ? "read" : "written";
  if (cause instanceof Deno.errors.NotFound) return "found nothing";
  if (cause instanceof Deno.errors.NotCapable) return `found that Deno may not ${verb} it (--allow-${verb})`;
  if (cause instanceof Deno.errors.PermissionDenied) return `found that it may not be ${done}`;
  return `found something that cannot be ${done}`;
}
