/**
 * A lowered graph in the memory of the kernels: its weights, packed once, and its programs, one for each set of extents.
 *
 * @module
 */
import { ShapeError } from "../core/errors.ts";
import { numElements, type Tensor } from "../core/tensor.ts";
import { encodePlan, type PackedPart, type Plan, type Program } from "../graph/mod.ts";
import type { PlaceWeights } from "./backend.ts";
import type { CoreMachine, PlacedProgram } from "./core_machine.ts";

/** Programs that are kept; a decoder needs one for single tokens, prompts need one for each length. */
const MAX_PROGRAMS = 8;
/** Bytes of the counters of a phase. */
const COUNTER_BYTES = 16;
/** Nanoseconds of work from which it is worth waking the helpers. */
const LARGE_RUN = 100_000;

/** A plan in memory. */
interface PlacedPlan extends PlacedProgram {
  readonly plan: Plan;
  /** Words that are filled in before each run. */
  readonly slots: readonly { readonly word: number; readonly slot: string; readonly less: number }[];
}

/** See the module. */
export class CoreNetwork implements Disposable {
  /** What runs here. */
  readonly program: Program;
  readonly #machine: CoreMachine;
  /** Address of each packed weight. */
  readonly #weights: ReadonlyMap<string, number>;
  readonly #plans = new Map<string, PlacedPlan>();
  /** Where the arena lay when the programs were written. */
  #arena = 0;

  private constructor(machine: CoreMachine, program: Program, weights: ReadonlyMap<string, number>) {
    this.#machine = machine;
    this.program = program;
    this.#weights = weights;
  }

  /** Reads and packs the weights, one after the other. */
  static async load(machine: CoreMachine, program: Program, place: PlaceWeights): Promise<CoreNetwork> {
    const { memory } = machine;
    const file = place(program.weights, program.dataBytes).blob();
    const placed = new Map(program.weights.map((weight) => [weight.spec.name, weight]));
    const addresses = new Map<string, number>();
    for (const { key, byteLength, parts } of program.packed) {
      const at = memory.allocate(byteLength);
      addresses.set(key, at);
      memory.floats.fill(0, at / 4, (at + byteLength) / 4);
      for (const part of parts) {
        const { offset, byteLength: bytes } = placed.get(part.spec.name)!;
        const data = await file.slice(offset, offset + bytes).arrayBuffer();
        writePart(machine, part, at, new Float32Array(data));
      }
    }
    return new CoreNetwork(machine, program, addresses);
  }

