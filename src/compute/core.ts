/**
 * The one door to the compiled core: everything else in `src` imports its functions from here.
 *
 * @module
 */
export * from "../../wasm/mod.ts";
