import type { AttributeMap, Node } from "../graph.ts";
import type { Planner } from "./planner.ts";

/** How an op becomes kernel calls. */
export interface OpLowering {
  /** Operands that it knows; a node with another one is not supported. */
  readonly operands: readonly string[] | "any";
  /** Attributes that it knows; a node that sets another one is not supported. */
  readonly attributes?: readonly string[];
  /** Says why a node cannot be lowered; undefined if it can. */
  problem?(node: Node, planner: Pick<Planner, "graph">): string | undefined;
  /** Appends the kernel calls. */
  lower(planner: Planner, node: Node): void;
}

/**
 * The attributes of a node, typed.
 *
 * @param node A node whose op has these attributes.
 */
export function attributesOf<Attributes extends AttributeMap>(node: Node): Attributes {
  return node.attributes as Attributes;
}
