import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError } from "../../src/core/errors.ts";
import { chooseDevice, type GpuProbe } from "../../src/runtime/device.ts";

function gpu(description: string, features: string[] = ["shader-f16"]): GpuProbe {
  return {
    requestAdapter: () =>
      Promise.resolve({ features: new Set(features), info: { vendor: "v", architecture: "a", description } }),
  };
}
const noAdapter: GpuProbe = { requestAdapter: () => Promise.resolve(null) };

Deno.test("chooseDevice() takes a hardware adapter, in f16 where it can", async () => {
  assertEquals(await chooseDevice("auto", "auto", gpu("Fast GPU"), 2), {
    device: "webgpu",
    dtype: "f16",
    reason: "a WebGPU adapter was found",
    name: "Fast GPU",
  });
  const choice = await chooseDevice("auto", "auto", gpu("Old GPU", []), 2);
  assertEquals(choice.dtype, "f32");
});

Deno.test("chooseDevice() falls back to WASM and says why", async () => {
  const reason = async (probe?: GpuProbe) => (await chooseDevice("auto", "auto", probe, 2)).reason;
  assertEquals(await reason(undefined), "the host has no WebGPU");
  assertEquals(await reason(noAdapter), "no WebGPU adapter found");
  assertEquals((await reason(gpu("llvmpipe"))).includes("runs in software"), true);
  assertEquals((await chooseDevice("wasm", "auto", gpu("Fast GPU"), 2)).name, "2 threads");
});

Deno.test("chooseDevice() refuses what was asked for and is not there", async () => {
  await assertRejects(() => chooseDevice("webgpu", "auto", noAdapter, 2), DeviceError, "no WebGPU adapter found");
  await assertRejects(() => chooseDevice("webgpu", "auto", undefined, 2), DeviceError, "the host has no WebGPU");
  await assertRejects(() => chooseDevice("webgpu", "f16", gpu("Old GPU", []), 2), DeviceError, "shader-f16");
  await assertRejects(() => chooseDevice("wasm", "f16", undefined, 2), DeviceError, "found f16");
});

Deno.test("chooseDevice() uses a software adapter only if asked to", async () => {
  assertEquals((await chooseDevice("webgpu", "auto", gpu("llvmpipe"), 2)).device, "webgpu");
  assertEquals((await chooseDevice("auto", "auto", gpu("llvmpipe"), 2)).device, "wasm");
});
