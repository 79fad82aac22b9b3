import type { Handler } from "hono";
import type { Engine } from "../src/engine/interface.ts";

/** `GET /health`: 200 once requests are answered, 503 before and after; always says which device and why. */
export function health(engine: Engine): Handler {
  return function health(c) {
    const report = engine.health();
    return c.json(report, report.status === "ok" ? 200 : 503, { "cache-control": "no-store" });
  };
}
