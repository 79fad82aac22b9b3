import { assert, assertEquals } from "@std/assert";
import * as errors from "../../src/core/errors.ts";
import { fromWire, toWire } from "../../src/engine/protocol.ts";

Deno.test("every error class crosses the Worker border and comes back the same", () => {
  const classes = Object.values(errors).filter((value) =>
    value.prototype instanceof errors.LimbusError
  ) as unknown as (new (message: string, details: errors.ErrorDetails) => errors.LimbusError)[];
  assert(classes.length >= 12);
  for (const Class of classes) {
    const error = new Class("Expected one thing: found another", { param: "messages[0]", hint: "Mend it", code: "c" });
    const back = fromWire(structuredClone(toWire(error))) as errors.LimbusError;
    assert(back instanceof Class, Class.name);
    assertEquals([back.message, back.param, back.hint, back.code], [
      error.message,
      error.param,
      error.hint,
      error.code,
    ]);
  }
  const full = new errors.CapacityError("full", { retryAfterSeconds: 7 });
  assertEquals((fromWire(structuredClone(toWire(full))) as errors.CapacityError).retryAfterSeconds, 7);
});

Deno.test("errors of others keep their name and message", () => {
  const back = fromWire(structuredClone(toWire(new TypeError("x is not a function"))));
  assertEquals([back.name, back.message], ["TypeError", "x is not a function"]);
  assertEquals(fromWire(toWire("text")).message, "text");
});
