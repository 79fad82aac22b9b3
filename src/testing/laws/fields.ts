/**
 * Laws of fields.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { LimbusError, ShapeError } from "../../core/errors.ts";
import type { Modality } from "../../core/message.ts";
import type { Tensor } from "../../core/tensor.ts";
import { decodeAudio } from "../../multimodal/audio.ts";
import { requireTensors, splitByItem } from "../../multimodal/field.ts";
import type { ItemTensors } from "../../multimodal/item.ts";
import type { SampleItem } from "../sample_item.ts";
import type { ConformanceSession } from "../session.ts";
import { isSameTensor } from "./comparing.ts";
import type { Law } from "./law.ts";

const NUM_ITEMS = 3;

/**
 * What a processor makes of several items is shared out by the fields as what it makes of each. The engine itself gives a
 * processor one item at a time; a tensor that a processor pads to the largest item of a batch may differ in shape.
 */
export const fieldsShareOutBatches: Law = {
  name: "fields share out what a processor makes of several items",
  async check(session) {
    for (const modality of session.modalities) {
      const samples = session.items(session.random(15), modality, NUM_ITEMS);
      const items = samples.map((sample) => contentOf(session, sample));
      if (items.length < NUM_ITEMS) items.push(...Array(NUM_ITEMS - items.length).fill(items[0]));
      const [batch, contents] = await processMixed(session, modality, items);
      const shares = shareOut(session, batch, modality, contents.length);
      for (const [at, content] of contents.entries()) {
        const [alone] = shareOut(session, await process(session, modality, [content]), modality, 1);
        assertEquals(Object.keys(shares[at]).sort(), Object.keys(alone).sort(), `tensors of ${modality} ${at}`);
        for (const [name, tensor] of Object.entries(alone)) {
          const isPadded = tensor.dims.join() !== shares[at][name].dims.join();
          assert(
            isPadded || isSameTensor(shares[at][name], tensor),
            `Expected field ${name} to give ${modality} ${at} its part of a batch of ${contents.length}: found another`,
          );
        }
      }
    }
  },
};

/** A file, or samples at the model's rate. */
function contentOf({ loaded }: ConformanceSession, { modality, source }: SampleItem): Uint8Array | Float32Array {
  if (source.kind === "samples") return source.samples;
  if (source.kind !== "bytes") throw new TypeError(`Expected samples that are files or samples: found ${source.kind}`);
  if (modality !== "audio") return source.bytes;
  return decodeAudio(source.bytes, { samplingRate: loaded.model.samplingRate }).samples;
}

function process(
  { loaded: { model, processLimits } }: ConformanceSession,
  modality: Modality,
  contents: readonly (Uint8Array | Float32Array)[],
): Promise<Record<string, Tensor>> {
  return modality === "audio"
    ? model.processors.audio!(contents as Float32Array[], processLimits)
    : model.processors.image!(contents as Uint8Array[], processLimits);
}

/** Items of different sizes, or, for a processor that makes no batch of them, of one size. */
async function processMixed(
  session: ConformanceSession,
  modality: Modality,
  contents: readonly (Uint8Array | Float32Array)[],
): Promise<[batch: Record<string, Tensor>, contents: readonly (Uint8Array | Float32Array)[]]> {
  try {
    return [await process(session, modality, contents), contents];
  } catch (error) {
    if (!(error instanceof ShapeError || error instanceof LimbusError)) throw error;
    const equal = contents.map(() => contents[0]);
    return [await process(session, modality, equal), equal];
  }
}

function shareOut(
  { loaded: { model } }: ConformanceSession,
  outputs: Record<string, Tensor>,
  modality: Modality,
  numItems: number,
): ItemTensors[] {
  return splitByItem(outputs, model.fields(outputs), modality, numItems)
    .map((item, at) => requireTensors(item, `${modality} ${at}`));
}
