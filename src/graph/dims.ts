/**
 * Dimensions: numbers, names, and sums of products of both, such as `past_len+num_tokens` or `576*num_images`.
 *
 * @module
 */

/**
 * Extent of one axis: a number, or an expression over names that get their value when the graph runs.
 *
 * Expressions are kept in one canonical spelling (terms sorted, no spaces), so that two dimensions are equal exactly
 * if they are `===`.
 */
export type Dim = number | string;

/** The dimensions of a value, outermost first. */
export type Shape = readonly Dim[];

/** A polynomial: the sorted names of a product, joined by `*`, to its coefficient. The empty key is the constant. */
type Terms = Map<string, number>;

function parse(dim: Dim): Terms {
  const terms: Terms = new Map();
  for (const term of String(dim).split("+")) {
    let coefficient = 1;
    const names: string[] = [];
    for (const factor of term.split("*")) {
      if (/^\d+$/.test(factor)) coefficient *= Number(factor);
      else names.push(factor);
    }
    const key = names.sort().join("*");
    terms.set(key, (terms.get(key) ?? 0) + coefficient);
  }
  return terms;
}

function spell(terms: Terms): Dim {
  const constant = terms.get("") ?? 0;
  const named = [...terms].filter(([key, coefficient]) => key !== "" && coefficient !== 0).sort(([a], [b]) =>
    a < b ? -1 : 1
  ).map(([key, coefficient]) => coefficient === 1 ? key : `${coefficient}*${key}`);
  if (named.length === 0) return constant;
  return (constant === 0 ? named : [...named, String(constant)]).join("+");
}

/**
 * Adds dimensions.
 *
 * @example
 * ```ts
 * import { addDims } from "./dims.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(addDims("past_len", "num_tokens"), "num_tokens+past_len");
 * assertEquals(addDims(1, 576), 577);
 * ```
 *
 * @param dims The terms.
 * @returns Their sum in canonical spelling; 0 for none.
 */
export function addDims(...dims: Dim[]): Dim {
  const sum: Terms = new Map();
  for (const dim of dims) {
    for (const [key, coefficient] of parse(dim)) sum.set(key, (sum.get(key) ?? 0) + coefficient);
  }
  return spell(sum);
}

/**
 * Multiplies dimensions.
 *
 * @param dims The factors.
 * @returns Their product in canonical spelling; 1 for none.
 */
export function multiplyDims(...dims: Dim[]): Dim {
  let product: Terms = new Map([["", 1]]);
  for (const dim of dims) {
    const next: Terms = new Map();
    for (const [a, x] of product) {
      for (const [b, y] of parse(dim)) {
        const key = [...(a === "" ? [] : a.split("*")), ...(b === "" ? [] : b.split("*"))].sort().join("*");
        next.set(key, (next.get(key) ?? 0) + x * y);
      }
    }
    product = next;
  }
  return spell(product);
}

/**
 * Computes a dimension from the values of its names.
 *
 * @param dim The dimension.
 * @param bound Value of every name; a whole expression may also be bound under its own spelling.
 * @returns The extent, or undefined if a name is not bound.
 */
export function evaluateDim(dim: Dim, bound: Readonly<Record<string, number>>): number | undefined {
  if (typeof dim === "number") return dim;
  if (dim in bound) return bound[dim];
  let sum = 0;
  for (const [key, coefficient] of parse(dim)) {
    let term = coefficient;
    for (const name of key === "" ? [] : key.split("*")) {
      if (!(name in bound)) return undefined;
      term *= bound[name];
    }
    sum += term;
  }
  return sum;
}

/** True if the dimension is one plain name, which the first tensor that has it may bind. */
export function isPlainName(dim: Dim): dim is string {
  return typeof dim === "string" && !/[+*]/.test(dim);
}
