import type { Handler } from "hono";
import type { Engine } from "../src/engine/interface.ts";
import { checkModel } from "./openai/parse.ts";

/** `GET /v1/models`: the one model that is served. */
export function listModels(engine: Engine): Handler {
  return function listModels(c) {
    return c.json({ object: "list", data: [toModel(engine)] });
  };
}

/** `GET /v1/models/:id`; ids may hold slashes. */
export function retrieveModel(engine: Engine): Handler {
  return function retrieveModel(c) {
    checkModel(c.req.param("id") ?? "", engine.servedModelName);
    return c.json(toModel(engine));
  };
}

function toModel(engine: Engine): Record<string, unknown> {
  return {
    id: engine.servedModelName,
    object: "model",
    created: engine.created,
    owned_by: "limbus",
    max_model_len: engine.health().maxModelLen ?? null,
  };
}
