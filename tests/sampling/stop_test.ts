import { assert, assertEquals, assertThrows } from "@std/assert";
import { InvalidRequestError } from "../../src/core/errors.ts";
import { StopCriteria, StopTexts } from "../../src/sampling/stop.ts";

/** Numbers below a bound, the same in every run. */
function randomNumbers(seed: number): (below: number) => number {
  return (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return (seed >>> 9) % below;
  };
}

/** The answer as it is defined: cut at the match that is complete first, the longest of those. */
function cutNaively(text: string, stops: readonly string[]): { text: string; stop?: string } {
  for (let end = 1; end <= text.length; end++) {
    const found = stops.filter((stop) => text.slice(0, end).endsWith(stop)).sort((a, b) => b.length - a.length)[0];
    if (found !== undefined) return { text: text.slice(0, end - found.length), stop: found };
  }
  return { text };
}

Deno.test("any text in any pieces is cut where the whole text is, and no more is held back than must be", () => {
  const next = randomNumbers(1);
  for (let round = 0; round < 4000; round++) {
    const letters = Array.from({ length: next(30) }, () => "abc"[next(3)]).join("");
    const stops = Array.from(
      { length: next(4) },
      () => Array.from({ length: 1 + next(5) }, () => "abc"[next(3)]).join(""),
    );
    const want = cutNaively(letters, stops);
    const filter = new StopTexts(stops);
    let [out, seen] = ["", ""];
    let stop: string | undefined;
    while (seen.length < letters.length && stop === undefined) {
      const delta = letters.slice(seen.length, seen.length + next(6));
      seen += delta;
      const result = filter.push(delta);
      out += result.text;
      stop = result.stop;
      if (stop !== undefined) break;
      const held = seen.slice(out.length);
      assert(
        held === "" || stops.some((text) => text.length > held.length && text.startsWith(held)),
        "held for nothing",
      );
    }
    assertEquals({ text: stop === undefined ? out + filter.flush() : out, stop }, { stop: undefined, ...want });
  }
});

Deno.test("a piece before minTokens neither stops nor hides a match that ends later", () => {
  const filter = new StopTexts(["END"]);
  assertEquals(filter.push("aENDb E", false), { text: "aENDb " });
  assertEquals(filter.push("N", false), { text: "" });
  assertEquals(filter.push("D."), { text: "", stop: "END" });
  assertEquals(filter.push("more"), { text: "", stop: "END" });
});

Deno.test("an empty stop text is refused", () => {
  const error = assertThrows(() => new StopTexts(["a", ""]), InvalidRequestError);
  assertEquals(error.param, "stop");
});

Deno.test("end-of-sequence goes before stop tokens, and both before the length", () => {
  const criteria = new StopCriteria({ eosTokenIds: [2, 3], stopTokenIds: [3, 5], maxTokens: 4 });
  assertEquals(criteria.check(7, 1), undefined);
  assertEquals(criteria.check(2, 1), { finishReason: "stop" });
  assertEquals(criteria.check(3, 4), { finishReason: "stop" });
  assertEquals(criteria.check(5, 4), { finishReason: "stop", stopReason: 5 });
  assertEquals(criteria.check(7, 4), { finishReason: "length" });
});

Deno.test("ignoreEos generates through the checkpoint's tokens, not through the request's", () => {
  const criteria = new StopCriteria({
    eosTokenIds: [2],
    stopTokenIds: [5],
    ignoreEos: true,
    minTokens: 1,
    maxTokens: 9,
  });
  assertEquals(criteria.check(2, 2), undefined);
  assertEquals(criteria.check(5, 2), { finishReason: "stop", stopReason: 5 });
  assertEquals(criteria.bannedTokenIds(0), [5]);
});

Deno.test("no token ends the answer before minTokens, the length still does", () => {
  const criteria = new StopCriteria({ eosTokenIds: [2], stopTokenIds: [5], minTokens: 2, maxTokens: 2 });
  assertEquals([0, 1, 2].map((count) => criteria.bannedTokenIds(count).length), [2, 2, 0]);
  assertEquals([2, 3].map((count) => criteria.mayStop(count)), [false, true]);
  assertEquals(criteria.check(2, 1), undefined);
  assertEquals(criteria.check(2, 2), { finishReason: "length" });
});
