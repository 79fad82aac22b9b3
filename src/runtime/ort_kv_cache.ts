/**
 * Keys and values of one sequence in ONNX Runtime.
 *
 * WebGPU: one buffer for keys and one for values in each layer, bound as past and as present, so that a step copies nothing; a
 * sequence that outgrows its buffers moves to some twice as long. WASM: ONNX Runtime gives new tensors each step, which are
 * fed back; it copies the whole cache.
 *
 * @module
 */
import type * as Ort from "onnxruntime-web";
import { ContextLengthError } from "../core/errors.ts";
import type { OnnxModel } from "../graph/mod.ts";
import type { KvCache } from "./backend.ts";
import type { OrtModule } from "./ort_backend.ts";

/** ONNX Runtime's tensors by port of the graph. */
export type OrtTensors = Record<string, Ort.Tensor>;

/** One `past_key_values.{i}.key` or `.value`. */
interface CachePort {
  readonly past: string;
  readonly present: string;
  readonly type: "float32" | "float16";
  readonly numKvHeads: number;
  readonly headDim: number;
}

/** The ports of a graph's cache, with what making one needs. */
export interface CacheLayout {
  readonly ort: OrtModule;
  readonly ports: readonly CachePort[];
  /** The GPU, if the cache lives there. */
  readonly device?: GPUDevice;
  /** Tokens for which a new sequence gets buffers on a GPU. */
  readonly initialCapacity: number;
}

/** Reads the layout from a lowered graph. */
export function readCacheLayout(
  ort: OrtModule,
  model: OnnxModel,
  device: GPUDevice | undefined,
  initialCapacity: number,
): CacheLayout {
  const ports = model.inputs.filter(({ name }) => name.startsWith("past_key_values.")).map(({ name, type, dims }) => ({
    past: name,
    present: name.replace("past_key_values", "present"),
    type: type as CachePort["type"],
    numKvHeads: dims[1] as number,
    headDim: dims[3] as number,
  }));
  return { ort, ports, device, initialCapacity };
}

/** See the module. */
export class OrtKvCache implements KvCache {
  /** Tokens held. */
  length = 0;
  readonly capacity: number;
  readonly #layout: CacheLayout;
  /** By the names of the inputs. */
  #past: OrtTensors = {};
  /** Tokens for which there is room on a GPU. */
  #allocated = 0;

  /** Starts empty. */
  constructor(layout: CacheLayout, capacity: number) {
    this.#layout = layout;
    this.capacity = capacity;
    const { ort, ports, device, initialCapacity } = layout;
    if (device) this.#allocate(device, Math.min(capacity, initialCapacity));
    for (const { past, numKvHeads, headDim } of device ? [] : ports) {
      this.#past[past] = new ort.Tensor("float32", new Float32Array(0), [1, numKvHeads, 0, headDim]);
    }
  }

  /** What to feed. */
  get past(): OrtTensors {
    return this.#past;
  }

  /** What the outputs are written to on a GPU: the same tensors; undefined on WASM. */
  get present(): OrtTensors | undefined {
    if (!this.#layout.device) return undefined;
    return Object.fromEntries(this.#layout.ports.map(({ past, present }) => [present, this.#past[past]]));
  }

  /**
   * Makes room for more tokens.
   *
   * @throws {ContextLengthError} If they are more than the capacity.
   */
  reserve(numTokens: number): void {
    const total = this.length + numTokens;
    if (total > this.capacity) {
      throw new ContextLengthError(`Expected at most ${this.capacity} tokens in the KV cache: found ${total}`);
    }
    const { device } = this.#layout;
    if (device && total > this.#allocated) {
      this.#allocate(device, Math.min(this.capacity, Math.max(total, 2 * this.#allocated)));
    }
  }

  /** Notes what a step has appended. */
  append(numTokens: number, outputs: Readonly<Record<string, Ort.Tensor>>): void {
    this.length += numTokens;
    if (this.#layout.device) return;
    this.#past = Object.fromEntries(this.#layout.ports.map(({ past, present }) => [past, outputs[present]]));
  }

  /** New buffers; what the old ones hold is copied head by head, as heads lie apart. */
  #allocate(device: GPUDevice, capacity: number): void {
    const old = this.#past;
    const oldCapacity = this.#allocated;
    this.#past = {};
    const commands = device.createCommandEncoder();
    for (const { past, type, numKvHeads, headDim } of this.#layout.ports) {
      const tokenBytes = headDim * (type === "float16" ? 2 : 4);
      const buffer = device.createBuffer({
        size: Math.ceil(numKvHeads * capacity * tokenBytes / 16) * 16,
        usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      });
      const from = old[past]?.gpuBuffer as GPUBuffer | undefined;
      for (let head = 0; from && this.length > 0 && head < numKvHeads; head++) {
        const [source, target] = [oldCapacity, capacity].map((tokens) => head * tokens * tokenBytes);
        commands.copyBufferToBuffer(from, source, buffer, target, this.length * tokenBytes);
      }
      this.#past[past] = this.#layout.ort.Tensor.fromGpuBuffer(buffer, {
        dataType: type,
        dims: [1, numKvHeads, capacity, headDim],
        dispose: () => buffer.destroy(),
      });
    }
    device.queue.submit([commands.finish()]);
    this.#allocated = capacity;
    for (const tensor of Object.values(old)) tensor.dispose();
  }

  [Symbol.dispose](): void {
    for (const tensor of Object.values(this.#past)) tensor.dispose();
    this.#past = {};
  }
}
