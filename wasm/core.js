/* @ts-self-types="./core.d.ts" */
import * as wasm from "./core_bg.wasm";
import { __wbg_set_wasm } from "./core_bg.js";

__wbg_set_wasm(wasm);

export {
    CoreAudioHeader, CoreBytes, CoreDecodeStream, CoreEmbeddingTable, CoreFingerprint, CoreFloats, CoreHasher, CoreImage, CoreImageHeader, CoreLogMel, CoreSampler, CoreTokenizer, CoreWords, convertElements, coreMemory, decodeAudioMono, planPromptUpdates, probeAudioHeader, probeImageHeader, resampleMono
} from "./core_bg.js";
