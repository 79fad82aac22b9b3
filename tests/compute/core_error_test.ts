import { assertEquals } from "@std/assert";
import { CoreFloats, CoreSampler, probeImageHeader } from "../../src/compute/core.ts";
import { readCoreError } from "../../src/compute/core_error.ts";

function failureOf(call: () => unknown) {
  try {
    call();
  } catch (error) {
    return readCoreError(error);
  }
  throw new Error("Expected a failure: found none");
}

Deno.test("a refusal of the core has its code and message", () => {
  assertEquals(failureOf(() => probeImageHeader(new Uint8Array(4))), {
    code: "invalid_image",
    message: "Expected a PNG, JPEG, WebP, GIF or BMP picture: found the signature of none",
  });
  using sampler = new CoreSampler(1, 0, 1, 0, 1, 0, 0, 0);
  using none = new CoreFloats(0);
  assertEquals(failureOf(() => sampler.sample(none, 0, new Uint32Array(), -1)).code, "no_candidate");
});

Deno.test("what the core did not mean to throw is internal", () => {
  assertEquals(readCoreError(new WebAssembly.RuntimeError("unreachable")).code, "internal_error");
  assertEquals(readCoreError("a\nb").code, "internal_error");
});
