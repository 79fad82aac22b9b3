/**
 * How much memory a model can come to need, in closed form from its graphs: nothing is run to find out. What the networks
 * use while they work (activations), and small tables that a device wants, come on top.
 *
 * @module
 */
import { ConfigError } from "../core/errors.ts";
import type { Modality } from "../core/message.ts";
import { numElements } from "../core/tensor.ts";
import { type Graph, quantizedMatrices } from "../graph/mod.ts";
import type { Model } from "../models/adapter.ts";
import type { MemoryReport } from "./interface.ts";

/** What a plan is made from. */
export interface MemoryNeeds {
  /** Where the networks run and in which type. */
  readonly choice: { readonly device: "webgpu" | "wasm"; readonly dtype: "f32" | "f16" };
  /** Type of the matrices of products. Default: that of the networks. */
  readonly weightType?: "q8";
  /** Who runs them on a CPU, as set: our own keeps the KV caches of all sequences in WASM, ONNX Runtime one at a time. */
  readonly executor: "auto" | "core" | "ort";
  /** The family applied to the checkpoint. */
  readonly model: Model;
  /** Items per prompt by modality. */
  readonly limits: Model["limits"];
  /** Size of the embedding table as it is stored, bytes. */
  readonly embeddingBytes: number;
  /** Most bytes of processed items kept. */
  readonly processorCacheBytes: number;
  /** Longest prompt and answer together that the checkpoint allows, tokens. */
  readonly longest: number;
  /** As set; undefined: to be chosen. */
  readonly maxModelLen?: number;
  /** As set; undefined: to be chosen. */
  readonly maxNumSeqs?: number;
  /** As set. */
  readonly memoryBytes?: number;
  /** Memory of the host; undefined: not known. */
  readonly hostMemoryBytes?: number;
}

/** Sequences at the same time where neither the setting nor memory says less. */
export const DEFAULT_MAX_NUM_SEQS = 8;
/** Share of the host's memory that is planned with unless a setting says more. */
const HOST_SHARE = 0.9;
/** What WASM can address: weights, KV caches and the step in progress must fit. */
const WASM_BYTES = 2 ** 32;
/** A context is lowered in steps of so many tokens, and not below one of them. */
const LEN_STEP = 256;

/**
 * Chooses how many sequences of which length fit, and says what they take.
 *
 * What is set stays as it is and must fit; what is left open is lowered until it does: first the number of sequences, then
 * their length. The memory of a GPU cannot be asked for, so there only `LIMBUS_MEMORY_BYTES` limits what lies on it.
 *
 * @throws {ConfigError} If it does not fit; the message has the numbers and the hint says what to lower.
 */
export function planMemory(needs: MemoryNeeds): MemoryReport {
  const plan = bestPlan(needs);
  if (!excessOf(plan, needs)) return plan;
  throw tooLarge(plan, needs);
}

/** The largest plan that fits, or the smallest there is if none does. */
function bestPlan(needs: MemoryNeeds): MemoryReport {
  const probe = probeNetworks(needs);
  const planFor = (maxModelLen: number, maxNumSeqs: number) => addUp(needs, probe, maxModelLen, maxNumSeqs);
  const len = needs.maxModelLen ?? needs.longest;
  const fewest = needs.maxNumSeqs ?? 1;
  for (let seqs = needs.maxNumSeqs ?? DEFAULT_MAX_NUM_SEQS; seqs >= fewest; seqs--) {
    const plan = planFor(len, seqs);
    if (!excessOf(plan, needs)) return { ...plan, lowered: seqs < (needs.maxNumSeqs ?? DEFAULT_MAX_NUM_SEQS) };
  }
  if (needs.maxModelLen !== undefined) return planFor(len, fewest);
  let [low, high] = [0, Math.ceil(len / LEN_STEP) - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (excessOf(planFor(middle * LEN_STEP, fewest), needs)) high = middle - 1;
    else low = middle;
  }
  if (low === 0) return planFor(Math.min(len, LEN_STEP), fewest);
  return { ...planFor(low * LEN_STEP, fewest), lowered: true };
}

/** What the graphs say, independent of the length of sequences. */
interface Probe {
  readonly weightBytes: number;
  /** Tables of positions, for each position. */
  readonly tableBytesPerToken: number;
  readonly kvBytesPerToken: number;
  /** Rows of the largest item by modality. */
  readonly largestItems: Partial<Record<Modality, number>>;
}

