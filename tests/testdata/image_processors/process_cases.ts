/**
 * Runs picture processors for `differential.py`: reads a line of JSON, writes a line of JSON.
 *
 *     {"settings": {...}, "pictures": [base64, ...]}  ->  {"outputs": {key: {type, dims, data}}} or {"error": "..."}
 *
 * @module
 */
import { ImageProcessor } from "../../../src/multimodal/image_processor.ts";

interface Case {
  readonly settings: object;
  readonly pictures: readonly string[];
}

async function answer({ settings, pictures }: Case): Promise<object> {
  try {
    const processor = ImageProcessor.fromConfig(settings);
    const tensors = await processor.process(pictures.map((picture) => Uint8Array.fromBase64(picture)));
    const outputs = Object.entries(tensors).map(([key, { type, dims, data }]) => {
      const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
      return [key, { type, dims, data: bytes.toBase64() }];
    });
    return { outputs: Object.fromEntries(outputs) };
  } catch (error) {
    return { error: String(error) };
  }
}

let rest = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) console.log(JSON.stringify(await answer(JSON.parse(line))));
}
