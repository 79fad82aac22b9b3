/**
 * Runs picture processors for `differential.py`: reads a line of JSON, writes a line of JSON.
 *
 *     {"settings": {...}, "pictures": [base64, ...]}  ->  {"outputs": {key: {type, dims, data}}} or {"error": "..."}
 *     or {"tooLarge": true}: over Limbus' own limit, or too much for a line
 *
 * @module
 */
import { MediaDecodeError } from "../../../src/core/errors.ts";
import { ImageProcessor } from "../../../src/multimodal/image_processor.ts";

interface Case {
  readonly settings: object;
  readonly pictures: readonly string[];
}

async function answer({ settings, pictures }: Case): Promise<object> {
  try {
    const processor = ImageProcessor.fromConfig(settings);
    const tensors = await processor.process(pictures.map((picture) => Uint8Array.fromBase64(picture)));
    const numBytes = Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
    if (numBytes > 1 << 28) return { tooLarge: true };
    const outputs = Object.entries(tensors).map(([key, { type, dims, data }]) => {
      const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
      return [key, { type, dims, data: bytes.toBase64() }];
    });
    return { outputs: Object.fromEntries(outputs) };
  } catch (error) {
    const isTooLarge = error instanceof MediaDecodeError && error.code === "image_too_large";
    return isTooLarge ? { tooLarge: true } : { error: String(error) };
  }
}

let rest = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) console.log(JSON.stringify(await answer(JSON.parse(line))));
}
