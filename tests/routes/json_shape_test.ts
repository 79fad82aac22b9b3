import { assertEquals, assertThrows } from "@std/assert";
import { checkJsonShape, MAX_JSON_DEPTH, MAX_JSON_VALUES } from "../../routes/json_shape.ts";
import { InvalidRequestError } from "../../src/core/errors.ts";

function accepts(text: string): boolean {
  try {
    checkJsonShape(text);
    return true;
  } catch (error) {
    assertEquals((error as InvalidRequestError).code, "json_too_complex");
    return false;
  }
}

Deno.test("checkJsonShape() counts nesting, not siblings", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  assertEquals(accepts(nested(MAX_JSON_DEPTH)), true);
  assertEquals(accepts(nested(MAX_JSON_DEPTH + 1)), false);
  assertEquals(accepts('{"a":'.repeat(MAX_JSON_DEPTH + 1)), false);
  assertEquals(accepts(`[${"[[]],".repeat(1000)}[]]`), true);
});

Deno.test("checkJsonShape() counts values", () => {
  assertEquals(accepts(`[${"1,".repeat(MAX_JSON_VALUES - 3)}1]`), true);
  assertThrows(() => checkJsonShape(`[${"1,".repeat(MAX_JSON_VALUES)}1]`), InvalidRequestError);
});

Deno.test("checkJsonShape() does not look into strings", () => {
  const deep = "[".repeat(MAX_JSON_DEPTH + 1);
  for (const text of [`"${deep}"`, `{"a":"\\"${deep}"}`, `"\\\\\\"${deep}"`, `["x","${deep}"]`]) {
    JSON.parse(text);
    assertEquals(accepts(text), true, text);
  }
  assertEquals(accepts(`"a\\\\"${deep}`), false);
  assertEquals(accepts(`"${deep}`), true); // No end: left to the parser.
});
