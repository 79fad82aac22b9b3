/**
 * A little of everything that `src/portable` has, as one function that runs on every host.
 *
 * @module
 */
import {
  applyPromptUpdates,
  AudioProcessor,
  convertFloats,
  decodeImage,
  hashBytes,
  ImageProcessor,
  LimbusError,
  PromptReplacement,
  resizeImage,
  Sampler,
  Tokenizer,
} from "../../src/portable/mod.ts";

export { initCore } from "../../src/portable/mod.ts";

const TOKENIZER = {
  version: "1.0",
  added_tokens: [],
  model: {
    type: "BPE",
    vocab: Object.fromEntries(["a", "b", "c", "ab", "abc", "<0xF0>"].map((token, id) => [token, id])),
    merges: ["a b", "ab c"],
  },
};

function hashOf({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return hashBytes([new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)]);
}

function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return error instanceof LimbusError ? error.code : String(error);
  }
  return "none";
}

/**
 * What this host makes of a picture and of some numbers.
 *
 * @param base64 A picture file.
 * @returns JSON, the same on every host.
 */
export async function smoke(base64: string): Promise<string> {
  const file = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const tokenizer = Tokenizer.fromJSON(TOKENIZER);
  const image = decodeImage(file);
  const resized = resizeImage(image, { width: 40, height: 30, resample: "bicubic", exactTo: "torchvision" });
  const pixels = await ImageProcessor.fromConfig({ image_processor_type: "CLIPImageProcessor" }).process([file]);
  const sound = Float32Array.from({ length: 16000 }, (_, i) => ((i * 7919) % 2000) / 1000 - 1);
  const listener = AudioProcessor.fromConfig({ feature_extractor_type: "WhisperFeatureExtractor" });
  const features = await listener.process([sound], { samplingRate: 16000 });
  const updates = [{
    modality: "image",
    updates: [new PromptReplacement({ target: [7], replacement: [8, 8] })],
  }] as const;
  const planned = applyPromptUpdates([1, 7, 2], updates.map((update) => ({ ...update, numItems: 1 })));
  const logits = Float32Array.from({ length: 50_000 }, (_, i) => ((i * 7919) % 4001) / 400);
  const sampler = new Sampler({ seed: 5, topK: 40, topP: 0.9, logprobs: 2 });
  const drawn = [0, 1, 2].map((position) =>
    sampler.sample(logits, { promptTokenIds: [], outputTokenIds: [], position })
  );
  const ids = tokenizer.encode("abcabba").ids;
  return JSON.stringify({
    ids: [...ids],
    text: tokenizer.decode(ids),
    picture: [image.width, image.height, hashOf(image.data)],
    resized: hashOf(resized.data),
    pixels: Object.entries(pixels).map(([name, { dims, data }]) => [name, dims, hashOf(data)]),
    features: [features.input_features.dims, hashOf(features.input_features.data)],
    planned: [...planned.promptTokenIds],
    drawn,
    halves: hashOf(convertFloats(new Uint8Array(logits.buffer), "float32", "float16")),
    refused: [codeOf(() => decodeImage(file.subarray(0, 20))), codeOf(() => new Sampler({ topP: 2 }))],
  });
}
