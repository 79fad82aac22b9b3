/**
 * The goldens that `make_goldens.py` wrote, with their types.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import type { ResizeFilter } from "../../../src/multimodal/image.ts";

/** Pixels of one picture file, as Pillow reads it. */
export interface FileGolden {
  readonly width: number;
  readonly height: number;
  /** SHA-256 of `[height, width, 3]`, pasted onto white. */
  readonly white: string;
  /** The same without alpha. */
  readonly drop: string;
  /** Pictures in the file, if there are several. */
  readonly frames?: number;
}

/** What a processor gives for one picture file. */
export interface ProcessorOutput {
  readonly shape: [number, number, number];
  /** SHA-256 of `pixel_values`, float32. */
  readonly sha256: string;
  /** Base64 of the first eight values of the middle row of each channel, float32. */
  readonly middle_rows: string;
}

interface Goldens {
  readonly files: Readonly<Record<string, FileGolden>>;
  /** Width, height, width and height after the resize, filter, SHA-256 of the result. */
  readonly resizes: readonly [number, number, number, number, "bilinear" | "bicubic" | "lanczos", string][];
  readonly processors: readonly { config: object; outputs: Readonly<Record<string, ProcessorOutput>> }[];
}

const at = (name: string) => fromFileUrl(new URL(name, import.meta.url));

/** All goldens. */
export const goldens: Goldens = JSON.parse(Deno.readTextFileSync(at("goldens.json")));

interface PillowGoldens {
  /** Pillow's. */
  readonly version: string;
  /** Width, height, width and height after the resize, filter, SHA-256 of the result. */
  readonly resizes: readonly [number, number, number, number, ResizeFilter, string][];
}

/** What `make_pillow_resizes.py` wrote. */
export const pillowGoldens: PillowGoldens = JSON.parse(Deno.readTextFileSync(at("pillow_resizes.json")));

/** The bytes of one of the picture files. */
export function readPicture(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(at(name));
}

/** SHA-256 in hexadecimal. */
export async function sha256(data: ArrayBufferView): Promise<string> {
  const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
