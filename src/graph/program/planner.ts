/**
 * Planning one run: dimensions, buffers and the steps that fill them.
 *
 * @module
 */
import { numElements } from "../../core/tensor.ts";
import type { Graph, Node } from "../graph.ts";
import type { WeightSpec } from "../weights.ts";
import { placeBuffers } from "./place_buffers.ts";
import type { PackedPart, PackedWeight, Plan, PositionCheck, WeightType } from "./plan.ts";
import { orderSteps, type PlannedStep } from "./order_steps.ts";
import {
  type BufferWord,
  type KernelName,
  MAX_AXES,
  PANEL,
  quantizedRowBytes,
  type RowStep,
  type Word,
} from "./words.ts";

/** What a lowering of an op works with. */
export class Planner {
  /** The graph that is planned. */
  readonly graph: Graph;
  /** Type in which matrices are kept. */
  readonly weightType: WeightType;
  readonly #steps: PlannedStep[] = [];
  readonly #buffers: number[] = [];
  readonly #places = new Map<string, Word>();
  readonly #dims = new Map<string, readonly number[]>();
  readonly #deferred = new Map<string, Node>();
  readonly #declare: (weight: PackedWeight) => void;
  readonly #specs: ReadonlyMap<string, WeightSpec>;
  readonly #inputs: Record<string, BufferWord> = {};
  readonly #taken: ReadonlyMap<string, string>;
  readonly #quantized = new Map<string, BufferWord>();
  readonly #positions: PositionCheck[] = [];
  #scoreKeys = 0;

  /**
   * Starts a plan.
   *
   * @param graph What is planned.
   * @param feeds Extents of each input.
   * @param options Nodes that their only user computes as well, by name; type in which matrices are kept.
   * @param declare Told each weight in the form that a kernel needs.
   */
  constructor(
    graph: Graph,
    feeds: Readonly<Record<string, readonly number[]>>,
    { taken, weightType }: { readonly taken: ReadonlyMap<string, string>; readonly weightType: WeightType },
    declare: (weight: PackedWeight) => void,
  ) {
    this.graph = graph;
    this.weightType = weightType;
    this.#taken = taken;
    this.#declare = declare;
    this.#specs = new Map(graph.weights.map((spec) => [spec.name, spec]));
    for (const spec of graph.weights) this.#dims.set(spec.name, spec.shape);
    for (const { name, value } of graph.inputs) {
      this.#dims.set(value, feeds[name]);
      if (name.startsWith("past_key_values.") || name === "seqlens_k" || name === "total_sequence_length") continue;
      const at = { buffer: this.buffer(numElements(feeds[name]) * 4) };
      this.#inputs[name] = at;
      this.#places.set(value, at);
    }
  }

  /** Extents of a value. */
  dims(value: string): readonly number[] {
    return this.#dims.get(value)!;
  }

  /** The weight of this name; undefined if the value is none. */
  weight(value: string): WeightSpec | undefined {
    return this.#specs.get(value);
  }

  /** A new buffer. */
  buffer(byteLength: number): number {
    return this.#buffers.push(byteLength) - 1;
  }

  /** Where a value lies; a weight lies there as it is. */
  read(value: string): Word {
    return this.#specs.has(value) ? this.rawWeight(value) : this.#places.get(value)!;
  }

  /** Makes room for a result. */
  write(value: string, dims: readonly number[]): BufferWord {
    const at = { buffer: this.buffer(numElements(dims) * 4) };
    this.alias(value, at, dims);
    return at;
  }

  /** Makes a value another name for a place. */
  alias(value: string, place: Word, dims: readonly number[]): void {
    this.#places.set(value, place);
    this.#dims.set(value, dims);
  }

