import type { ItemRows } from "../compute/embedding.ts";
import { AdapterError, InvalidRequestError } from "../core/errors.ts";
import type { Modality } from "../core/message.ts";
import type { Tensor } from "../core/tensor.ts";
import type { Networks } from "../models/adapter.ts";
import { MultiModalField, reduceField } from "../multimodal/field.ts";
import { forItem } from "../multimodal/for_item.ts";
import type { ItemTensors } from "../multimodal/item.ts";
import { numEmbeds } from "../multimodal/placeholder.ts";
import type { ProcessedItem } from "../multimodal/process_items.ts";
import type { LoadedModel } from "./load_model.ts";
import type { Executor } from "../runtime/backend.ts";
import type { PreparedPrompt } from "./sequence.ts";

/**
 * Runs the towers over a prompt's items: items of equal shapes together where their encoder takes stacks, others alone.
 * Precomputed rows pass through.
 *
 * @returns The rows of every item with the ranges in which they go.
 * @throws {AdapterError} If an encoder gives an item more or fewer rows than it has embed positions.
 * @throws {InvalidRequestError} If precomputed rows are more or fewer than the embed positions.
 * @throws {DeviceMemoryError} If an item is too large for the device; `param` names it.
 */
export async function encodeItems(
  { executor, model, report }: Pick<LoadedModel, "executor" | "model" | "report">,
  prompt: PreparedPrompt,
): Promise<ItemRows[]> {
  const { encoders } = model.networks;
  const found: ItemRows[] = [];
  for (const group of runsTogether(prompt.items, encoders)) {
    const { modality, kind } = group[0].info;
    const rows = kind === "embeds"
      ? group[0].tensors[`${modality}_embeds`]
      : await forItem(group[0].param, () => encodeRuns(executor, modality, runsOf(group, encoders)));
    const { hiddenSize } = model.language;
    if (rows.dims.length !== 2 || rows.dims[1] !== hiddenSize) {
      throw new AdapterError(
        `Expected the ${modality} encoder of adapter ${report.modelType} to give rows of ${hiddenSize} for ${modality} ` +
          `${group[0].info.index}: found [${rows.dims.join(", ")}]`,
        { param: group[0].param },
      );
    }
    const [numRows] = rows.dims;
    let at = 0;
    for (const { info: { index }, param } of group) {
      const ranges = (prompt.placeholders[modality] ?? []).filter(({ itemIndex }) => itemIndex === index);
      const wanted = ranges.reduce((sum, range) => sum + numEmbeds(range), 0);
      const name = `${modality} ${index}`;
      // The items of a stack are of one shape and so have equally many rows.
      if (numRows !== wanted * group.length) {
        const numbers = `${wanted} rows for ${name}, one for each embed position: found ${numRows / group.length}`;
        if (kind === "embeds") throw new InvalidRequestError(`Expected ${numbers}`, { param });
        throw new AdapterError(`Expected the ${modality} encoder of adapter ${report.modelType} to give ${numbers}`, {
          param,
        });
      }
      const end = at + wanted * hiddenSize;
      found.push({ name, ranges, rows: (rows.data as Float32Array).subarray(at, end) });
      at = end;
    }
  }
  return found;
}

/** Groups neighbouring items that one run can take. */
function runsTogether(items: readonly ProcessedItem[], encoders: Networks["encoders"]): ProcessedItem[][] {
  const groups: ProcessedItem[][] = [];
  const shapes = ({ info, tensors }: ProcessedItem) =>
    [info.modality, ...Object.entries(tensors).map(([name, { dims }]) => `${name} ${dims}`)].join();
  for (const item of items) {
    const last = groups.at(-1);
    const { feeds, runs } = encoders[item.info.modality] ?? {};
    const stacks = item.info.kind !== "embeds" && !feeds && !runs;
    if (stacks && last?.[0].info.kind === item.info.kind && shapes(last[0]) === shapes(item)) last.push(item);
    else groups.push([item]);
  }
  return groups;
}

type Feeds = Readonly<Record<string, Tensor>>;

/** Inputs of the runs that a group takes: one, unless the adapter makes several of an item. */
function runsOf(group: readonly ProcessedItem[], encoders: Networks["encoders"]): readonly Feeds[] {
  const [{ info: { modality }, tensors }] = group;
  const { feeds, runs } = encoders[modality as Modality] ?? {};
  if (runs) return runs(tensors);
  if (feeds) return [feeds(tensors)];
  const batched = MultiModalField.batched(modality);
  const stack = (name: string) => reduceField(name, batched, group.map((item) => item.tensors[name])) as Tensor;
  return [Object.fromEntries(Object.keys(tensors satisfies ItemTensors).map((name) => [name, stack(name)]))];
}

/** Rows of all runs, one behind the other. */
async function encodeRuns(executor: Executor, modality: Modality, runs: readonly Feeds[]): Promise<Tensor> {
  if (runs.length === 1) return await executor.encode(modality, runs[0]);
  const parts: Tensor[] = [];
  for (const feeds of runs) {
    const rows = await executor.encode(modality, feeds);
    parts.push({ ...rows, data: rows.data.slice() }); // the next run may write where this one did
  }
  return reduceField("rows", MultiModalField.flat(modality, []), parts) as Tensor;
}
