/**
 * The picture processors, by the names that their classes have in transformers. One file each; a new one is a line here.
 *
 * @module
 */
import type { Tensor } from "../../core/tensor.ts";
import type { ImageLimits } from "../image.ts";
import { CLIP_CLASSES, readClip } from "./clip.ts";
import { GEMMA3_CLASSES, readGemma3 } from "./gemma3.ts";
import { GEMMA4_CLASSES, readGemma4 } from "./gemma4.ts";
import { GOT_OCR2_CLASSES, readGotOcr2 } from "./got_ocr2.ts";
import { IDEFICS2_CLASSES, readIdefics2 } from "./idefics2.ts";
import { IDEFICS3_CLASSES, readIdefics3 } from "./idefics3.ts";
import { JANUS_CLASSES, readJanus } from "./janus.ts";
import { LFM2_VL_CLASSES, readLfm2Vl } from "./lfm2_vl.ts";
import { LLAVA_NEXT_CLASSES, readLlavaNext } from "./llava_next.ts";
import { MLLAMA_CLASSES, readMllama } from "./mllama.ts";
import { PIXTRAL_CLASSES, readPixtral } from "./pixtral.ts";
import { QWEN2_VL_CLASSES, readQwen2Vl } from "./qwen2_vl.ts";
import { readSiglip2, SIGLIP2_CLASSES } from "./siglip2.ts";
import { pictureSettings, readProcessorType } from "./settings.ts";

/** Turns picture files into the tensors that the class of the same name makes in transformers. */
export interface PictureProcessor {
  /** All tensors of a batch; see {@linkcode ImageProcessor.process}. */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

/** Reads the settings of a class. */
type ReadProcessor = (preprocessorConfig: object) => PictureProcessor;

const FAMILIES: readonly (readonly [classes: readonly string[], read: ReadProcessor])[] = [
  [CLIP_CLASSES, readClip],
  [GEMMA3_CLASSES, readGemma3],
  [GEMMA4_CLASSES, readGemma4],
  [GOT_OCR2_CLASSES, readGotOcr2],
  [IDEFICS2_CLASSES, readIdefics2],
  [IDEFICS3_CLASSES, readIdefics3],
  [JANUS_CLASSES, readJanus],
  [LFM2_VL_CLASSES, readLfm2Vl],
  [LLAVA_NEXT_CLASSES, readLlavaNext],
  [MLLAMA_CLASSES, readMllama],
  [PIXTRAL_CLASSES, readPixtral],
  [QWEN2_VL_CLASSES, readQwen2Vl],
  [SIGLIP2_CLASSES, readSiglip2],
];

/** How the settings of each class are read, by `image_processor_type`. */
export const imageProcessors: Readonly<Record<string, ReadProcessor>> = Object.fromEntries(
  FAMILIES.flatMap(([classes, read]) => classes.map((name) => [name, read])),
);

/** Names of the classes that {@linkcode readImageProcessor} knows. */
export const IMAGE_PROCESSOR_CLASSES: readonly string[] = Object.keys(imageProcessors);

/**
 * Reads a checkpoint's picture settings with the class that they name.
 *
 * @param preprocessorConfig The parsed `preprocessor_config.json`, or `processor_config.json` with it under
 * `image_processor`.
 * @throws {CheckpointError} If the class or an option that changes pixels is not supported; `param` names it.
 */
export function readImageProcessor(preprocessorConfig: object): PictureProcessor {
  const type = readProcessorType(pictureSettings(preprocessorConfig), IMAGE_PROCESSOR_CLASSES);
  return imageProcessors[type](preprocessorConfig);
}
