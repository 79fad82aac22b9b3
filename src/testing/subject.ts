import type { AnyAdapter } from "../models/adapter.ts";
import type { Modality } from "../core/message.ts";
import type { Random } from "./random.ts";
import type { SampleItem, SampleSizes } from "./sample_item.ts";

/** What the laws are checked on. */
export interface ConformanceSubject extends Partial<SampleSizes> {
  /** What it is called in reports; a family's `model_type`, say. */
  readonly name: string;
  /** The adapter. Absent: the built-in one for the checkpoint. */
  readonly adapter?: AnyAdapter;
  /** Folder of a checkpoint, as small as can be: path or `file:` URL. */
  readonly checkpoint: string | URL;
  /**
   * Makes items of a modality. Absent: pictures of random pixels with sides of 12 to 150 pixels, sounds of 0.1 to 2 seconds;
   * `imageSides` and `audioSeconds` say otherwise.
   */
  readonly samples?: Readonly<Partial<Record<Modality, (random: Random) => SampleItem>>>;
  /** `mm_processor_kwargs` with which the laws of sizes are checked too. Default: none. */
  readonly processorKwargs?: readonly Readonly<Record<string, unknown>>[];
  /** Number that every random choice comes from. Default: 1. */
  readonly seed?: number;
}
