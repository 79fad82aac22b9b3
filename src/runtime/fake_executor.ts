/**
 * An executor without networks: answers with a script, in microseconds. With it the whole server, tokenizer, planner and
 * scheduler run in tests and benches without ONNX Runtime.
 *
 * @module
 */
import type { Modality } from "../core/message.ts";
import type { Tensor } from "../core/tensor.ts";
import type { Executor, KvCache } from "./backend.ts";

/** Settings of {@linkcode createFakeExecutor}. */
export interface FakeExecutorOptions {
  /** Logits per step. */
  readonly vocabSize: number;
  /** Width of an embedding row. */
  readonly hiddenSize: number;
  /** Rows that a batch of items gives. */
  readonly numRows?: (modality: Modality, numItems: number) => number;
  /** Token to choose at a step of the answer; the first step is 0. */
  readonly script: (step: number) => number;
  /** Called before each step; may throw, or wait. */
  readonly onStep?: (step: number) => void | Promise<void>;
}

/** Counts tokens as a real cache would, and steps of the answer. */
class FakeKvCache implements KvCache {
  length = 0;
  step = 0;
  readonly capacity: number;
  constructor(capacity: number) {
    this.capacity = capacity;
  }
  [Symbol.dispose](): void {}
}

/** Makes an executor whose every answer follows `script`. */
export function createFakeExecutor(options: FakeExecutorOptions): Executor {
  const { vocabSize, hiddenSize, numRows = (_, numItems) => numItems, script, onStep } = options;
  const logits = new Float32Array(vocabSize);

  async function run<T>(numTokens: number, cache: KvCache, sample: (logits: Float32Array) => T): Promise<T> {
    const fake = cache as FakeKvCache;
    await onStep?.(fake.step);
    logits.fill(0);
    logits[script(fake.step++)] = 20;
    fake.length += numTokens;
    return sample(logits);
  }

  return {
    report: { device: "fake", reason: "asked for", name: "script", dtype: "f32" },
    encode(modality, tensors): Promise<Tensor> {
      const [first] = Object.values(tensors);
      const rows = numRows(modality, first.dims[0]);
      return Promise.resolve({
        type: "float32",
        dims: [rows, hiddenSize],
        data: new Float32Array(rows * hiddenSize),
      });
    },
    newKvCache: (capacity) => new FakeKvCache(capacity),
    prefill: ({ inputsEmbeds }, cache, sample) => run(inputsEmbeds.length / hiddenSize, cache, sample),
    decode: (_token, cache, sample) => run(1, cache, sample),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
