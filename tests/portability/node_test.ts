/**
 * The core on Node, in a process of its own.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { makeBundle, outputOf, PICTURE } from "./bundle.ts";
import { smoke } from "./smoke.ts";

const MAIN = `
import { readFile } from "node:fs/promises";
import { initCore, smoke } from "./limbus.js";
let early = "no error";
try { await smoke("${PICTURE}"); } catch (error) { early = error.message; }
console.log(early);
const bytes = await readFile("core_bg.wasm");
await initCore(process.argv[2] === "module" ? WebAssembly.compile(bytes) : bytes);
await initCore(bytes);
console.log(await smoke("${PICTURE}"));
`;

Deno.test("Node gives what Deno gives, from bytes and from a module, and says what is missing before", async () => {
  const folder = await makeBundle();
  try {
    Deno.writeTextFileSync(`${folder}/main.mjs`, MAIN);
    const want = ["Expected the core to be up: found a call before initCore()", await smoke(PICTURE), ""];
    for (const kind of ["bytes", "module"]) {
      assertEquals((await outputOf("node", ["main.mjs", kind], folder)).split("\n"), want);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("the core asks for no memory of others, so none that threads share", () => {
  const core = new WebAssembly.Module(Deno.readFileSync(new URL("../../wasm/core_bg.wasm", import.meta.url)));
  assertEquals(WebAssembly.Module.imports(core).filter(({ kind }) => kind !== "function"), []);
});
