import { assertEquals } from "@std/assert";

Deno.test("every op of a decoder and of an image encoder has a WebGPU kernel", async () => {
  const script = new URL("./webgpu_placement.ts", import.meta.url).pathname;
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "-A", script], stdout: "null", stderr: "piped" });
  const { stderr } = await command.output();
  const log = new TextDecoder().decode(stderr);
  const found: Record<string, string[]> = {};
  let missing = new Set<string>();
  for (const [, op, opened] of log.matchAll(/not found in registries for Op type: (\w+)|opened (\w+ f\d\d)/g)) {
    if (op) missing.add(op);
    else [found[opened], missing] = [[...missing].sort(), new Set()];
  }
  assertEquals(found, {
    "llama_llama3_rope f32": [],
    "llama_llama3_rope f16": [],
    "qwen3 f32": [],
    "qwen3 f16": [],
    "gemma3_text_v4 f32": [],
    "gemma3_text_v4 f16": [],
    "phi3_partial_rotary f32": [],
    "phi3_partial_rotary f16": [],
    // The extents to which the class token is repeated are computed on the CPU, where extents live.
    "clip_default f32": ["Concat", "Gather"],
    "clip_default f16": ["Concat", "Gather"],
    "siglip_full f32": [],
    "siglip_full f16": [],
  });
});
