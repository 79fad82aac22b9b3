/**
 * Which execution provider runs the networks. Never silent: the reason is part of the choice.
 *
 * @module
 */
import { DeviceError } from "../core/errors.ts";

/** A setting of `LIMBUS_DEVICE`. */
export type DeviceSetting = "auto" | "webgpu" | "wasm";

/** A setting of `LIMBUS_DTYPE`. */
export type DtypeSetting = "auto" | "f32" | "f16" | "q8";

/** The part of `navigator.gpu` that the choice needs. */
export interface GpuProbe {
  /** Looks for an adapter; null if there is none. */
  requestAdapter(): Promise<GpuAdapterProbe | null>;
}

/** The part of a GPU adapter that the choice needs. */
export interface GpuAdapterProbe {
  /** Optional features that the adapter has, such as `shader-f16`. */
  readonly features: { has(name: string): boolean };
  /** What it calls itself. */
  readonly info: { readonly vendor: string; readonly architecture: string; readonly description: string };
}

/** A chosen device. */
export interface DeviceChoice {
  /** Execution provider. */
  readonly device: "webgpu" | "wasm";
  /** Type of weights and activations; of activations alone where `q8` was asked for. */
  readonly dtype: "f32" | "f16";
  /** Why this one. */
  readonly reason: string;
  /** Name of the adapter, or number of threads. */
  readonly name: string;
}

function adapterName({ info }: GpuAdapterProbe): string {
  return info.description || [info.vendor, info.architecture].filter(Boolean).join(" ") || "unnamed adapter";
}

/** A software adapter gives right answers, but slower than threaded WASM on the same cores. */
function isSoftware(adapter: GpuAdapterProbe): boolean {
  return /llvmpipe|lavapipe|swiftshader|software|basic render/i.test(adapterName(adapter));
}

/**
 * Chooses the device.
 *
 * @param setting What was asked for; `auto` takes WebGPU where there is a hardware adapter.
 * @param dtype What was asked for; `auto` is f16 on a GPU that has it, else f32; `q8` is for CPUs.
 * @param gpu `navigator.gpu`, or undefined where the host has none.
 * @param numThreads Threads that WASM would use.
 * @throws {DeviceError} If something was asked for that this host does not have.
 */
export async function chooseDevice(
  setting: DeviceSetting,
  dtype: DtypeSetting,
  gpu: GpuProbe | undefined,
  numThreads: number,
): Promise<DeviceChoice> {
  const onWasm = (reason: string): DeviceChoice => {
    if (dtype === "f16") {
      throw new DeviceError("Expected dtype f32 or auto on the wasm device: found f16", {
        param: "LIMBUS_DTYPE",
        hint: "f16 is slower than f32 on a CPU; it serves GPUs",
      });
    }
    return { device: "wasm", dtype: "f32", reason, name: numThreads === 1 ? "1 thread" : `${numThreads} threads` };
  };
  if (setting === "wasm") return onWasm("asked for");
  if (dtype === "q8") {
    if (setting === "auto") return onWasm("q8 runs on CPUs only");
    throw new DeviceError("Expected dtype f32, f16 or auto on the webgpu device: found q8", {
      param: "LIMBUS_DTYPE",
      hint: "q8 serves CPUs: set LIMBUS_DEVICE=auto or wasm",
    });
  }
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (!adapter) {
    const found = gpu ? "no WebGPU adapter found" : "the host has no WebGPU";
    if (setting === "auto") return onWasm(found);
    throw new DeviceError(`Expected a WebGPU adapter, as asked for: ${found}`, {
      param: "LIMBUS_DEVICE",
      hint: "Install a Vulkan, Metal or DirectX 12 driver, or set LIMBUS_DEVICE=auto to fall back to WASM",
    });
  }
  const name = adapterName(adapter);
  if (setting === "auto" && isSoftware(adapter)) {
    return onWasm(`the WebGPU adapter found runs in software (${name}); LIMBUS_DEVICE=webgpu uses it all the same`);
  }
  const hasF16 = adapter.features.has("shader-f16");
  if (dtype === "f16" && !hasF16) {
    throw new DeviceError(`Expected a WebGPU adapter with shader-f16, as asked for: found ${name} without it`, {
      param: "LIMBUS_DTYPE",
      hint: "Set LIMBUS_DTYPE=auto",
    });
  }
  return {
    device: "webgpu",
    dtype: dtype === "auto" ? (hasF16 ? "f16" : "f32") : dtype,
    reason: setting === "webgpu" ? "asked for" : "a WebGPU adapter was found",
    name,
  };
}
