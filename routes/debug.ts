import type { Handler } from "hono";
import type { Engine } from "../src/engine/interface.ts";
import { HttpError } from "./errors.ts";

/** `POST /debug/crash`: kills the engine's Worker, to test that everything recovers. Only with the option. */
export function crash(engine: Engine): Handler {
  return function crash(c) {
    if (engine.crash === undefined) {
      throw new HttpError(404, "not_found", "Expected an engine that can be crashed: found another");
    }
    engine.crash();
    return c.json({ status: "crashed" });
  };
}
