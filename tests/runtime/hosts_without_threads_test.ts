import { assertEquals, assertRejects } from "@std/assert";
import { compileKernels } from "../../src/compute/kernels.ts";
import { DeviceError } from "../../src/core/errors.ts";
import { buildGraph, linear, toFloat, toFloat32 } from "../../src/graph/mod.ts";
import { chooseExecutor } from "../../src/runtime/choose_executor.ts";

const graph = buildGraph("language", (g) => {
  const x = toFloat(g, g.input("x", "float32", ["n", 8]));
  g.output("y", toFloat32(g, linear(g, x, { weight: g.weight("w", [8, 8]) })));
});

/** Runs a function on a host that lacks something. */
async function without(change: () => () => void, run: () => Promise<void>): Promise<void> {
  const restore = change();
  try {
    await run();
  } finally {
    restore();
  }
}

/** A page that is not isolated from other origins has memories, and none that threads share. */
function noSharedMemory(): () => void {
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor({ shared: _, ...rest }: WebAssembly.MemoryDescriptor) {
      super(rest);
    }
  };
  return () => void (WebAssembly.Memory = Memory);
}

/** As Node 20 does it. */
function noRelaxedSimd(): () => void {
  const { compile } = WebAssembly;
  const refuse = () => Promise.reject(new WebAssembly.CompileError("Invalid opcode 0xfd105"));
  WebAssembly.compile = refuse as unknown as typeof compile;
  return () => void (WebAssembly.compile = compile);
}

for (const [name, change] of [["shared memory", noSharedMemory], ["relaxed SIMD", noRelaxedSimd]] as const) {
  Deno.test(`a host without ${name} gets ONNX Runtime, and is told why`, async () => {
    await without(change, async () => {
      await assertRejects(compileKernels);
      const question = { weightType: "f32", device: "wasm", graphs: [graph], compile: compileKernels } as const;
      assertEquals(await chooseExecutor({ setting: "auto", ...question }), {
        executor: "ort",
        reason: "not our own kernels: this host has no relaxed SIMD or no shared memory",
      });
      await assertRejects(() => chooseExecutor({ setting: "core", ...question }), DeviceError, "as asked for");
    });
    assertEquals(await compileKernels() instanceof WebAssembly.Module, true);
  });
}
