/**
 * The compiled compute core. Built by `deno task wasm` from `crates/`; everything beside this file is generated.
 *
 * @module
 */
export * from "./core.js";