  /** A weight as it is, with a number added to each of its values. */
  rawWeight(name: string, added = 0): Word {
    const spec = this.#specs.get(name)!;
    const key = added === 0 ? name : `${name}+${added}`;
    this.#declare({
      key,
      byteLength: numElements(spec.shape) * 4,
      parts: [{ spec, layout: { kind: "raw", added } }],
    });
    return { weight: key };
  }

  /** A table that is computed, shared by all that ask for the same name. */
  table(name: string, shape: readonly number[], data: () => Float32Array): Word {
    const source = {
      kind: "constant",
      get data() {
        return data();
      },
    } as const;
    const spec: WeightSpec = { name, shape, source };
    this.#declare({
      key: name,
      byteLength: numElements(shape) * 4,
      parts: [{ spec, layout: { kind: "raw", added: 0 } }],
    });
    return { weight: name };
  }

  /**
   * Weight matrices, or biases, as panels.
   *
   * @param names One, or two whose results are multiplied with each other; undefined for no bias.
   */
  panels(names: readonly (string | undefined)[]): Word {
    if (names.every((name) => name === undefined)) return 0;
    const width = PANEL / names.length;
    const specs = names.map((name) => name === undefined ? undefined : this.#specs.get(name)!);
    const [n, ...rest] = specs.find((spec) => spec !== undefined)!.shape;
    const k = numElements(rest);
    const key = `panels:${names.map((name) => name ?? "").join("+")}`;
    const parts = specs.flatMap((spec, index): PackedPart[] =>
      spec ? [{ spec, layout: { kind: "panels", n, k, width, offset: index * width } }] : []
    );
    this.#declare({ key, byteLength: Math.ceil(n / width) * k * PANEL * 4, parts });
    return { weight: key };
  }

  /**
   * Weight matrices as panels of bytes, and the scales of their rows.
   *
   * @param names One, or two whose results are multiplied with each other.
   */
  quantizedPanels(names: readonly string[]): [weight: Word, scales: Word] {
    const width = PANEL / names.length;
    const specs = names.map((name) => this.#specs.get(name)!);
    const [n, k] = specs[0].shape;
    const key = `quantized:${names.join("+")}`;
    const panels = Math.ceil(n / width);
    const weightBytes = panels * PANEL * quantizedRowBytes(k);
    const parts = specs.map((spec, index): PackedPart => ({
      spec,
      layout: { kind: "quantized", n, k, width, offset: index * width },
    }));
    this.#declare({ key, byteLength: weightBytes + panels * PANEL * 4, parts });
    return [{ weight: key }, { weight: key, offset: weightBytes }];
  }

  /** Rows `[m, k]` quantized, once for all that ask. */
  quantize(x: Word, m: number, k: number): BufferWord {
    const key = JSON.stringify(x);
    const known = this.#quantized.get(key);
    if (known) return known;
    const rows = { buffer: this.buffer(m * (quantizedRowBytes(k) + 8)) };
    this.#quantized.set(key, rows);
    this.step("quantize", [x, rows, m, k], {
      writes: [rows.buffer],
      units: m,
      cost: m * k / 5,
      rows: { count: m, of: [x] },
    });
    return rows;
  }

  /** Notes that rows of scores have this length. */
  needScores(numKeys: number): void {
    this.#scoreKeys = Math.max(this.#scoreKeys, numKeys);
  }

  /** Notes that an input holds positions below `max`. */
  checkPositions(value: string, max: number): void {
    const root = this.#places.get(value);
    const input = this.graph.inputs.find(({ name }) => this.#places.get(name) === root);
    if (input && root !== undefined) this.#positions.push({ input: input.name, max });
  }

  /** Whether the only user of a node's result computes it as well. */
  isTaken(node: Node): boolean {
    return this.#taken.has(node.name);
  }

  /** Leaves a node to the one that uses its result. */
  defer(node: Node): void {
    this.#deferred.set(node.outputs[0], node);
  }

  /** The node that was left to the user of this value. */
  deferred(value: string): Node | undefined {
    return this.#deferred.get(value);
  }

  /**
   * Appends a kernel call.
   *
   * @param kernel Which kernel.
   * @param words Its operands.
   * @param writes The places among the operands that it writes; buffers among the others are read.
   * @param units Into how many parts it can be divided at most.
   * @param cost Estimated time on one thread, nanoseconds.
   * @param reads Buffers that it reads and that are not among the operands.
   * @param rows Given if it works row by row.
   */
  step(
    kernel: KernelName,
    words: readonly Word[],
    { writes, units, cost, reads = [], rows }: {
      readonly writes: readonly number[];
      readonly units: number;
      readonly cost: number;
      readonly reads?: readonly number[];
      readonly rows?: RowStep;
    },
  ): void {
    const buffersOf = (places: readonly Word[]) =>
      places.flatMap((word) => typeof word === "object" && "buffer" in word ? [word.buffer] : []);
    const read = [...buffersOf(words).filter((buffer) => !writes.includes(buffer)), ...reads];
    // What is also read in another way is needed whole.
    const others = [...buffersOf(words.filter((word) => !rows?.of.includes(word))), ...reads];
    const rowReads = buffersOf(rows?.of ?? []).filter((buffer) => !others.includes(buffer));
    const { count = 1, rises } = rows ?? {};
    const shape = { units: Math.max(1, units), cost, rows: Math.max(1, count), rises };
    this.#steps.push({ kernel, words, reads: read, writes, rowReads: rows && rowReads, ...shape });
  }

  /**
   * Appends a move of elements.
   *
   * @param x Where they come from.
   * @param y Where they go.
   * @param extents Of what is moved.
   * @param from Elements from one index to the next in `x`.
   * @param to The same in `y`.
   * @param offsets Elements in front of the first one.
   */
  copy(
    x: Word,
    y: BufferWord,
    extents: readonly number[],
    from: readonly number[],
    to: readonly number[],
    offsets: { readonly x?: number; readonly y?: number } = {},
  ): void {
    const front = (values: readonly number[], filler: number) => [
      ...Array<number>(MAX_AXES - values.length).fill(filler),
      ...values,
    ];
    const source = offsets.x ? this.behind(x, offsets.x * 4) : x;
    const target = { buffer: y.buffer, offset: (y.offset ?? 0) + (offsets.y ?? 0) * 4 };
    this.step("copy", [source, target, ...front(extents, 1), ...front(from, 0), ...front(to, 0)], {
      writes: [y.buffer],
      units: numElements(extents.slice(0, -1)),
      cost: numElements(extents) / 2,
    });
  }

  /** A place some bytes further. */
  behind(place: Word, bytes: number): Word {
    if (typeof place === "object" && "buffer" in place) {
      return { buffer: place.buffer, offset: (place.offset ?? 0) + bytes };
    }
    if (typeof place === "object" && "weight" in place) return { ...place, offset: (place.offset ?? 0) + bytes };
    throw new TypeError("Expected a value or a weight: found another word");
  }

  /**
   * Orders the steps into phases and gives each buffer its place.
   *
   * @param numThreads Threads that will take part.
   */
  finish(numThreads: number): Plan {
    const phases = orderSteps(this.#steps, numThreads);
    const first = new Map<number, number>();
    const last = new Map<number, number>();
    const use = (buffer: number, phase: number) => {
      first.set(buffer, Math.min(first.get(buffer) ?? phase, phase));
      last.set(buffer, Math.max(last.get(buffer) ?? phase, phase));
    };
    phases.forEach((steps, phase) => {
      for (const { reads, writes } of steps) for (const buffer of [...reads, ...writes]) use(buffer, phase);
    });
    const outputs = Object.fromEntries(this.graph.outputs.flatMap(({ name, value }) => {
      const at = this.#specs.has(value) ? this.rawWeight(value) : this.#places.get(value);
      return at === undefined ? [] : [[name, { at, dims: this.dims(value) }]];
    }));
    for (const { buffer } of Object.values(this.#inputs)) use(buffer, 0);
    for (const { at } of Object.values(outputs)) {
      if (typeof at === "object" && "buffer" in at) use(at.buffer, phases.length);
    }
    const { buffers, arenaBytes } = placeBuffers(this.#buffers, first, last);
    const cost = this.#steps.reduce((sum, step) => sum + step.cost, 0);
    const [inputs, positions, scoreKeys] = [this.#inputs, this.#positions, this.#scoreKeys];
    return { phases, buffers, arenaBytes, inputs, outputs, scoreKeys, positions, cost };
  }
}
