/**
 * Random damage to JSON and bytes, the same for the same seed: for what TypeScript reads from outside, where no fuzzer
 * guided by coverage runs.
 *
 * @module
 */

/** Whole numbers from 0 to below a bound, by a linear congruential generator. */
export type Below = (bound: number) => number;

/** A generator of its own for each seed. */
export function generator(seed: number): Below {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** Values that are easily not thought of. */
const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  2,
  0.5,
  3,
  -0.0,
  255,
  65_536,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e308,
  "",
  "a",
  "__proto__",
  "\u0000",
  "é".repeat(300),
  "silu",
  "bilinear",
  "12",
  [],
  [0],
  [1, 1],
  [-1, 2 ** 40],
  [[[[]]]],
  {},
  { type: "default" },
  { height: 1, width: 1 },
  { shortest_edge: 0 },
];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A copy of a JSON value with one thing changed somewhere inside. */
export function mutateJson(value: unknown, below: Below): unknown {
  const copy = structuredClone(value) as Json;
  const places: [container: Record<string, Json>, key: string][] = [];
  const visit = (container: Json) => {
    if (typeof container !== "object" || container === null) return;
    for (const key of Object.keys(container)) {
      places.push([container as Record<string, Json>, key]);
      visit((container as Record<string, Json>)[key]);
    }
  };
  visit(copy);
  if (places.length === 0) return VALUES[below(VALUES.length)];
  const [container, key] = places[below(places.length)];
  const old = container[key];
  switch (below(6)) {
    case 0:
      if (Array.isArray(container)) container.splice(Number(key), 1);
      else delete container[key];
      break;
    case 1: {
      const [other, from] = places[below(places.length)];
      container[key] = structuredClone(other[from]);
      break;
    }
    case 2:
      if (Array.isArray(container)) container.push(structuredClone(old));
      else Object.defineProperty(container, `${key}_2`, { value: old, enumerable: true });
      break;
    case 3:
      container[key] = typeof old === "number"
        ? [old + 1, old - 1, -old, old * 2, old / 2, old * 1e9][below(6)]
        : [old];
      break;
    default:
      container[key] = structuredClone(VALUES[below(VALUES.length)]) as Json;
  }
  return copy;
}

/** A copy of bytes with one thing changed. */
export function mutateBytes(bytes: Uint8Array, below: Below): Uint8Array {
  const at = below(bytes.length + 1);
  const [front, back] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (below(5)) {
    case 0:
      return front.slice();
    case 1:
      return new Uint8Array([...front, ...back.subarray(1 + below(8))]);
    case 2:
      return new Uint8Array([...front, below(256), ...back]);
    case 3:
      return new Uint8Array([...front, ...front.subarray(below(at + 1)), ...back]);
    default: {
      const flipped = bytes.slice();
      if (at < flipped.length) flipped[at] ^= 1 << below(8);
      return flipped;
    }
  }
}
