import { readRope, type RopeFields } from "./rope_fields.ts";
import type { RopeParameters } from "../../rope.ts";
import type { Problem } from "./define_text_config.ts";
import type { TextFields } from "./text_fields.ts";

/** Ropes of a decoder by kind of layer. */
export interface LayerRopes {
  /** Of layers that see everything. */
  readonly full: RopeParameters;
  /** Of layers with a window. */
  readonly sliding: RopeParameters;
  /** Elements of each head, from its start, that are rotated. */
  readonly rotaryDim: number;
}

/**
 * Reads the ropes of full and of sliding layers. Old files give one for both, or `rope_local_base_freq` for the sliding ones.
 *
 * @param fields The configuration.
 * @param headDim Elements per head.
 * @param readRopeType What the kind of decoder means by a rope type.
 * @param problem Reports what is wrong with a key.
 */
export function readRopes(
  fields: TextFields,
  headDim: number,
  readRopeType: (type: string) => string,
  problem: Problem,
): LayerRopes {
  const key = fields.rope_scaling ? "rope_scaling" : "rope_parameters";
  const given = fields.rope_scaling ?? fields.rope_parameters ?? {};
  const byKind = fields.rope_scaling ? undefined : fields.rope_parameters;
  const isNested = !!byKind?.full_attention;
  const local = fields.rope_local_base_freq;
  const full = byKind?.full_attention ?? given;
  const sliding = isNested ? byKind?.sliding_attention ?? {} : local ? {} : full;
  const share = full.partial_rotary_factor ?? fields.partial_rotary_factor ?? 1;
  const rotaryDim = Math.trunc(headDim * share);
  if (rotaryDim % 2 !== 0) problem(["partial_rotary_factor"], `a share of head_dim (${headDim}) that is even`);
  const read = (part: RopeFields, theta: number, kind: string) => {
    const type = part.rope_type ?? part.type;
    return readRope({ ...part, ...(type && { rope_type: readRopeType(type) }) }, {
      theta,
      maxPositions: fields.max_position_embeddings,
      originalMaxPositions: fields.original_max_position_embeddings,
      rotaryDim,
    }, (name, expected) => {
      const own = name === "rope_type" && part.rope_type === undefined ? "type" : name;
      return problem(isNested ? [key, kind, own] : [key, own], expected);
    });
  };
  return {
    full: read(full, fields.rope_theta, "full_attention"),
    sliding: read(sliding, local ?? fields.rope_theta, "sliding_attention"),
    rotaryDim,
  };
}
