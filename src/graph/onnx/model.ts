/**
 * An ONNX model as plain data, and its bytes; field numbers from onnx.proto3 (IR version 10).
 *
 * @module
 */

import type { DataType } from "../../core/tensor.ts";
import type { Shape } from "../dims.ts";
import type { OnnxAttribute } from "./emitter.ts";
import { message } from "./protobuf.ts";

/** Number of each element type in ONNX's `TensorProto.DataType`. */
export const ONNX_TYPES: Readonly<Record<DataType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
};

/** One operator application. */
export interface OnnxNode {
  /** Operator, such as `MatMul`. */
  readonly opType: string;
  /** Operator set; "" is that of ONNX. */
  readonly domain: string;
  /** Unique name, for profiles and errors. */
  readonly name: string;
  /** Names of the operands; "" for one left out. */
  readonly inputs: readonly string[];
  /** Names of the results; "" for one left out. */
  readonly outputs: readonly string[];
  /** Settings. */
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A constant: its bytes inside the model, or a range of the external data file. */
export interface OnnxInitializer {
  /** Unique name. */
  readonly name: string;
  /** Element type. */
  readonly type: DataType;
  /** Extents. */
  readonly dims: readonly number[];
  /** Little-endian elements, or where they lie. */
  readonly data: Uint8Array | { readonly file: string; readonly offset: number; readonly byteLength: number };
}

/** An input or output of the model. */
export interface OnnxPort {
  /** The host's name for it. */
  readonly name: string;
  /** Element type as the host sees it. */
  readonly type: DataType;
  /** Named and numeric dimensions. */
  readonly dims: Shape;
}

/** All parts of a model. */
export interface OnnxParts {
  /** Name of the graph. */
  readonly name: string;
  /** Operators in an order in which they can run. */
  readonly nodes: readonly OnnxNode[];
  /** Constants. */
  readonly initializers: readonly OnnxInitializer[];
  /** What is fed. */
  readonly inputs: readonly OnnxPort[];
  /** What is fetched. */
  readonly outputs: readonly OnnxPort[];
}

function encodeAttribute(name: string, value: OnnxAttribute): Uint8Array {
  return message((m) => {
    m.bytes(1, name);
    if (typeof value === "number") {
      m.int(3, value);
      m.int(20, 2);
    } else if (typeof value === "string") {
      m.bytes(4, value);
      m.int(20, 3);
    } else if ("float" in value) {
      m.float(2, value.float);
      m.int(20, 1);
    } else {
      m.ints(8, value);
      m.int(20, 7);
    }
  });
}

function encodeNode(node: OnnxNode): Uint8Array {
  return message((m) => {
    for (const input of node.inputs) m.bytes(1, input);
    for (const output of node.outputs) m.bytes(2, output);
    m.bytes(3, node.name);
    m.bytes(4, node.opType);
    for (const [name, value] of Object.entries(node.attributes)) m.bytes(5, encodeAttribute(name, value));
    if (node.domain !== "") m.bytes(7, node.domain);
  });
}

function encodeInitializer({ name, type, dims, data }: OnnxInitializer): Uint8Array {
  return message((m) => {
    m.ints(1, dims);
    m.int(2, ONNX_TYPES[type]);
    m.bytes(8, name);
    if (data instanceof Uint8Array) {
      m.bytes(9, data);
      return;
    }
    const entries = { location: data.file, offset: String(data.offset), length: String(data.byteLength) };
    for (const [key, value] of Object.entries(entries)) {
      m.bytes(
        13,
        message((entry) => {
          entry.bytes(1, key);
          entry.bytes(2, value);
        }),
      );
    }
    m.int(14, 1);
  });
}

function encodePort({ name, type, dims }: OnnxPort): Uint8Array {
  const shape = message((m) => {
    for (const dim of dims) {
      m.bytes(1, message((d) => typeof dim === "number" ? d.int(1, dim) : d.bytes(2, dim)));
    }
  });
  const tensorType = message((m) => {
    m.int(1, ONNX_TYPES[type]);
    m.bytes(2, shape);
  });
  return message((m) => {
    m.bytes(1, name);
    m.bytes(2, message((t) => t.bytes(1, tensorType)));
  });
}

/**
 * Writes a model: IR version 10, operator sets ai.onnx 21 and com.microsoft 1.
 *
 * @param parts Nodes, constants, inputs and outputs.
 * @returns The bytes of the `.onnx` file.
 */
export function encodeModel(parts: OnnxParts): Uint8Array {
  const graph = message((m) => {
    for (const node of parts.nodes) m.bytes(1, encodeNode(node));
    m.bytes(2, parts.name);
    for (const initializer of parts.initializers) m.bytes(5, encodeInitializer(initializer));
    for (const input of parts.inputs) m.bytes(11, encodePort(input));
    for (const output of parts.outputs) m.bytes(12, encodePort(output));
  });
  const opset = (domain: string, version: number) =>
    message((m) => {
      if (domain !== "") m.bytes(1, domain);
      m.int(2, version);
    });
  return message((m) => {
    m.int(1, 10);
    m.bytes(2, "limbus");
    m.bytes(7, graph);
    m.bytes(8, opset("", 21));
    m.bytes(8, opset("com.microsoft", 1));
  });
}
