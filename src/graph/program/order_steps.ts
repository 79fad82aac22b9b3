/**
 * The order of a plan's steps: phases between which all threads wait for each other, as few as possible.
 *
 * Most of a network works on rows: norms, products, activations, rotations, queries of attention. A thread that does all of that
 * to its part of the rows need not wait for the others until attention asks for everybody's keys and values, and finds in its own
 * cache what it has just made.
 *
 * @module
 */
import type { Step } from "./words.ts";

/** A step, and what it needs row by row. */
export interface PlannedStep extends Step {
  /** Buffers among those that it reads of which a row of its results needs one row, the same; absent if it has no rows. */
  readonly rowReads?: readonly number[];
}

/** Rows that each thread should have at least: products read their weights once for all rows of a thread. */
const ROWS_PER_THREAD = 8;

/**
 * Orders steps.
 *
 * @param steps In an order in which each finds what it reads.
 * @param numThreads Threads that will take part.
 * @returns Phases. Steps of a phase that are divided by rows, and by as many, form a group; the others do not depend on each other.
 */
export function orderSteps(steps: readonly PlannedStep[], numThreads: number): Step[][] {
  const phases: Step[][] = [];
  /** Phase in which a buffer is filled, and the rows by which that is done. */
  const filled = new Map<number, { phase: number; rows?: number }>();
  let zeros: Step | undefined;
  for (const { rowReads, ...step } of steps) {
    const rows = rowReads && step.rows >= ROWS_PER_THREAD * numThreads ? step.rows : undefined;
    // What fills a buffer with zeros comes before what writes into it.
    const behind = zeros && step.kernel !== "fill" ? zeros.writes : [];
    const waited = [...step.reads, ...step.writes.filter((buffer) => behind.includes(buffer))];
    const phase = Math.max(
      0,
      ...waited.map((buffer) => {
        const made = filled.get(buffer);
        if (!made) return 0;
        return rows !== undefined && made.rows === rows && rowReads!.includes(buffer) ? made.phase : made.phase + 1;
      }),
    );
    (phases[phase] ??= []).push({ ...step, byRows: rows !== undefined });
    for (const buffer of step.writes) {
      const earlier = filled.get(buffer);
      filled.set(buffer, earlier && earlier.phase >= phase ? { phase: earlier.phase } : { phase, rows });
    }
    if (step.kernel === "fill") zeros = step;
  }
  return phases;
}
