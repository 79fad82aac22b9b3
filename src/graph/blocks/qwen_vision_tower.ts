/**
 * The vision towers of Qwen2-VL and Qwen2.5-VL: pictures of any size as rows of patches, rotated by row and column, and a
 * merger that makes one row of each cell of patches.
 *
 * Windows (Qwen2.5-VL): attention runs over `[num_windows, window_patches]`, gathered from the patches and put back; those
 * that a window at the edge lacks are hidden by a bias of one number for each window and key. Memory then grows with the
 * number of patches, not with its square, and no layout but that of the pixels is needed: transformers reorders all patches
 * by window instead, which gives the same rows.
 *
 * Source: transformers `modeling_qwen2_vl.py`, `modeling_qwen2_5_vl.py`.
 *
 * @module
 */

import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import type { Activation } from "../ops/activation.ts";
import { attention } from "../ops/attention.ts";
import { toFloat, toFloat32 } from "../ops/cast.ts";
import { add } from "../ops/elementwise.ts";
import { gatherRows } from "../ops/gather.ts";
import { linear } from "../ops/linear.ts";
import { gatedMlp, mlp } from "../ops/mlp.ts";
import { layerNorm, rmsNorm } from "../ops/norm.ts";
import { reshape } from "../ops/reshape.ts";
import { rotaryTables } from "../ops/rotary_tables.ts";
import { rowsWeight } from "../weights.ts";
import { linearLayer, linearWeights } from "./layers.ts";

/** What a tower's graph is built from. */
export interface QwenVisionTowerConfig {
  /** `qwen2_vl`: layer norms and plain perceptrons. `qwen2_5_vl`: RMS norms and gated perceptrons. */
  readonly kind: "qwen2_vl" | "qwen2_5_vl";
  /** Width of a row. */
  readonly hiddenSize: number;
  /** Width inside the perceptrons. */
  readonly intermediateSize: number;
  /** Width of the merged rows: that of the language network. */
  readonly outHiddenSize: number;
  /** Layers. */
  readonly numLayers: number;
  /** Heads. */
  readonly numHeads: number;
  /** Colour channels. */
  readonly numChannels: number;
  /** Height and width of a patch, pixels. */
  readonly patchSize: number;
  /** Frames in a patch. */
  readonly temporalPatchSize: number;
  /** Patches along a side of a cell, which becomes one row. */
  readonly mergeSize: number;
  /** Activation of the perceptrons. */
  readonly activation: Activation;
  /** Base of the frequencies of rows and columns. */
  readonly ropeTheta: number;
  /** Windows; absent if every layer sees the whole picture. */
  readonly windows?: {
    /** Cells along a side of a window. */
    readonly cells: number;
    /** Layers that see the whole picture nevertheless. */
    readonly fullLayers: readonly number[];
  };
}

/** Of the norms, which no configuration changes. */
const EPS = 1e-6;

/** How a layer's patches see each other. */
interface Windows {
  /** `int32` `[num_windows, window_patches]`: patch at each place of each window. */
  readonly patches: Value;
  /** `float` `[num_windows, 1, 1, window_patches]`: hides the places that have no patch. */
  readonly bias: Value;
  /** `int32` `[num_patches]`: place of each patch in the flattened windows. */
  readonly places: Value;
}

function norm(g: GraphBuilder, x: Value, name: string, { kind, hiddenSize }: QwenVisionTowerConfig): Value {
  const weight = g.weight(`${name}.weight`, [hiddenSize]);
  if (kind === "qwen2_5_vl") return rmsNorm(g, x, weight, { eps: EPS });
  return layerNorm(g, x, { weight, bias: g.weight(`${name}.bias`, [hiddenSize]) }, { eps: EPS });
}

function selfAttention(
  g: GraphBuilder,
  x: Value,
  name: string,
  config: QwenVisionTowerConfig,
  tables: { readonly cos: Value; readonly sin: Value },
  windows: Windows | undefined,
): Value {
  const { hiddenSize, numHeads } = config;
  const headDim = hiddenSize / numHeads;
  const part = (index: number) => {
    const rows = [index * hiddenSize, (index + 1) * hiddenSize] as const;
    return linear(g, x, {
      weight: g.weight(rowsWeight(`${name}.qkv.weight`, rows, [3 * hiddenSize, hiddenSize])),
      bias: g.weight(rowsWeight(`${name}.qkv.bias`, rows, [3 * hiddenSize])),
    });
  };
  const rotate = (rows: Value) => rotaryTables(g, rows, tables, { numHeads, headDim });
  const place = (rows: Value) =>
    windows ? gatherRows(g, reshape(g, rows, ["num_patches", hiddenSize]), windows.patches) : rows;
  const operands = { q: place(rotate(part(0))), k: place(rotate(part(1))), v: place(part(2)), bias: windows?.bias };
  const mixed = attention(g, operands, { numHeads, numKvHeads: numHeads, headDim, mask: "bidirectional" });
  const back = windows
    ? gatherRows(g, reshape(g, mixed, ["num_places", hiddenSize]), windows.places)
    : reshape(g, mixed, ["num_patches", hiddenSize]);
  return linearLayer(g, reshape(g, back, [1, "num_patches", hiddenSize]), `${name}.proj`, hiddenSize, true);
}

