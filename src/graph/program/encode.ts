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

/** Parts into which one step is divided at most. */
const MAX_CHUNKS = 512;
/** Rows of a part of a group: with less the weights are read too often, with more the threads end too far apart. */
const CHUNK_ROWS = 48;

/** Into how many parts a group is divided. */
function chunksOf([{ cost, units, rows, byRows }]: readonly Step[], numThreads: number): number {
  if (numThreads === 1) return 1;
  if (byRows) return numThreads * Math.max(1, Math.round(rows / (numThreads * CHUNK_ROWS)));
  return Math.max(1, Math.min(units, MAX_CHUNKS, Math.ceil(cost / CHUNK_COST)));
}

/**
 * The first row of each part of a group, and the end of the last, so that parts cost the same.
 *
 * A row at x, from 0 to 1, costs 1 + slope x; the cost up to x is then x + slope x^2 / 2.
 */
function boundariesOf(group: readonly Step[], chunks: number): number[] {
  const [{ rows }] = group;
  const costOf = (steps: readonly Step[]) => steps.reduce((sum, { cost }) => sum + cost, 0);
  const rising = costOf(group.filter(({ rises }) => rises));
  const slope = 2 * rising / Math.max(1, costOf(group) - rising);
  return Array.from({ length: chunks + 1 }, (_, chunk) => {
    const cost = (1 + slope / 2) * chunk / chunks;
    const x = slope < 1e-6 ? cost : (Math.sqrt(1 + 2 * slope * cost) - 1) / slope;
    return Math.round(x * rows);
  });
}

/** The steps of a phase, those together that are divided by as many rows. */
function groupsOf(phase: readonly Step[]): Step[][] {
  const groups: Step[][] = [];
  const byRows = new Map<number, Step[]>();
  for (const step of phase) {
    const known = step.byRows ? byRows.get(step.rows) : undefined;
    if (known) known.push(step);
    else {
      const group = [step];
      groups.push(group);
      if (step.byRows) byRows.set(step.rows, group);
    }
  }
  return groups;
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
    const groups = groupsOf(steps);
    let numChunks = 0;
    words[3 * phase + 1] = words.length;
    words[3 * phase + 2] = groups.length;
    for (const group of groups) {
      const chunks = chunksOf(group, numThreads);
      const [{ byRows }] = group;
      const start = words.push(group.length, chunks, 0, byRows ? 1 : 0) - 4;
      if (byRows) words.push(...boundariesOf(group, chunks));
      numChunks += chunks;
      for (const step of group) {
        words.push(KERNEL[step.kernel], 3 + step.words.length, step.rows);
        for (const word of step.words) {
          if (typeof word === "number") words.push(word);
          else if ("float" in word) words.push(floatBits(word.float));
          else if ("slot" in word) {
            slots.push({ word: words.length, slot: word.slot });
            words.push(0);
          } else words.push(address(word));
        }
      }
      words[start + 2] = words.length - start;
    }
    words[3 * phase + 3] = numChunks;
  });
  return { words: Int32Array.from(words), slots };
}
