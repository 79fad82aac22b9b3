/**
 * Lowering a graph to an ONNX model whose weights are external data.
 *
 * @module
 */

import { type DataType, numElements } from "../../core/tensor.ts";
import type { ElementType, Graph, Value } from "../graph.ts";
import { opNamed } from "../ops/mod.ts";
import type { WeightSource, WeightSpec } from "../weights.ts";
import type { EmitOptions, FloatType, LoweringTarget, OnnxEmitter } from "./emitter.ts";
import { encodeModel, ONNX_TYPES, type OnnxInitializer, type OnnxNode, type OnnxPort } from "./model.ts";

/** Choices of a lowering. */
export interface LoweringOptions {
  /** Type of weights, activations and cache; host inputs and outputs stay `float32`. */
  readonly dtype: FloatType;
  /** What the model will run on. */
  readonly target: LoweringTarget;
}

/** A weight and its place in the external data file. */
export interface PlacedWeight {
  /** What the bytes are made from; its shape and layout may differ from the graph's own weight of that name. */
  readonly spec: WeightSpec;
  /** Element type in the file. */
  readonly type: DataType;
  /** First byte in the file; a multiple of 64. */
  readonly offset: number;
  /** Number of bytes. */
  readonly byteLength: number;
}

/** A lowered graph. */
export interface OnnxModel {
  /** The bytes of the `.onnx` file. */
  readonly model: Uint8Array;
  /** The weights in the order of their offsets. */
  readonly weights: readonly PlacedWeight[];
  /** Name under which the model refers to the external data. */
  readonly dataFile: string;
  /** Length of the external data in bytes; the gaps between weights are not read. */
  readonly dataBytes: number;
  /** What is fed. */
  readonly inputs: readonly OnnxPort[];
  /** What is fetched. */
  readonly outputs: readonly OnnxPort[];
}

const DATA_FILE = "weights";
const ALIGNMENT = 64;

const ELEMENT_BYTES: Readonly<Record<DataType, number>> = {
  float32: 4,
  float16: 2,
  int64: 8,
  int32: 4,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** Tensor type of an element type under a choice of float type. */
function dataType(type: ElementType, dtype: FloatType): DataType {
  return type !== "float" ? type : dtype === "f16" ? "float16" : "float32";
}

/** The source of the same matrix with its axes swapped. */
function transposeSource(spec: WeightSpec): WeightSource {
  const { source } = spec;
  if (source.kind !== "constant") {
    return { ...source, transform: source.transform === "transpose" ? "none" : "transpose" };
  }
  const [rows, columns] = spec.shape;
  const data = source.data.slice();
  for (let i = 0; i < data.length; i++) data[i] = source.data[i % rows * columns + Math.floor(i / rows)];
  return { kind: "constant", data };
}

/** Names for the values that are outputs, looking through casts that cost nothing. */
function outputNames(graph: Graph, dtype: FloatType): Map<string, string> {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const names = new Map<string, string>();
  for (const { name, value } of graph.outputs) {
    let root = value;
    for (let node = producers.get(root); node?.op === "cast"; node = producers.get(root)) {
      const from = graph.values[node.inputs.x];
      if (dataType(from.type, dtype) !== dataType(graph.values[root].type, dtype)) break;
      root = from.name;
    }
    if (producers.has(root) && !names.has(root)) names.set(root, name);
  }
  return names;
}

/**
 * Lowers a graph to ONNX.
 *
 * @param graph The graph.
 * @param options Float type and target.
 * @returns The model, without the bytes of its weights.
 * @throws {TypeError} If a node's op is not in the table.
 */
export function lowerToOnnx(graph: Graph, options: LoweringOptions): OnnxModel {
  const { dtype, target } = options;
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxInitializer>();
  const weights: PlacedWeight[] = [];
  const specs = new Map(graph.weights.map((spec) => [spec.name, spec]));
  const names = outputNames(graph, dtype);
  let dataBytes = 0;
  let fresh = 0;

  function placeWeight(spec: WeightSpec): string {
    if (!initializers.has(spec.name)) {
      const type = dataType(spec.type ?? "float", dtype);
      const byteLength = numElements(spec.shape) * ELEMENT_BYTES[type];
      const offset = Math.ceil(dataBytes / ALIGNMENT) * ALIGNMENT;
      dataBytes = offset + byteLength;
      weights.push({ spec, type, offset, byteLength });
      const data = { file: DATA_FILE, offset, byteLength };
      initializers.set(spec.name, { name: spec.name, type, dims: spec.shape, data });
    }
    return spec.name;
  }

  function inline(name: string, type: DataType, dims: readonly number[], data: ArrayBufferView): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (!initializers.has(name)) initializers.set(name, { name, type, dims, data: bytes });
    return name;
  }

  const emitter: OnnxEmitter = {
    graph,
    dtype,
    target,
    onnxType: (type) => ONNX_TYPES[dataType(type, dtype)],
    name(value) {
      const spec = specs.get(value);
      return spec ? placeWeight(spec) : names.get(value) ?? value;
    },
    alias(value, onnxName) {
      names.set(value, onnxName);
    },
    emit(opType, inputs, { outputs = [undefined], domain = undefined, attributes = {} }: EmitOptions = {}) {
      const name = `${opType}.${nodes.length}`;
      const made = outputs.map((output) => output ?? `${name}:${fresh++}`);
      nodes.push({ opType, domain: domain ?? "", name, inputs, outputs: made, attributes });
      return made;
    },
    transposed(weight) {
      const spec = specs.get(weight);
      if (!spec) return emitter.emit("Transpose", [emitter.name(weight)], { attributes: { perm: [1, 0] } })[0];
      const shape = [spec.shape[1], spec.shape[0]];
      return placeWeight({ ...spec, name: `${spec.name}.transposed`, shape, source: transposeSource(spec) });
    },
    place(name, shape, data) {
      return initializers.has(name) ? name : placeWeight({ name, shape, source: { kind: "constant", data: data() } });
    },
    float(value) {
      const view = new DataView(new ArrayBuffer(dtype === "f16" ? 2 : 4));
      if (dtype === "f16") view.setFloat16(0, value, true);
      else view.setFloat32(0, value, true);
      return inline(`float.${value}`, dataType("float", dtype), [], view);
    },
    int64s(values) {
      return inline(`int64s.${values.join("_")}`, "int64", [values.length], BigInt64Array.from(values, BigInt));
    },
  };

  for (const node of graph.nodes) opNamed(node.op).toOnnx(emitter, node, node.attributes);
  for (const { name, value } of graph.outputs) {
    const found = emitter.name(value);
    if (found !== name) emitter.emit("Identity", [found], { outputs: [name] });
  }
  const port = (name: string, value: Value): OnnxPort => ({
    name,
    type: dataType(value.type, dtype),
    dims: value.shape,
  });
  const inputs = graph.inputs.map(({ name, value }) => port(name, graph.values[value]));
  const outputs = graph.outputs.map(({ name, value }) => port(name, graph.values[value]));
  const model = encodeModel({ name: graph.name, nodes, initializers: [...initializers.values()], inputs, outputs });
  return { model, weights, dataFile: DATA_FILE, dataBytes, inputs, outputs };
}
