import type { Handler } from "hono";
import * as z from "zod";
import type { Engine } from "../src/engine/interface.ts";
import { readJson } from "./body.ts";
import type { RouteContext } from "./mod.ts";
import { checkModel, parseWith } from "./openai/parse.ts";

const detokenizeBody = z.strictObject({
  model: z.string().nullish(),
  tokens: z.array(z.int().min(0).max(0xffff_ffff)),
});

/** `POST /detokenize`: the text of token ids, special tokens kept; in vLLM's form. */
export function detokenize(engine: Engine, { limits }: RouteContext): Handler {
  return async function detokenize(c) {
    const { model, tokens } = parseWith(detokenizeBody, await readJson(c.req.raw, limits));
    checkModel(model ?? engine.servedModelName, engine.servedModelName);
    return c.json({ prompt: await engine.detokenize(tokens, { signal: c.req.raw.signal }) });
  };
}
