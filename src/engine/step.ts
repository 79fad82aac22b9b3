/**
 * One step of the engine: stages 7 to 12 of a request's way.
 *
 * @module
 */
import type { SampledToken } from "../sampling/sampler.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import { encodeItems } from "./encode_items.ts";
import type { LoadedModel } from "./load_model.ts";
import { countUsage, type Sequence } from "./sequence.ts";

/**
 * Runs what the scheduler chooses and hands the new tokens out.
 *
 * A fault of one sequence ends that sequence; the others go on.
 *
 * @returns Whether there was anything to run.
 * @throws Whatever `isFatal` says that the engine does not survive.
 */
export async function step(
  loaded: LoadedModel,
  scheduler: Scheduler,
  sequences: Map<string, Sequence>,
  isFatal: (error: unknown) => boolean,
): Promise<boolean> {
  const batch = scheduler.next();
  if (!batch) return false;
  for (const id of batch.sequenceIds) {
    const sequence = sequences.get(id);
    if (!sequence) continue;
    try {
      const sampled = batch.phase === "prefill" ? await prefill(loaded, sequence) : await decode(loaded, sequence);
      if (!sequences.has(id)) continue; // aborted meanwhile
      sequence.outputTokenIds.push(sampled.tokenId);
      const { delta, finish } = sequence.answer.push(sampled);
      if (delta) sequence.emit(delta);
      if (!finish) continue;
      const usage = countUsage(sequence.prompt, sequence.outputTokenIds.length);
      sequence.emit({ type: "finish", ...finish, usage });
    } catch (error) {
      if (isFatal(error)) throw error;
      sequence.fail(error);
    }
  }
  return true;
}

/** Encodes the items, merges their rows into the text embeddings and runs the whole prompt. */
async function prefill(loaded: LoadedModel, sequence: Sequence): Promise<SampledToken> {
  const { prompt, cache } = sequence;
  const rows = await encodeItems(loaded, prompt);
  const inputsEmbeds = loaded.embeddings.embedInputIds(prompt.promptTokenIds, rows);
  const { positionIds, perToken, ...kept } = prompt.languageInputs;
  sequence.prompt = { ...prompt, items: [], languageInputs: kept }; // not needed any more: pixels, tables
  if (kept.longestSequence !== undefined) sequence.promptEmbeds = inputsEmbeds;
  const inputs = { inputsEmbeds, positionIds, perToken };
  return await loaded.executor.prefill(inputs, cache, (logits) => sample(sequence, logits));
}

/** Runs the token chosen last. */
function decode(loaded: LoadedModel, sequence: Sequence): Promise<SampledToken> {
  const tokenId = sequence.outputTokenIds.at(-1)!;
  const { positionDelta, longestSequence = Infinity } = sequence.prompt.languageInputs;
  if (sequence.cache.length >= longestSequence) return runAgain(loaded, sequence);
  return loaded.executor.decode({ tokenId, positionDelta }, sequence.cache, (logits) => sample(sequence, logits));
}

/** Runs prompt and answer from their start, because what the prompt was run with does not hold for so many tokens. */
function runAgain(loaded: LoadedModel, sequence: Sequence): Promise<SampledToken> {
  const { model, embeddings, executor } = loaded;
  const { prompt, outputTokenIds, promptEmbeds = new Float32Array() } = sequence;
  const answerEmbeds = embeddings.embedInputIds(Uint32Array.from(outputTokenIds));
  const inputsEmbeds = new Float32Array(promptEmbeds.length + answerEmbeds.length);
  inputsEmbeds.set(promptEmbeds);
  inputsEmbeds.set(answerEmbeds, promptEmbeds.length);
  const tokenIds = new Uint32Array(prompt.promptTokenIds.length + outputTokenIds.length);
  tokenIds.set(prompt.promptTokenIds);
  tokenIds.set(outputTokenIds, prompt.promptTokenIds.length);
  const { positionIds, perToken, ...kept } = model.languageInputs?.({ tokenIds, items: [] }) ?? {};
  sequence.prompt = { ...prompt, languageInputs: kept };
  sequence.promptEmbeds = undefined;
  const { capacity } = sequence.cache;
  sequence.cache[Symbol.dispose]();
  sequence.cache = executor.newKvCache(capacity);
  const inputs = { inputsEmbeds, positionIds, perToken };
  return executor.prefill(inputs, sequence.cache, (logits) => sample(sequence, logits));
}

function sample({ sampler, prompt, outputTokenIds, answer }: Sequence, logits: Float32Array): SampledToken {
  const { promptTokenIds } = prompt;
  const { bannedTokenIds } = answer;
  return sampler.sample(logits, { promptTokenIds, outputTokenIds, bannedTokenIds });
}
