/**
 * Lowerings of attention and rotary positions. Keys and values are brought into panels first: in a buffer, or in the cache.
 *
 * @module
 */
import { numElements } from "../../core/tensor.ts";
import type { Node } from "../graph.ts";
import type { AheadBiasAttributes } from "../ops/ahead_bias.ts";
import { type AttentionAttributes, HIDDEN } from "../ops/attention.ts";
import type { CachedAttentionAttributes } from "../ops/cached_attention.ts";
import type { RotaryAttributes } from "../ops/rotary.ts";
import type { RotaryTablesAttributes } from "../ops/rotary_tables.ts";
import { ropeTable, ropeTableRows } from "../rope.ts";
import { attributesOf, type OpLowering } from "./op_lowering.ts";
import type { Planner } from "./planner.ts";
import { type BufferWord, PANEL, QUERY_BLOCK, type Word } from "./words.ts";

/** What one sequence attends over. */
interface Keys {
  readonly keys: Word;
  readonly values: Word;
  readonly capacity: Word;
  /** Position of the first new key. */
  readonly start: Word;
  /** Position of the first query. */
  readonly firstQuery: Word;
  /** Keys that are valid, new ones included. */
  readonly numKeys: Word;
  /** Ties the reading of the panels to their filling. */
  readonly order: BufferWord;
}

/** How attention masks. */
interface Masking {
  /** Added to the scores: where it lies for this sequence, and floats from one head to the next and from one token. */
  readonly bias?: readonly [place: Word, headStride: number, tokenStride: number];
  readonly causal: boolean;
  readonly window?: number;
  readonly scale: number;
}

/** No window: more than any sequence has. */
const NO_WINDOW = 2 ** 31;

function attendOver(
  p: Planner,
  node: Node,
  y: BufferWord,
  b: number,
  [numHeads, numKvHeads, headDim]: readonly [number, number, number],
  over: Keys,
  { bias = [0, 0, 0], causal, window = NO_WINDOW, scale }: Masking,
): void {
  const { q, k, v } = node.inputs;
  const [batch, numQueries] = p.dims(q);
  const [, numTokens] = p.dims(k);
  const tokenBytes = (heads: number) => heads * headDim * 4;
  const [key, value] = [k, v].map((operand) => p.behind(p.read(operand), b * numTokens * tokenBytes(numKvHeads)));
  const { keys, values, capacity, order } = over;
  // A cache is nobody's buffer.
  const panels = [keys, values].flatMap((word) => typeof word === "object" && "buffer" in word ? [word.buffer] : []);
  p.step("append", [key, value, keys, values, capacity, over.start, numTokens, numKvHeads, headDim], {
    writes: [order.buffer, ...panels],
    units: numKvHeads,
    cost: numTokens * numKvHeads * headDim,
    rows: batch === 1 ? { count: numTokens, of: [key, value] } : undefined,
  });
  const sequence = b * numQueries * tokenBytes(numHeads);
  const words = [p.behind(p.read(q), sequence), p.behind(y, sequence), keys, values, capacity, over.firstQuery];
  const sizes = [numQueries, numHeads, numKvHeads, headDim, causal ? 1 : 0, window, { float: scale }, ...bias];
  // How long the cache is, is not known here; what it costs beyond the new tokens does not decide who takes part.
  p.step("attend", [...words, over.numKeys, ...sizes], {
    reads: [order.buffer],
    writes: [y.buffer],
    units: numHeads * Math.ceil(numQueries / QUERY_BLOCK),
    cost: numQueries * numTokens * numHeads * (headDim / 14 + 1.5) * (causal ? 0.5 : 1),
    rows: batch === 1 ? { count: numQueries, of: [words[0]], rises: causal } : undefined,
  });
}

function headProblem(node: Node): string | undefined {
  const { headDim } = attributesOf<AttentionAttributes>(node);
  return headDim % PANEL === 0 ? undefined : `with heads of ${headDim} elements`;
}

/** Where the biases of a sequence lie: `[batch or 1, heads or 1, tokens or 1, keys]`. */
function biasOf(p: Planner, node: Node, b: number): Masking["bias"] {
  const { bias } = node.inputs;
  if (bias === undefined) return undefined;
  const [batch, heads, tokens, keys] = p.dims(bias);
  const sequence = batch === 1 ? 0 : b * heads * tokens * keys * 4;
  return [p.behind(p.read(bias), sequence), heads === 1 ? 0 : tokens * keys, tokens === 1 ? 0 : keys];
}

/** A bias that lets tokens see ahead. */
export const aheadBiasLowering: OpLowering = {
  operands: ["ahead"],
  attributes: ["window"],
  lower(p, node) {
    const { ahead } = node.inputs;
    const { window = NO_WINDOW } = attributesOf<AheadBiasAttributes>(node);
    const [batch, numTokens] = p.dims(ahead);
    const rows = batch * numTokens;
    const y = p.write(node.outputs[0], [batch, 1, numTokens, numTokens]);
    p.step("aheadBias", [p.read(ahead), y, rows, numTokens, window, { float: HIDDEN }], {
      writes: [y.buffer],
      units: rows,
      cost: rows * numTokens,
    });
  },
};

