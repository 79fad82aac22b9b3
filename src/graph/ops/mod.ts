/**
 * The table of ops. A new op is one definition in a file of this folder and one line here.
 *
 * @module
 */

import type { OpDefinition } from "../op.ts";
import { activationOp } from "./activation.ts";
import { aheadBiasOp } from "./ahead_bias.ts";
import { attentionOp } from "./attention.ts";
import { cachedAttentionOp } from "./cached_attention.ts";
import { castOp } from "./cast.ts";
import { conv1dOp } from "./conv1d.ts";
import { conv2dOp } from "./conv2d.ts";
import { addOp, mulOp, scaleOp } from "./elementwise.ts";
import { firstRunOp } from "./first_run.ts";
import { gatherRowsOp } from "./gather.ts";
import { linearOp } from "./linear.ts";
import { meanOp } from "./mean.ts";
import { gatedMlpOp, mlpOp } from "./mlp.ts";
import { addRmsNormOp, layerNormOp, rmsNormOp } from "./norm.ts";
import { rotaryOp } from "./rotary.ts";
import { rotaryTablesOp } from "./rotary_tables.ts";
import { concatOp } from "./concat.ts";
import { padOp } from "./pad.ts";
import { repeatOp } from "./repeat.ts";
import { reshapeOp } from "./reshape.ts";
import { sliceOp } from "./slice.ts";
import { squeezeOp } from "./squeeze.ts";
import { transposeOp } from "./transpose.ts";
import { whereOp } from "./where.ts";

/** Every op. */
export const OPS: readonly OpDefinition[] = [
  activationOp as OpDefinition,
  addOp,
  addRmsNormOp as OpDefinition,
  aheadBiasOp as OpDefinition,
  attentionOp as OpDefinition,
  cachedAttentionOp as OpDefinition,
  castOp as OpDefinition,
  concatOp as OpDefinition,
  conv1dOp as OpDefinition,
  conv2dOp as OpDefinition,
  firstRunOp,
  gatedMlpOp as OpDefinition,
  gatherRowsOp,
  layerNormOp as OpDefinition,
  linearOp,
  meanOp as OpDefinition,
  mlpOp as OpDefinition,
  mulOp,
  padOp as OpDefinition,
  repeatOp,
  reshapeOp as OpDefinition,
  rmsNormOp as OpDefinition,
  rotaryOp as OpDefinition,
  rotaryTablesOp as OpDefinition,
  scaleOp as OpDefinition,
  sliceOp as OpDefinition,
  squeezeOp as OpDefinition,
  transposeOp as OpDefinition,
  whereOp,
];

/**
 * Looks up an op.
 *
 * @param name As nodes have it.
 * @returns The op.
 * @throws {TypeError} If there is none of this name.
 */
export function opNamed(name: string): OpDefinition {
  const found = OPS.find((op) => op.name === name);
  if (!found) throw new TypeError(`Expected an op of the table: found ${name}`);
  return found;
}
