import type { Tensor } from "../core/tensor.ts";
import type { ImageLimits } from "./image.ts";
import { type PictureProcessor, readImageProcessor } from "./image_processors/mod.ts";

/**
 * Turns picture files into tensors (`pixel_values` and what else there is), as the image processor of a checkpoint does in
 * transformers 5, torchvision backend: same keys, types, shapes and values.
 *
 * Classes, by `image_processor_type`, also with `Fast` or `Pil` behind it or as `XFeatureExtractor` (transformers 5 takes
 * its torchvision class for each of these): Beit, Bit (DINOv2), Blip (BLIP-2, InstructBLIP), Chameleon, ChineseCLIP, CLIP
 * (LLaVA), Cohere2Vision, ConvNext, DeiT, Ernie4_5_VLMoe, Gemma3, Gemma4, Glm46V, Glm4v, GotOcr2 (InternVL), Idefics,
 * Idefics2, Idefics3, Janus, Levit, Lfm2Vl, Llava, LlavaNext, LlavaOnevision, Mllama (Llama 3.2 Vision), MobileNetV1,
 * PaddleOCRVL, PI0, Pixtral (Mistral 3), Pvt, Qwen2VL (Qwen2.5-VL, Qwen3-VL), Siglip (PaliGemma), Siglip2 (NaFlex), SmolVLM,
 * VideoLlama3, ViT; each followed by `ImageProcessor`.
 *
 * @example
 * ```ts
 * import { ImageProcessor } from "./image_processor.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const config = { image_processor_type: "CLIPImageProcessor", size: 336, crop_size: 336 };
 * const processor = ImageProcessor.fromConfig(config);
 * const picture = Uint8Array.fromBase64(
 *   "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg==",
 * );
 * const { pixel_values } = await processor.process([picture]);
 * assertEquals(pixel_values.dims, [1, 3, 336, 336]);
 * ```
 */
export class ImageProcessor {
  readonly #processor: PictureProcessor;

  private constructor(processor: PictureProcessor) {
    this.#processor = processor;
  }

  /**
   * Reads a checkpoint's configuration, as transformers 4 and 5 write it.
   *
   * @param preprocessorConfig The parsed `preprocessor_config.json`.
   * @throws {CheckpointError} If the class or an option that changes pixels is not supported; `param` names it.
   */
  static fromConfig(preprocessorConfig: object): ImageProcessor {
    return new ImageProcessor(readImageProcessor(preprocessorConfig));
  }

  /**
   * Decodes and transforms picture files.
   *
   * @param images Encoded files; at least one.
   * @param limits How files are decoded.
   * @returns What the class gives for a batch; `pixel_values` is among it.
   * @throws {MediaDecodeError} If a file is broken, not supported or over the limit.
   * @throws {ShapeError} If pictures come out in different sizes and the class does not pad them.
   */
  // deno-lint-ignore require-await
  async process(images: readonly Uint8Array[], limits: ImageLimits = {}): Promise<Record<string, Tensor>> {
    return this.#processor.process(images, limits);
  }
}
