/**
 * What `tokenizers` makes of hard texts, and the small tokenizers that it was asked about.
 *
 * @module
 */
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";

const DIR = new URL("../testdata/tokenizer/", import.meta.url);

/** The pipelines of well-known models, each with a small vocabulary. */
export const FAMILIES = [
  "gpt2",
  "roberta",
  "llama3",
  "qwen2",
  "o200k",
  "deepseek",
  "behaviors",
  "digits",
  "llama2",
  "llama1",
  "metaspace_always",
  "metaspace_first",
  "metaspace_never",
  "gemma",
] as const;

/** What `tokenizers` makes of the texts. */
export interface Cases {
  /** Ids that the post-processor puts in front. */
  readonly prefix: number[];
  /** Ids of each text without them. */
  readonly ids: number[][];
  /** Decoded text by index, where it differs from the text. */
  readonly decoded: Record<number, string>;
  /** The same without special tokens, where it differs from that. */
  readonly skipped: Record<number, string>;
}

function readJSON(name: string): unknown {
  return JSON.parse(Deno.readTextFileSync(new URL(name, DIR)));
}

/** The texts that all families share. */
export function loadTexts(): string[] {
  return readJSON("texts.json") as string[];
}

/** The expectations of one family. */
export function loadCases(family: string): Promise<Cases> {
  const packed = new Blob([Deno.readFileSync(new URL(`${family}.cases.json.gz`, DIR))]);
  return new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

/** The `tokenizer.json` of one family, as an object. */
// deno-lint-ignore no-explicit-any
export function loadFile(family: string): any {
  return readJSON(`${family}.json`);
}

/** The tokenizer of one family. */
export function loadTokenizer(family: string): Tokenizer {
  return Tokenizer.fromJSON(Deno.readTextFileSync(new URL(`${family}.json`, DIR)));
}

/** A tokenizer of one component, and what `tokenizers` makes of texts and of lists of ids with it. */
export interface ComponentCase {
  /** What it shows. */
  readonly name: string;
  /** The `tokenizer.json`. */
  readonly file: object;
  /** Ids of the first texts with what the post-processor adds; null where the text is refused. */
  readonly ids: (number[] | null)[];
  /** Ids by index without it, where they differ. */
  readonly plain: Record<number, number[]>;
  /** Lists of ids. */
  readonly lists: number[][];
  /** Their texts. */
  readonly decoded: string[];
  /** Their texts by index without special tokens, where they differ. */
  readonly skipped: Record<number, string>;
}

/** Every component that a `tokenizer.json` may hold. */
export function loadComponents(): Promise<{ texts: string[]; cases: ComponentCase[] }> {
  const packed = new Blob([Deno.readFileSync(new URL("components.json.gz", DIR))]);
  return new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).json();
}
