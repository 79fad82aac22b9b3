import { assertEquals, assertThrows } from "@std/assert";
import * as ort from "onnxruntime-web";
import { aheadBias, buildGraph, interpret, toFloat32 } from "../../../src/graph/mod.ts";
import { int64Tensor, openGraph } from "../running.ts";

const NO_WEIGHTS = () => {
  throw new Error("Expected no weights");
};

function biasGraph(window?: number) {
  return buildGraph("bias", (g) => {
    g.output("bias", toFloat32(g, aheadBias(g, g.input("ahead", "int64", ["batch", "num_tokens"]), { window })));
  });
}

/** What each token sees, one line for each. */
function shown(data: ArrayLike<number>, numTokens: number): string[] {
  return Array.from(
    { length: numTokens },
    (_, token) =>
      Array.from({ length: numTokens }, (_, key) => data[token * numTokens + key] === 0 ? "x" : ".").join(""),
  );
}

Deno.test("tokens of a picture see each other, also ahead of the window; text is causal", () => {
  // Text, a picture of three tokens, text.
  const feeds = { ahead: int64Tensor([1, 6], [0, 0, 2, 1, 0, 0]) };
  const { bias } = interpret(biasGraph(), NO_WEIGHTS, feeds);
  assertEquals(bias.dims, [1, 1, 6, 6]);
  assertEquals(shown(bias.data as Float32Array, 6), ["x.....", "xx....", "xxxxx.", "xxxxx.", "xxxxx.", "xxxxxx"]);
  const windowed = interpret(biasGraph(2), NO_WEIGHTS, feeds).bias.data as Float32Array;
  assertEquals(shown(windowed, 6), ["x.....", "xx....", ".xxxx.", "..xxx.", "...xx.", "....xx"]);
});

Deno.test("a prompt longer than f16 can count is masked to the token", async () => {
  const numTokens = 2060;
  const ahead = Array.from({ length: numTokens }, (_, i) => i === 2050 ? 3 : 0);
  await using open = await openGraph(biasGraph(2049), NO_WEIGHTS, { ort, target: "wasm", dtype: "f16" });
  const { bias } = await open.run({ ahead: int64Tensor([1, numTokens], ahead) });
  const seen = (token: number) => {
    const row = (bias.data as Float32Array).subarray(token * numTokens, (token + 1) * numTokens);
    return [row.findIndex((value) => value === 0), row.findLastIndex((value) => value === 0)];
  };
  assertEquals([seen(2047), seen(2049), seen(2050), seen(2059)], [[0, 2047], [1, 2049], [2, 2053], [11, 2059]]);
});

Deno.test("a window of no token is refused", () => {
  assertThrows(() => biasGraph(0), TypeError, "at least 1: found 0");
});