function perceptron(g: GraphBuilder, x: Value, name: string, config: QwenVisionTowerConfig): Value {
  const { kind, hiddenSize, intermediateSize, activation } = config;
  const up = (part: string) => linearWeights(g, `${name}.${part}`, [intermediateSize, hiddenSize], true);
  const down = (part: string) => linearWeights(g, `${name}.${part}`, [hiddenSize, intermediateSize], true);
  if (kind === "qwen2_vl") return mlp(g, x, { up: up("fc1"), down: down("fc2") }, activation);
  return gatedMlp(g, x, { gate: up("gate_proj"), up: up("up_proj"), down: down("down_proj") }, activation);
}

/**
 * Appends a tower for one picture, with its inputs and the output `rows` `float32` `[num_cells, outHiddenSize]`.
 *
 * Inputs: `pixel_values` `float32` `[num_patches, channels * frames * patch * patch]`, the patches of a cell together;
 * `rotary_cos` and `rotary_sin` `float32` `[num_patches, headDim / 2]`; with windows also `window_patches` and `patch_places`
 * `int32` and `window_bias` `float32`. `patch_grid_tables.ts` makes all but the first.
 *
 * @param g The graph.
 * @param config Extents and settings.
 * @param prefix Canonical name of the tower, before `.patch_embed`, `.blocks` and `.merger`.
 */
export function qwenVisionTower(g: GraphBuilder, config: QwenVisionTowerConfig, prefix = "visual"): void {
  const { hiddenSize, outHiddenSize, numHeads, numChannels, patchSize, temporalPatchSize, mergeSize } = config;
  const input = (name: string, shape: Parameters<GraphBuilder["input"]>[2]) =>
    toFloat(g, g.input(name, "float32", shape));
  const half = hiddenSize / numHeads / 2;
  const patchLength = numChannels * temporalPatchSize * patchSize ** 2;
  const pixels = reshape(g, input("pixel_values", ["num_patches", patchLength]), [1, "num_patches", patchLength]);
  const tables = { cos: input("rotary_cos", ["num_patches", half]), sin: input("rotary_sin", ["num_patches", half]) };
  const windows = config.windows && windowInputs(g, (config.windows.cells * mergeSize) ** 2);

  // A convolution whose stride is its kernel is a linear layer over patches.
  let x = linear(g, pixels, { weight: g.weight(`${prefix}.patch_embed.proj.weight`, [hiddenSize, patchLength]) });
  for (let layer = 0; layer < config.numLayers; layer++) {
    const name = `${prefix}.blocks.${layer}`;
    const seen = config.windows?.fullLayers.includes(layer) ? undefined : windows;
    x = add(g, x, selfAttention(g, norm(g, x, `${name}.norm1`, config), `${name}.attn`, config, tables, seen));
    x = add(g, x, perceptron(g, norm(g, x, `${name}.norm2`, config), `${name}.mlp`, config));
  }

  const width = mergeSize ** 2 * hiddenSize;
  const cells = reshape(g, norm(g, x, `${prefix}.merger.ln_q`, config), ["num_cells", width]);
  const rows = mlp(g, cells, {
    up: linearWeights(g, `${prefix}.merger.mlp.0`, [width, width], true),
    down: linearWeights(g, `${prefix}.merger.mlp.2`, [outHiddenSize, width], true),
  }, "gelu");
  g.output("rows", toFloat32(g, rows));
}

function windowInputs(g: GraphBuilder, windowPatches: number): Windows {
  const bias = toFloat(g, g.input("window_bias", "float32", ["num_windows", windowPatches]));
  return {
    patches: g.input("window_patches", "int32", ["num_windows", windowPatches]),
    places: g.input("patch_places", "int32", ["num_patches"]),
    bias: reshape(g, bias, ["num_windows", 1, 1, windowPatches]),
  };
}
