/**
 * The rules of prompt updates, written out plainly: slow, and meant to be right at a glance. Shares no code with the planner.
 *
 * @module
 */

/** Where an update happens; an empty list of tokens never occurs. */
export type OracleTarget = number[] | "start" | "end" | { prefix: number[] };

/** One way to place an item. */
export interface OracleAlternative {
  mode: "insertion" | "replacement";
  target: OracleTarget;
  content: number[];
}

/** An item with its alternatives, best first. */
export interface OracleItem {
  modality: string;
  itemIndex: number;
  alternatives: OracleAlternative[];
}

/** What becomes of the prompt. */
export interface OracleResult {
  tokens: number[];
  /** `modality#item@offset+length`, in the order of the prompt. */
  placeholders: string[];
  /** `modality#item` and why it has no place, by item. */
  failures: [string, "prompt_update_unmatched" | "prompt_update_conflict"][];
}

/** An update in its place: content goes in for the tokens from `start` to `end`; its target lies from `from` to `to`. */
interface Placed {
  item: number;
  content: number[];
  start: number;
  end: number;
  from: number;
  to: number;
}

/** Expands a prompt. Token `i` with `barred[i]` is part of no target. */
export function expandPlainly(prompt: number[], barred: boolean[], items: OracleItem[]): OracleResult {
  const occursAt = (target: number[], at: number) =>
    target.length > 0 && target.every((token, i) => prompt[at + i] === token && !barred[at + i]);
  const positions = prompt.map((_, at) => at);
  const replaced: Placed[] = [];
  const points: Placed[] = [];
  const failures: OracleResult["failures"] = [];
  const fail = (item: number, code: OracleResult["failures"][number][1]) =>
    failures.push([`${items[item].modality}#${items[item].itemIndex}`, code]);

  /** Whether a replacement made so far has none of these tokens. */
  const isFree = (from: number, to: number) => replaced.every((other) => to <= other.from || other.to <= from);

  /** How many replacements of this target fit behind each other, if no other target took anything. */
  const countPlaces = (target: number[]) => {
    let [count, done] = [0, 0];
    for (const at of positions) {
      if (at < done || !occursAt(target, at) || !isFree(at, at + target.length)) continue;
      count++;
      done = at + target.length;
    }
    return count;
  };

  const pointOf = ({ mode, target }: OracleAlternative): [from: number, to: number] | undefined => {
    if (target === "start") return [0, 0];
    if (target === "end") return [prompt.length, prompt.length];
    if (!Array.isArray(target)) {
      const { prefix } = target;
      const fits = prefix.every((token, i) => prompt[i] === token && !barred[i]);
      return fits ? [prefix.length, prefix.length] : undefined;
    }
    if (mode === "replacement") return undefined;
    const first = positions.find((at) => occursAt(target, at));
    return first === undefined ? undefined : [first, first + target.length];
  };

  // Rounds: everybody takes the first alternative that seems to have a place; who is overlapped by others tries the next.
  let pending = items.map((_, item) => ({ item, next: 0 }));
  while (pending.length > 0) {
    const waiting: { item: number; chosen: number; target: number[]; content: number[] }[] = [];
    for (const { item, next } of pending) {
      const chosen = items[item].alternatives.findIndex((alternative, at) => {
        if (at < next) return false;
        const { mode, target } = alternative;
        if (mode === "insertion" || !Array.isArray(target)) return pointOf(alternative) !== undefined;
        return countPlaces(target) > waiting.filter((other) => String(other.target) === String(target)).length;
      });
      if (chosen < 0) {
        fail(item, next === 0 ? "prompt_update_unmatched" : "prompt_update_conflict");
        continue;
      }
      const alternative = items[item].alternatives[chosen];
      const { content, target } = alternative;
      const point = pointOf(alternative);
      if (point) points.push({ item, content, start: point[1], end: point[1], from: point[0], to: point[1] });
      else waiting.push({ item, chosen, target: target as number[], content });
    }
    // From the left, the shorter first: an occurrence goes to the first item that waits for it.
    const taken: Placed[] = [];
    for (const at of positions) {
      if (taken.some((other) => at < other.to)) continue;
      const fitting = waiting
        .filter(({ target }) => occursAt(target, at) && isFree(at, at + target.length))
        .sort((a, b) => a.target.length - b.target.length);
      if (fitting.length === 0) continue;
      const { item, target, content } = fitting[0];
      taken.push({ item, content, start: at, end: at + target.length, from: at, to: at + target.length });
      waiting.splice(waiting.indexOf(fitting[0]), 1);
    }
    replaced.push(...taken);
    pending = waiting.map(({ item, chosen }) => ({ item, next: chosen + 1 })).sort((a, b) => a.item - b.item);
  }

  // A point needs its target's tokens, and must not lie inside what is replaced.
  const kept = points.filter(({ item, from, to }) => {
    const isInside = replaced.some((other) => other.from < to && to < other.to);
    const isNeeded = replaced.some((other) => from < other.to && other.from < to);
    if (isInside || isNeeded) fail(item, "prompt_update_conflict");
    return !isInside && !isNeeded;
  });

  const placed = [...replaced, ...kept]
    .sort((a, b) => a.start - b.start || a.end - b.end || a.from - b.from || a.item - b.item);
  const tokens: number[] = [];
  const placeholders: string[] = [];
  let done = 0;
  for (const { item, content, start, end } of placed) {
    tokens.push(...prompt.slice(done, start));
    const { modality, itemIndex } = items[item];
    if (content.length > 0) placeholders.push(`${modality}#${itemIndex}@${tokens.length}+${content.length}`);
    tokens.push(...content);
    done = end;
  }
  tokens.push(...prompt.slice(done));
  const order = items.map(({ modality, itemIndex }) => `${modality}#${itemIndex}`);
  failures.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return { tokens, placeholders, failures };
}
