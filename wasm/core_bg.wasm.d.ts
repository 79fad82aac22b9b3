/* tslint:disable */
/* eslint-disable */
export const memory: WebAssembly.Memory;
export const __wbg_coreembeddingtable_free: (a: number, b: number) => void;
export const __wbg_coresampler_free: (a: number, b: number) => void;
export const convertElements: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number, number, number];
export const coreVersion: () => [number, number];
export const coreembeddingtable_embedInputIds: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number, j: number, k: number, l: number) => [number, number, number, number];
export const coreembeddingtable_new: (a: number, b: number, c: number, d: number) => [number, number, number];
export const coreembeddingtable_write: (a: number, b: number, c: number, d: number) => [number, number];
export const coresampler_new: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number) => number;
export const coresampler_observeAnswer: (a: number, b: number, c: number) => void;
export const coresampler_observePrompt: (a: number, b: number, c: number) => void;
export const coresampler_sample: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => [number, number, number, number];
export const __wbindgen_externrefs: WebAssembly.Table;
export const __wbindgen_malloc: (a: number, b: number) => number;
export const __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
export const __externref_table_dealloc: (a: number) => void;
export const __wbindgen_free: (a: number, b: number, c: number) => void;
export const __wbindgen_start: () => void;
