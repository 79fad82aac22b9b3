import { assertEquals, assertRejects } from "@std/assert";
import { compileKernels } from "../../src/compute/kernels.ts";
import { DeviceError } from "../../src/core/errors.ts";
import { buildGraph, type Graph, linear, toFloat, toFloat32 } from "../../src/graph/mod.ts";
import { chooseExecutor, type ExecutorQuestion } from "../../src/runtime/choose_executor.ts";

function graph(width: number): Graph {
  return buildGraph("language", (g) => {
    const x = toFloat(g, g.input("x", "float32", ["n", width]));
    g.output("y", toFloat32(g, linear(g, x, { weight: g.weight("w", [width, width]) })));
  });
}

const known = graph(8);
/** The same graph with an op that no table has. */
const unknown: Graph = { ...known, nodes: known.nodes.map((node) => ({ ...node, op: "fourier" })) };

function ask(question: Partial<ExecutorQuestion>) {
  return chooseExecutor({
    setting: "auto",
    weightType: "f32",
    device: "wasm",
    graphs: [known],
    compile: compileKernels,
    ...question,
  });
}

const noSimd = () => Promise.reject(new WebAssembly.CompileError("invalid opcode"));

Deno.test("on a CPU our kernels run what they can run, and ONNX Runtime the rest, with the reason", async () => {
  const { executor, reason, kernels } = await ask({});
  assertEquals([executor, reason], ["core", "there are kernels for every op"]);
  assertEquals(kernels instanceof WebAssembly.Module, true);
  for (
    const [question, expected] of [
      [{ graphs: [known, unknown] }, "not our own kernels: they have none for fourier, in graph language"],
      [{ device: "webgpu" }, "not our own kernels: they do not run on webgpu"],
      [{ graphs: [graph(30_000)] }, "not our own kernels: the weights take 3434 MiB of at most 3072"],
      [{ compile: noSimd }, "not our own kernels: this host has no relaxed SIMD or no shared memory"],
      [{ setting: "ort" }, "asked for"],
    ] as [Partial<ExecutorQuestion>, string][]
  ) {
    assertEquals(await ask(question), { executor: "ort", reason: expected });
  }
});

Deno.test("our kernels, asked for and not able, are an error that names the op", async () => {
  assertEquals((await ask({ setting: "core" })).reason, "asked for");
  for (
    const [question, message] of [
      [{ graphs: [unknown] }, "they have none for fourier, in graph language"],
      [{ device: "webgpu" }, "they do not run on webgpu"],
      [{ compile: noSimd }, "this host has no relaxed SIMD"],
    ] as [Partial<ExecutorQuestion>, string][]
  ) {
    const error = await assertRejects(() => ask({ setting: "core", ...question }), DeviceError, message);
    assertEquals(error.param, "LIMBUS_EXECUTOR");
  }
});

Deno.test("q8 is for our kernels: nothing else takes its place", async () => {
  assertEquals((await ask({ weightType: "q8" })).reason, "q8 needs them");
  for (const question of [{ graphs: [unknown] }, { setting: "ort" }, { compile: noSimd }] as const) {
    const error = await assertRejects(() => ask({ weightType: "q8", ...question }), DeviceError, "networks, q8: ");
    assertEquals(error.param, "LIMBUS_DTYPE");
  }
});
