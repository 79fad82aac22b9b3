import { KERNEL, type Step, type Word } from "./words.ts";
import type { Plan } from "./plan.ts";

/** A plan in the words that `crates/executor` reads. */
export interface EncodedPlan {
  /** The program. */
  readonly words: Int32Array;
  /** Words that are filled in before each run. */
  readonly slots: readonly { readonly word: number; readonly slot: string }[];
}

/** A word that is an address. */
export type AddressWord = Exclude<Word, number | { readonly float: number } | { readonly slot: string }>;

/** Nanoseconds of work that one claim of a thread should be worth. */
const CHUNK_COST = 6_000;

function floatBits(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0];
}

/** Into how many parts a step is divided. */
function chunksOf({ cost, units }: Step, numThreads: number): number {
  if (numThreads === 1) return 1;
  return Math.max(1, Math.min(units, Math.ceil(cost / CHUNK_COST)));
}

/**
 * Writes a plan.
 *
 * @param plan The plan.
 * @param numThreads Threads that will take part.
 * @param address Where buffers and weights lie.
 */
export function encodePlan(plan: Plan, numThreads: number, address: (word: AddressWord) => number): EncodedPlan {
  const { phases } = plan;
  const words: number[] = [phases.length, ...Array<number>(3 * phases.length).fill(0)];
  const slots: { word: number; slot: string }[] = [];
  phases.forEach((steps, phase) => {
    let numChunks = 0;
    words[3 * phase + 1] = words.length;
    words[3 * phase + 2] = steps.length;
    for (const step of steps) {
      const chunks = chunksOf(step, numThreads);
      numChunks += chunks;
      words.push(KERNEL[step.kernel], 3 + step.words.length, chunks);
      for (const word of step.words) {
        if (typeof word === "number") words.push(word);
        else if ("float" in word) words.push(floatBits(word.float));
        else if ("slot" in word) {
          slots.push({ word: words.length, slot: word.slot });
          words.push(0);
        } else words.push(address(word));
      }
    }
    words[3 * phase + 3] = numChunks;
  });
  return { words: Int32Array.from(words), slots };
}
