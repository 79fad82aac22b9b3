import { assertEquals } from "@std/assert";
import { errorResponse, HttpError, toErrorAnswer } from "../../routes/errors.ts";
import * as errors from "../../src/core/errors.ts";

Deno.test("every error class has its status, and the table forgets none", () => {
  const statuses: Record<string, number> = {
    ...{ InvalidRequestError: 400, ModelNotFoundError: 404, UnsupportedModalityError: 400, ContextLengthError: 400 },
    ...{ CapacityError: 429, MediaFetchError: 400, MediaDecodeError: 400, EngineCrashedError: 503 },
    ...{ EngineUnavailableError: 503, AdapterError: 500, DeviceMemoryError: 400 },
    // Faults of the installation: never a client's business.
    ...{ LimbusError: 500, CheckpointError: 500, ConfigError: 500, DeviceError: 500, ShapeError: 500 },
  };
  assertEquals(Object.keys(statuses).sort(), Object.keys(errors).sort());
  const details = { param: "p", hint: "do this", code: "narrow" };
  const instances: Record<string, Error> = {
    LimbusError: new errors.LimbusError("c", "SeCrEt"),
    ShapeError: new errors.ShapeError("SeCrEt", [1], [2]),
    CheckpointError: new errors.CheckpointError("SeCrEt"),
    ConfigError: new errors.ConfigError("SeCrEt"),
    DeviceError: new errors.DeviceError("SeCrEt"),
    CapacityError: new errors.CapacityError("What", details),
    ModelNotFoundError: new errors.ModelNotFoundError("What", details),
  };
  for (const [name, status] of Object.entries(statuses)) {
    const Class = errors[name as "InvalidRequestError"];
    const answer = toErrorAnswer(instances[name] ?? new Class("What", details));
    assertEquals(answer.status, status, name);
    assertEquals(JSON.stringify(answer).includes("SeCrEt"), false);
    if ("SeCrEt" !== instances[name]?.message && answer.body.error.code !== "internal_error") {
      const { message, param, code } = answer.body.error;
      assertEquals({ message, param, code }, { message: "What (do this)", param: "p", code: "narrow" });
    }
  }
});

Deno.test("errors after which a new try makes sense say when", () => {
  const retryAfter = (error: Error) => toErrorAnswer(error).headers["retry-after"];
  assertEquals(retryAfter(new errors.CapacityError("Full", { retryAfterSeconds: 0.2 })), "1");
  assertEquals(retryAfter(new errors.CapacityError("Full", { retryAfterSeconds: 7 })), "7");
  assertEquals(retryAfter(new errors.EngineCrashedError("x")), "1");
  assertEquals(retryAfter(new errors.InvalidRequestError("x")), undefined);
});

Deno.test("errorResponse() writes OpenAI's body with every field", async () => {
  const response = errorResponse(new HttpError(405, "method_not_allowed", "No", { headers: { allow: "GET" } }));
  assertEquals([response.status, response.headers.get("allow")], [405, "GET"]);
  assertEquals(await response.json(), {
    error: { message: "No", type: "invalid_request_error", param: null, code: "method_not_allowed" },
  });
  for (const thrown of ["text", null, undefined, 1]) assertEquals(errorResponse(thrown).status, 500);
});