function probeNetworks(needs: MemoryNeeds): Probe {
  const { choice: { dtype }, weightType, model, limits, longest, maxModelLen = longest } = needs;
  const floatBytes = dtype === "f16" ? 2 : 4;
  // Tables of positions grow with the context; a short one tells how much.
  const length = Math.min(LEN_STEP, maxModelLen);
  const language = model.networks.language(length);
  const isTable = (weight: Graph["weights"][number]) =>
    weight.source.kind === "constant" && weight.shape[0] === length && length > 1;
  const modalities = (Object.keys(limits) as Modality[]).filter((modality) => limits[modality] !== 0);
  const encoders = modalities.flatMap((modality) => model.networks.encoders[modality]?.graph() ?? []);
  const bytesOf = (graph: Graph, weights = graph.weights) => {
    const matrices = weightType === "q8" ? quantizedMatrices(graph) : new Set<string>();
    const [small, plain] = [true, false].map((is) => weights.filter(({ name }) => matrices.has(name) === is));
    return sizeOfQuantized(small) + sizeOf(plain, floatBytes);
  };
  return {
    weightBytes: encoders.reduce(
      (sum, graph) => sum + bytesOf(graph),
      bytesOf(language, language.weights.filter((weight) => !isTable(weight))),
    ),
    tableBytesPerToken: sizeOf(language.weights.filter(isTable), floatBytes) / length,
    kvBytesPerToken: (language.cache ?? [])
      .reduce((sum, { numKvHeads, headDim }) => sum + 2 * numKvHeads * headDim * floatBytes, 0),
    largestItems: Object.fromEntries(modalities.flatMap((modality) => {
      const item = model.largestItem?.(modality);
      return item ? [[modality, model.numTokens(item, {})]] : [];
    })),
  };
}

const TYPE_BYTES = { float32: 4, int32: 4, int64: 8 } as const;

function sizeOf(weights: Graph["weights"], floatBytes: number): number {
  return weights.reduce(
    (sum, { shape, type = "float" }) => sum + numElements(shape) * (type === "float" ? floatBytes : TYPE_BYTES[type]),
    0,
  );
}

/** A byte for each number and a scale for each row. */
function sizeOfQuantized(matrices: Graph["weights"]): number {
  return matrices.reduce((sum, { shape: [rows, width] }) => sum + rows * (width + 4), 0);
}

function addUp(needs: MemoryNeeds, probe: Probe, maxModelLen: number, maxNumSeqs: number): MemoryReport {
  const { choice: { device }, model: { language: { hiddenSize } }, embeddingBytes, processorCacheBytes } = needs;
  const { kvBytesPerToken, largestItems } = probe;
  const kvBytesPerSequence = kvBytesPerToken * maxModelLen;
  const weightBytes = Math.ceil(probe.weightBytes + probe.tableBytesPerToken * maxModelLen);
  // A step on WASM copies the sequence's keys and values in and out.
  const stepBytes = device === "wasm" ? 2 * kvBytesPerSequence : 0;
  const itemRows = Object.entries(largestItems).map(([modality, rows]) => {
    const perPrompt = Math.min(needs.limits[modality as Modality] ?? Infinity, Math.floor(maxModelLen / rows));
    return perPrompt * rows;
  });
  // Embeddings of the prompt in its prefill, and the rows that go into them.
  const promptBytes = 4 * hiddenSize * (maxModelLen + Math.max(0, ...itemRows));
  const networkBytes = weightBytes + kvBytesPerSequence * maxNumSeqs + stepBytes;
  return {
    weightBytes,
    embeddingBytes,
    kvBytesPerToken,
    kvBytesPerSequence,
    promptBytes,
    stepBytes,
    processorCacheBytes,
    totalBytes: networkBytes + embeddingBytes + promptBytes + processorCacheBytes,
    limitBytes: needs.memoryBytes ?? (needs.hostMemoryBytes && Math.floor(HOST_SHARE * needs.hostMemoryBytes)),
    maxModelLen,
    maxNumSeqs,
    largestItems,
    lowered: false,
  };
}

