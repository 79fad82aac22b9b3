/* @ts-self-types="./core.d.ts" */
import * as wasm from "./core_bg.wasm";
import { __wbg_set_wasm } from "./core_bg.js";

__wbg_set_wasm(wasm);

export {
    CoreDecodeStream, CoreEmbeddingTable, CoreImage, CoreImageHeader, CoreSampler, CoreTokenizer, convertElements, coreVersion, planPromptUpdates, probeImageHeader
} from "./core_bg.js";
