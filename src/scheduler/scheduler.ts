/**
 * Decides which sequences run next. Knows ids and counts only: no tensors, text or models.
 *
 * @module
 */
import { CapacityError } from "../core/errors.ts";

/** What one step runs. */
export interface Batch {
  /** `prefill`: first pass over a prompt; `decode`: one more token. */
  readonly phase: "prefill" | "decode";
  /** Sequences of this step. */
  readonly sequenceIds: readonly string[];
}

/** Limits of the queue. */
export interface SchedulerLimits {
  /** Sequences that run at the same time, at least 1. */
  readonly maxNumSeqs: number;
  /** Sequences that may wait; beyond, requests are refused. */
  readonly maxQueue: number;
}

/**
 * First come, first served; running sequences take turns.
 *
 * A sequence is admitted (its prompt is being prepared), then waits, then runs. A prefill goes before decoding, so that a
 * new request sees its first token soon; one round of decoding lies between two prefills, so that nobody starves.
 */
export class Scheduler {
  readonly #limits: SchedulerLimits;
  readonly #admitted = new Set<string>();
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  #turn: string[] = [];

  /** Starts empty. */
  constructor(limits: SchedulerLimits) {
    this.#limits = limits;
  }

  /** Sequences that run, and those that wait for a place or for their prompt. */
  get counts(): { running: number; waiting: number } {
    return { running: this.#running.size, waiting: this.#admitted.size + this.#waiting.size };
  }

  /**
   * Takes a place in the queue before any work is done for the request.
   *
   * @throws {CapacityError} If the queue is full.
   */
  admit(id: string): void {
    const { running, waiting } = this.counts;
    const places = this.#limits.maxNumSeqs + this.#limits.maxQueue;
    if (running + waiting >= places) {
      throw new CapacityError(`Expected at most ${places} requests at a time: found ${running + waiting}`, {
        hint: "Send the request again later, or raise LIMBUS_MAX_QUEUE",
      });
    }
    this.#admitted.add(id);
  }

  /** Queues an admitted sequence whose prompt is ready. */
  enqueue(id: string): void {
    if (this.#admitted.delete(id)) this.#waiting.add(id);
  }

  /** Forgets a sequence, wherever it is; unknown ids are ignored. */
  remove(id: string): void {
    this.#admitted.delete(id);
    this.#waiting.delete(id);
    this.#running.delete(id);
    this.#turn = this.#turn.filter((other) => other !== id);
  }

  /** The next step, or undefined if there is nothing to run. */
  next(): Batch | undefined {
    if (this.#turn.length > 0) return { phase: "decode", sequenceIds: [this.#turn.shift()!] };
    const [first] = this.#waiting;
    if (first !== undefined && this.#running.size < this.#limits.maxNumSeqs) {
      this.#waiting.delete(first);
      this.#running.add(first);
      this.#turn = [...this.#running];
      return { phase: "prefill", sequenceIds: [first] };
    }
    this.#turn = [...this.#running];
    const next = this.#turn.shift();
    return next === undefined ? undefined : { phase: "decode", sequenceIds: [next] };
  }
}