/** What does not fit: the whole into memory, or the networks into what WASM can address. */
function excessOf(plan: MemoryReport, needs: MemoryNeeds): "memory" | "wasm" | undefined {
  const { choice: { device }, memoryBytes } = needs;
  const { totalBytes, limitBytes = Infinity, weightBytes, kvBytesPerSequence, maxNumSeqs } = plan;
  if (device === "wasm" && addressedBytes(plan, needs) > WASM_BYTES) return "wasm";
  const onGpu = device === "webgpu" && memoryBytes === undefined ? weightBytes + kvBytesPerSequence * maxNumSeqs : 0;
  return totalBytes - onGpu > limitBytes ? "memory" : undefined;
}

/** What must lie in the memory of one WASM module. */
function addressedBytes({ weightBytes, stepBytes, kvBytesPerSequence, maxNumSeqs }: MemoryReport, needs: MemoryNeeds) {
  return weightBytes + stepBytes + (needs.executor === "ort" ? 0 : kvBytesPerSequence * maxNumSeqs);
}

/** Whether it is only the type of the matrices that makes it too large for a CPU. */
function fitsQuantized(needs: MemoryNeeds): boolean {
  if (needs.choice.device !== "wasm" || needs.executor === "ort" || needs.weightType === "q8") return false;
  const quantized = { ...needs, weightType: "q8" } as const;
  return !excessOf(bestPlan(quantized), quantized);
}

function tooLarge(plan: MemoryReport, needs: MemoryNeeds): ConfigError {
  const first = fitsQuantized(needs) ? "Set LIMBUS_DTYPE=q8, which fits; or " : "";
  const hint = (text: string) => first === "" ? text : first + text[0].toLowerCase() + text.slice(1);
  const { maxModelLen, maxNumSeqs, weightBytes, totalBytes, limitBytes = 0 } = plan;
  if (excessOf(plan, needs) === "wasm") {
    const isFull = weightBytes > WASM_BYTES || maxModelLen <= LEN_STEP && maxNumSeqs === 1;
    return new ConfigError(
      `Expected to need at most the ${showBytes(WASM_BYTES)} that WASM can address: found ` +
        `${showBytes(addressedBytes(plan, needs))} (${describeNeeds(plan)})`,
      {
        param: "LIMBUS_DEVICE",
        hint: hint(
          isFull
            ? "Serve it on a GPU, or a smaller checkpoint"
            : "Lower LIMBUS_MAX_NUM_SEQS or LIMBUS_MAX_MODEL_LEN, or serve it on a GPU",
        ),
      },
    );
  }
  const lower = [
    ...(maxNumSeqs > 1 ? ["LIMBUS_MAX_NUM_SEQS"] : []),
    ...(maxModelLen > LEN_STEP ? ["LIMBUS_MAX_MODEL_LEN"] : []),
    ...(plan.processorCacheBytes > 0 ? ["LIMBUS_PROCESSOR_CACHE_BYTES"] : []),
  ];
  return new ConfigError(
    `Expected to need at most ${showBytes(limitBytes)} of memory: found ${showBytes(totalBytes)} (${
      describeNeeds(plan)
    })`,
    {
      param: "LIMBUS_MEMORY_BYTES",
      hint: hint(`${lower.length > 0 ? `Lower ${lower.join(", ")}, or serve` : "Serve"} a smaller checkpoint`),
    },
  );
}

/** What takes how much, in words: `weights 33 MiB, embeddings 2 MiB, ...`. */
export function describeNeeds(plan: MemoryReport): string {
  const { weightBytes, embeddingBytes, kvBytesPerSequence, maxNumSeqs, maxModelLen, largestItems } = plan;
  const items = Object.entries(largestItems).map(([modality, rows]) => `, the largest ${modality} ${rows} tokens`);
  return [
    `weights ${showBytes(weightBytes)}`,
    `embeddings ${showBytes(embeddingBytes)}`,
    `KV cache ${showBytes(kvBytesPerSequence)} for ${
      maxNumSeqs === 1 ? "1 sequence" : `each of ${maxNumSeqs} sequences`
    } of ${maxModelLen} tokens` +
    (plan.lowered ? " (fewer or shorter than by default, to fit)" : ""),
    `a step ${showBytes(plan.promptBytes + plan.stepBytes)}${items.join("")}`,
    `processor cache ${showBytes(plan.processorCacheBytes)}`,
  ].join(", ");
}

/** A number of bytes as people read it. */
export function showBytes(bytes: number): string {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return bytes >= 2 ** 20 ? `${Math.round(bytes / 2 ** 20)} MiB` : `${Math.ceil(bytes / 2 ** 10)} KiB`;
}