  /**
   * Runs the network once.
   *
   * @param feeds Every input but those of a cache.
   * @param slots What the plan's slots are filled with.
   * @param cachedKeys Most keys in a cache, new ones included; 0 without one.
   * @returns Every output but a cache's; the data are copies.
   */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    slots: Readonly<Record<string, number>> = {},
    cachedKeys = 0,
  ): Record<string, Tensor> {
    const placed = this.#planFor(feeds);
    const { plan } = placed;
    this.#feed(plan, feeds);
    const words = this.#machine.memory.ints;
    for (const { word, slot, less } of placed.slots) words[word] = slots[slot] - less;
    this.#machine.run(placed, Math.max(plan.scoreKeys, cachedKeys), plan.cost >= LARGE_RUN);
    const { floats } = this.#machine.memory;
    return Object.fromEntries(
      Object.entries(plan.outputs).map(([name, { at, dims }]) => {
        const start = this.#address(plan, at) / 4;
        const data = floats.slice(start, start + numElements(dims));
        return [name, { type: "float32", dims, data }];
      }),
    );
  }

  /** Frees weights and programs. */
  [Symbol.dispose](): void {
    this.#dropPlans();
    for (const at of this.#weights.values()) this.#machine.memory.free(at);
  }

  #address(plan: Plan, word: Plan["outputs"][string]["at"]): number {
    if (typeof word === "object" && "buffer" in word) {
      return this.#arena + plan.buffers[word.buffer].offset + (word.offset ?? 0);
    }
    if (typeof word === "object" && "weight" in word) return this.#weights.get(word.weight)! + (word.offset ?? 0);
    throw new TypeError("Expected an output in a buffer or a weight: found neither");
  }

  #planFor(feeds: Readonly<Record<string, Tensor>>): PlacedPlan {
    const extents = Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
    const key = Object.entries(extents).map(([name, dims]) => `${name}:${dims}`).join(";");
    const known = this.#plans.get(key);
    const arena = this.#machine.arena(known?.plan.arenaBytes ?? 0);
    if (known && arena === this.#arena) return known;
    if (arena !== this.#arena) this.#dropPlans();
    const plan = this.program.plan(extents, this.#machine.numThreads);
    const moved = this.#machine.arena(plan.arenaBytes);
    if (moved !== this.#arena) this.#dropPlans();
    this.#arena = moved;
    if (this.#plans.size >= MAX_PROGRAMS) this.#drop(this.#plans.keys().next().value!);
    const placed = this.#place(plan);
    this.#plans.set(key, placed);
    return placed;
  }

  #place(plan: Plan): PlacedPlan {
    const { memory, numThreads } = this.#machine;
    const { words, slots } = encodePlan(plan, numThreads, (word) => this.#address(plan, word));
    const at = memory.allocate(words.length * 4);
    memory.ints.set(words, at / 4);
    const counters = memory.allocate(Math.max(1, plan.phases.length) * COUNTER_BYTES);
    return { plan, at, counters, slots: slots.map(({ word, slot }) => ({ word: at / 4 + word, ...readSlot(slot) })) };
  }

  #drop(key: string): void {
    const { at, counters } = this.#plans.get(key)!;
    this.#machine.memory.free(at);
    this.#machine.memory.free(counters);
    this.#plans.delete(key);
  }

  #dropPlans(): void {
    for (const key of [...this.#plans.keys()]) this.#drop(key);
  }

  #feed(plan: Plan, feeds: Readonly<Record<string, Tensor>>): void {
    const { floats, ints } = this.#machine.memory;
    for (const [name, at] of Object.entries(plan.inputs)) {
      const { data, type, dims } = feeds[name];
      if (data.length !== numElements(dims)) throw new ShapeError(name, dims, [data.length]);
      const start = this.#address(plan, at) / 4;
      if (type === "float32") floats.set(data as Float32Array, start);
      else if (data instanceof BigInt64Array) {
        for (let i = 0; i < data.length; i++) ints[start + i] = Number(data[i]);
      } else ints.set(data as Int32Array, start);
    }
    for (const { input, max } of plan.positions) {
      const wrong = feeds[input].data.find((position) => position < 0 || position >= max);
      if (wrong !== undefined) throw new RangeError(`Expected positions below ${max}: found ${wrong}`);
    }
  }
}

/** `firstQuery.{b}+{n}` is the first of the last n tokens; every other slot is what it says. */
function readSlot(slot: string): { slot: string; less: number } {
  const [, b, count] = /^firstQuery\.(\d+)\+(\d+)$/.exec(slot) ?? [];
  return b === undefined ? { slot, less: 0 } : { slot: `numKeys.${b}`, less: Number(count) };
}

function writePart(machine: CoreMachine, { spec, layout }: PackedPart, at: number, data: Float32Array): void {
  const { memory } = machine;
  if (layout.kind === "raw") {
    memory.floats.set(layout.added === 0 ? data : data.map((value) => value + layout.added), at / 4);
    return;
  }
  const { n, k, width, offset } = layout;
  if (data.length !== n * k) throw new ShapeError(spec.name, [n, k], [data.length]);
  const staging = memory.allocate(data.byteLength);
  memory.floats.set(data, staging / 4);
  if (layout.kind === "quantized") machine.quantize(staging, [n, k], at, width, offset);
  else machine.pack(staging, [n, k], at, width, offset);
  memory.free(staging);
}
