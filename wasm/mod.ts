/**
 * The compiled compute core. Built by `deno task wasm` from `crates/`; everything beside this file is generated.
 *
 * On Deno the core is there as soon as this module is: `core_bg.wasm` is a module like any other, and needs no permission.
 * On every other host {@linkcode initCore} brings it up once, before anything else is called.
 *
 * @module
 */
// @ts-types="./core.d.ts"
import * as glue from "./core_bg.js";

// @ts-types="./core.d.ts"
export * from "./core_bg.js";

/** What the generated glue keeps to itself. */
const { __wbg_set_wasm: setExports } = glue as unknown as { __wbg_set_wasm(exports: unknown): void };

/** A compiled or raw `core_bg.wasm`, or the answer to a request for it. */
export type CoreSource = WebAssembly.Module | BufferSource | Response;

/**
 * Brings the core up on a host other than Deno. Once it is up, further calls do nothing.
 *
 * @param source Workers of Cloudflare give an import of `core_bg.wasm` as a module; Node reads the file; a browser fetches it,
 * and compiles while it loads if it comes as `application/wasm`.
 * @throws {WebAssembly.CompileError} If the host has no SIMD128, or the source is something else.
 */
export async function initCore(source: CoreSource | PromiseLike<CoreSource>): Promise<void> {
  // The glue keeps views on its memory, so there is no second one.
  if (isUp) return;
  const imports = { "./core_bg.js": glue as unknown as WebAssembly.ModuleImports };
  const given = await source;
  let made: WebAssembly.Instance | WebAssembly.WebAssemblyInstantiatedSource;
  if (typeof Response === "function" && given instanceof Response) {
    const isWasm = given.headers.get("content-type")?.startsWith("application/wasm");
    made = isWasm && "instantiateStreaming" in WebAssembly
      ? await WebAssembly.instantiateStreaming(given, imports)
      : await WebAssembly.instantiate(await given.arrayBuffer(), imports);
  } else {
    made = await WebAssembly.instantiate(given as BufferSource, imports);
  }
  if (isUp) return; // a call that came later was faster
  setExports(("instance" in made ? made.instance : made).exports);
  isUp = true;
}

let isUp = "Deno" in globalThis;
if (isUp) {
  setExports(await import("./core_bg.wasm"));
} else {
  const missing = () => {
    throw new Error("Expected the core to be up: found a call before initCore()");
  };
  setExports(new Proxy({}, { get: missing }));
}
