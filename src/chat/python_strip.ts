/**
 * `strip`, `lstrip` and `rstrip` with an argument. The renderer ignores the argument and strips all white space, which
 * would change what templates such as Qwen3's make of a model's reasoning; so such calls are turned into calls of a
 * function that does what Python does.
 *
 * @module
 */

/** Name of the function that {@linkcode rewriteStrips} calls; no template can spell it. */
export const STRIP_FUNCTION = "strip of a string";

/** A node of the renderer's syntax tree, as far as it matters here. */
interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A call of a method by its name. */
interface MethodCall extends Node {
  readonly callee: { readonly object: Node; readonly property: { readonly value: string } };
  readonly args: readonly Node[];
}

/**
 * Rewrites `text.strip(characters)` and its relatives in a parsed template.
 *
 * @param tree Any part of the tree; not changed.
 * @returns The tree with calls of {@linkcode STRIP_FUNCTION}.
 */
export function rewriteStrips<T>(tree: T): T {
  if (Array.isArray(tree)) return tree.map(rewriteStrips) as T;
  if (typeof tree !== "object" || tree === null || tree instanceof Map) return tree;
  // Nodes are told apart by `type`, so a plain object serves as well as an instance.
  const node = Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, rewriteStrips(value)])) as Node;
  return (isStripCall(node) ? toFunctionCall(node) : node) as T;
}

function isStripCall(node: Node): node is MethodCall {
  if (node.type !== "CallExpression" || (node.args as Node[]).length !== 1) return false;
  const callee = node.callee as Node;
  if (callee.type !== "MemberExpression" || callee.computed) return false;
  return ["strip", "lstrip", "rstrip"].includes((callee.property as unknown as { value: string }).value);
}

function toFunctionCall({ callee, args }: MethodCall): Node {
  return {
    type: "CallExpression",
    callee: { type: "Identifier", value: STRIP_FUNCTION },
    args: [callee.object, ...args, { type: "StringLiteral", value: callee.property.value }],
  };
}

/**
 * Removes characters from the ends of a text, as Python's `str.strip` and its relatives.
 *
 * @param text The text.
 * @param characters The characters to remove, in any order; null for white space.
 * @param method Which ends.
 * @throws {TypeError} If `text` is no text.
 */
export function strip(text: unknown, characters: unknown, method: "strip" | "lstrip" | "rstrip"): string {
  if (typeof text !== "string") throw new TypeError(`Expected a text to ${method}: found something else`);
  const removed = (character: string) =>
    typeof characters === "string" ? characters.includes(character) : character.trim() === "";
  const letters = [...text];
  let [start, end] = [0, letters.length];
  if (method !== "rstrip") { while (start < end && removed(letters[start])) start++; }
  if (method !== "lstrip") { while (end > start && removed(letters[end - 1])) end--; }
  return letters.slice(start, end).join("");
}
