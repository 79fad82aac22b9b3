import { assertEquals, assertThrows } from "@std/assert";
import * as z from "zod";
import { checkModel, formatPath, parseWith } from "../../../routes/openai/parse.ts";
import { InvalidRequestError, ModelNotFoundError } from "../../../src/core/errors.ts";

function messageOf(schema: z.ZodType, value: unknown): string {
  return assertThrows(() => parseWith(schema, value), InvalidRequestError).message;
}

Deno.test("parseWith() says what was expected and what kind of thing was found", () => {
  const cases: [z.ZodType, unknown, string][] = [
    [z.number(), "1", "Expected a number: found a string"],
    [z.int(), 1.5, "Expected an integer: found a fraction"],
    [z.number().max(2), 3, "Expected a number of at most 2: found a larger one"],
    [z.number().gt(0), 0, "Expected a number of more than 0: found a smaller one"],
    [z.string().min(1), "", "Expected a length of at least 1: found a smaller one"],
    [z.array(z.string()).max(1), ["a", "b"], "Expected a number of entries of at most 1: found a larger one"],
    [z.enum(["a", "b"]), "c", 'Expected one of "a", "b": found another value'],
    [z.union([z.string(), z.array(z.string())]), 1, "Expected a string or an array: found a number"],
    [z.string(), null, "Expected a string: found null"],
    [z.boolean(), undefined, "Expected a boolean: found nothing"],
  ];
  for (const [schema, value, message] of cases) assertEquals(messageOf(schema, value), message);
});

Deno.test("parseWith() follows a union to the branch that was meant", () => {
  const schema = z.object({ a: z.union([z.string(), z.array(z.object({ b: z.number() }))]) });
  const error = assertThrows(() => parseWith(schema, { a: [{ b: 1 }, { b: "x" }] }), InvalidRequestError);
  assertEquals([error.param, error.message], ["a[1].b", "Expected a number: found a string"]);
});

Deno.test("formatPath() writes paths as clients read them", () => {
  assertEquals(formatPath(["messages", 2, "content", 1, "image_url", "url"]), "messages[2].content[1].image_url.url");
  assertEquals(formatPath([]), "");
});

Deno.test("checkModel() takes the served name only", () => {
  checkModel("a/b", "a/b");
  assertThrows(() => checkModel("A/b", "a/b"), ModelNotFoundError, "Expected the name of a served model");
});
