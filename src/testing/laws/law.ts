import type { ConformanceSession } from "../session.ts";

/** Something that holds for every adapter. */
export interface Law {
  /** The law in one sentence. */
  readonly name: string;
  /**
   * Tries it on a subject.
   *
   * @throws {Error} If it does not hold; the message says for what.
   */
  readonly check: (session: ConformanceSession) => Promise<void>;
}