/** Attention over keys of the same run. */
export const attentionLowering: OpLowering = {
  operands: ["q", "k", "v", "bias"],
  attributes: ["numHeads", "numKvHeads", "headDim", "scale", "mask"],
  problem: headProblem,
  lower(p, node) {
    const { numHeads, numKvHeads, headDim, mask, scale = 1 / Math.sqrt(headDim) } = attributesOf<AttentionAttributes>(
      node,
    );
    const { q, k } = node.inputs;
    const [batch, numKeys] = p.dims(k);
    const y = p.write(node.outputs[0], p.dims(q));
    const capacity = Math.ceil(numKeys / PANEL) * PANEL;
    p.needScores(numKeys);
    for (let b = 0; b < batch; b++) {
      const [keys, values] = [0, 1].map(() => ({ buffer: p.buffer(numKvHeads * capacity * headDim * 4) }));
      const over = { keys, values, capacity, start: 0, firstQuery: 0, numKeys, order: keys };
      const bias = biasOf(p, node, b);
      attendOver(p, node, y, b, [numHeads, numKvHeads, headDim], over, { bias, causal: mask === "causal", scale });
    }
  },
};

/**
 * Attention over a cache. Slots, filled before each run: `keys.{layer}.{b}`, `values.{layer}.{b}` (addresses), `capacity.{b}`,
 * `start.{b}` (tokens in the cache), `numKeys.{b}` (with the new ones), `firstQuery.{b}+{n}` (position of the first of the last
 * n tokens).
 */
export const cachedAttentionLowering: OpLowering = {
  operands: ["q", "k", "v", "pastKey", "pastValue", "seqlens", "total"],
  attributes: ["numHeads", "numKvHeads", "headDim", "scale", "window"],
  problem(node) {
    return headProblem(node) ??
      (/^past_key_values\.\d+\.key$/.test(node.inputs.pastKey) ? undefined : "over a computed cache");
  },
  lower(p, node) {
    const { numHeads, numKvHeads, headDim, window, scale = 1 / Math.sqrt(headDim) } = attributesOf<
      CachedAttentionAttributes
    >(node);
    const layer = node.inputs.pastKey.split(".")[1];
    const [batch, numQueries] = p.dims(node.inputs.q);
    const y = p.write(node.outputs[0], p.dims(node.inputs.q));
    for (let b = 0; b < batch; b++) {
      const order = { buffer: p.buffer(4) };
      attendOver(p, node, y, b, [numHeads, numKvHeads, headDim], {
        keys: { slot: `keys.${layer}.${b}` },
        values: { slot: `values.${layer}.${b}` },
        capacity: { slot: `capacity.${b}` },
        start: { slot: `start.${b}` },
        firstQuery: { slot: `firstQuery.${b}+${numQueries}` },
        numKeys: { slot: `numKeys.${b}` },
        order,
      }, { causal: true, window, scale });
    }
  },
};

/** Rotary positions, from tables that all nodes with the same settings share. */
export const rotaryLowering: OpLowering = {
  operands: ["x", "positionIds"],
  attributes: ["numHeads", "headDim", "rotaryDim", "maxPositions", "rope"],
  lower(p, node) {
    const { x, positionIds } = node.inputs;
    const { numHeads, headDim, rotaryDim = headDim, maxPositions, rope } = attributesOf<RotaryAttributes>(node);
    const rowsOfTable = ropeTableRows(rope, maxPositions);
    const table = (kind: "cos" | "sin") =>
      p.table(`rope.${kind}.${JSON.stringify(rope)}.${rotaryDim}.${maxPositions}`, [rowsOfTable, rotaryDim / 2], () => {
        return ropeTable(kind, rope, rotaryDim, maxPositions);
      });
    const dims = p.dims(x);
    const rows = numElements(dims.slice(0, -1));
    const y = p.write(node.outputs[0], dims);
    p.checkPositions(positionIds, rowsOfTable);
    const tables = [table("cos"), table("sin")];
    const sizes = [rows, numHeads, headDim, rotaryDim, rowsOfTable, 0];
    const words = [p.read(x), y, p.read(positionIds), ...tables, ...sizes];
    const byRow = { count: rows, of: [words[0]] };
    p.step("rotary", words, { writes: [y.buffer], units: rows, cost: numElements(dims), rows: byRow });
  },
};

/** Rotation by given tables: one for all sequences, or one for each. */
export const rotaryTablesLowering: OpLowering = {
  operands: ["x", "cos", "sin"],
  attributes: ["numHeads", "headDim", "interleaved"],
  lower(p, node) {
    const { x, cos, sin } = node.inputs;
    const { numHeads, headDim, interleaved = false } = attributesOf<RotaryTablesAttributes>(node);
    const dims = p.dims(x);
    const rows = numElements(dims.slice(0, -1));
    const table = p.dims(cos);
    const half = table.at(-1)!;
    const y = p.write(node.outputs[0], dims);
    const sizes = [rows, numHeads, headDim, 2 * half, numElements(table) / half, interleaved ? 1 : 0];
    const words = [p.read(x), y, 0, p.read(cos), p.read(sin), ...sizes];
    const byRow = { count: rows, of: [words[0]] };
    p.step("rotary", words, { writes: [y.buffer], units: rows, cost: numElements(dims), rows: byRow });
  },
};
