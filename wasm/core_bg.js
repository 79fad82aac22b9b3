/**
 * What a header says.
 */
export class CoreAudioHeader {
    static __wrap(ptr) {
        const obj = Object.create(CoreAudioHeader.prototype);
        obj.__wbg_ptr = ptr;
        CoreAudioHeaderFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        CoreAudioHeaderFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_coreaudioheader_free(ptr, 0);
    }
    /**
     * `wav`, `flac`, `mp3` or `ogg`.
     * @returns {string}
     */
    get format() {
        let deferred1_0;
        let deferred1_1;
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.coreaudioheader_format(retptr, this.__wbg_ptr);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            deferred1_0 = r0;
            deferred1_1 = r1;
            return getStringFromWasm0(r0, r1);
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
            wasm.__wbindgen_export3(deferred1_0, deferred1_1, 1);
        }
    }
    /**
     * At least 1.
     * @returns {number}
     */
    get channels() {
        const ret = wasm.__wbg_get_coreaudioheader_channels(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Samples of each channel that decoding gives.
     * @returns {number}
     */
    get numFrames() {
        const ret = wasm.__wbg_get_coreaudioheader_numFrames(this.__wbg_ptr);
        return ret;
    }
    /**
     * Hertz.
     * @returns {number}
     */
    get samplingRate() {
        const ret = wasm.__wbg_get_coreaudioheader_samplingRate(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * At least 1.
     * @param {number} arg0
     */
    set channels(arg0) {
        wasm.__wbg_set_coreaudioheader_channels(this.__wbg_ptr, arg0);
    }
    /**
     * Samples of each channel that decoding gives.
     * @param {number} arg0
     */
    set numFrames(arg0) {
        wasm.__wbg_set_coreaudioheader_numFrames(this.__wbg_ptr, arg0);
    }
    /**
     * Hertz.
     * @param {number} arg0
     */
    set samplingRate(arg0) {
        wasm.__wbg_set_coreaudioheader_samplingRate(this.__wbg_ptr, arg0);
    }
}
if (Symbol.dispose) CoreAudioHeader.prototype[Symbol.dispose] = CoreAudioHeader.prototype.free;

/**
 * Bytes in the core's memory.
 */
export class CoreBytes {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        CoreBytesFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_corebytes_free(ptr, 0);
    }
    /**
     * First byte in the core's memory; another one after `resize`.
     * @returns {number}
     */
    get address() {
        const ret = wasm.corebytes_address(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Number of elements.
     * @returns {number}
     */
    get length() {
        const ret = wasm.corebytes_length(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Takes the memory, zeroed.
     * @param {number} length
     */
    constructor(length) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.corebytes_new(retptr, length);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            this.__wbg_ptr = r0;
            CoreBytesFinalization.register(this, this.__wbg_ptr, this);
            return this;
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Changes the number of elements; what is there stays, what is new is zero. A smaller region keeps its room.
     * @param {number} length
     */
    resize(length) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.corebytes_resize(retptr, this.__wbg_ptr, length);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            if (r1) {
                throw takeObject(r0);
            }
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
}
if (Symbol.dispose) CoreBytes.prototype[Symbol.dispose] = CoreBytes.prototype.free;

/**
 * A stream of ids on its way to text.
 */
export class CoreDecodeStream {
    static __wrap(ptr) {
        const obj = Object.create(CoreDecodeStream.prototype);
        obj.__wbg_ptr = ptr;
        CoreDecodeStreamFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        CoreDecodeStreamFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_coredecodestream_free(ptr, 0);
    }
    /**
     * Text that was held back.
     * @returns {string}
     */
    flush() {
        let deferred1_0;
        let deferred1_1;
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.coredecodestream_flush(retptr, this.__wbg_ptr);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            deferred1_0 = r0;
            deferred1_1 = r1;
            return getStringFromWasm0(r0, r1);
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
            wasm.__wbindgen_export3(deferred1_0, deferred1_1, 1);
        }
    }
    /**
     * Text that is certain once `id` has come.
     * @param {number} id
     * @returns {string}
     */
    push(id) {
        let deferred1_0;
        let deferred1_1;
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.coredecodestream_push(retptr, this.__wbg_ptr, id);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            deferred1_0 = r0;
            deferred1_1 = r1;
            return getStringFromWasm0(r0, r1);
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
            wasm.__wbindgen_export3(deferred1_0, deferred1_1, 1);
        }
    }
}
if (Symbol.dispose) CoreDecodeStream.prototype[Symbol.dispose] = CoreDecodeStream.prototype.free;

/**
 * An embedding table `[rows, hidden]` in the core's memory.
 */
export class CoreEmbeddingTable {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        CoreEmbeddingTableFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_coreembeddingtable_free(ptr, 0);
    }
    /**
     * First byte of the table in the core's memory, where it is written.
     * @returns {number}
     */
    get address() {
        const ret = wasm.coreembeddingtable_address(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * See `limbus_vecmath::embed`. `ranges` holds (item, offset, length, 1 if masked) for each range, `masks` the masks
     * of those that have one, in that order.
     * @param {Uint32Array} ids
     * @param {Uint32Array} ranges
     * @param {CoreBytes} masks
     * @param {CoreFloats} rows
     * @param {Uint32Array} row_counts
     * @param {number} scale
     * @returns {CoreFloats}
     */
    embedInputIds(ids, ranges, masks, rows, row_counts, scale) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            const ptr0 = passArray32ToWasm0(ids, wasm.__wbindgen_export);
            const len0 = WASM_VECTOR_LEN;
            const ptr1 = passArray32ToWasm0(ranges, wasm.__wbindgen_export);
            const len1 = WASM_VECTOR_LEN;
            _assertClass(masks, CoreBytes);
            _assertClass(rows, CoreFloats);
            const ptr2 = passArray32ToWasm0(row_counts, wasm.__wbindgen_export);
            const len2 = WASM_VECTOR_LEN;
            wasm.coreembeddingtable_embedInputIds(retptr, this.__wbg_ptr, ptr0, len0, ptr1, len1, masks.__wbg_ptr, rows.__wbg_ptr, ptr2, len2, scale);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            return CoreFloats.__wrap(r0);
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Takes the memory, zeroed; `dtype` is `float32`, `float16` or `bfloat16`.
     * @param {number} rows
     * @param {number} hidden
     * @param {string} dtype
     */
    constructor(rows, hidden, dtype) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            const ptr0 = passStringToWasm0(dtype, wasm.__wbindgen_export, wasm.__wbindgen_export2);
            const len0 = WASM_VECTOR_LEN;
            wasm.coreembeddingtable_new(retptr, rows, hidden, ptr0, len0);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            this.__wbg_ptr = r0;
            CoreEmbeddingTableFinalization.register(this, this.__wbg_ptr, this);
            return this;
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
}
if (Symbol.dispose) CoreEmbeddingTable.prototype[Symbol.dispose] = CoreEmbeddingTable.prototype.free;

/**
 * What tells one `tokenizer.json` from another, from its bytes as they come: they need not be in the core all at once.
 */
export class CoreFingerprint {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        CoreFingerprintFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_corefingerprint_free(ptr, 0);
    }
    /**
     * That of nothing.
     */
    constructor() {
        const ret = wasm.corefingerprint_new();
        this.__wbg_ptr = ret;
        CoreFingerprintFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
    /**
     * Takes the next bytes.
     * @param {Uint8Array} bytes
     */
    update(bytes) {
        const ptr0 = passArray8ToWasm0(bytes, wasm.__wbindgen_export);
        const len0 = WASM_VECTOR_LEN;
        wasm.corefingerprint_update(this.__wbg_ptr, ptr0, len0);
    }
}
if (Symbol.dispose) CoreFingerprint.prototype[Symbol.dispose] = CoreFingerprint.prototype.free;

/**
 * 32-bit floats in the core's memory.
 */
export class CoreFloats {
    static __wrap(ptr) {
        const obj = Object.create(CoreFloats.prototype);
        obj.__wbg_ptr = ptr;
        CoreFloatsFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        CoreFloatsFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_corefloats_free(ptr, 0);
    }
    /**
     * First byte in the core's memory; another one after `resize`.
     * @returns {number}
     */
    get address() {
        const ret = wasm.corefloats_address(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Number of elements.
     * @returns {number}
     */
    get length() {
        const ret = wasm.corefloats_length(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Takes the memory, zeroed.
     * @param {number} length
     */
    constructor(length) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.corefloats_new(retptr, length);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            this.__wbg_ptr = r0;
            CoreFloatsFinalization.register(this, this.__wbg_ptr, this);
            return this;
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Changes the number of elements; what is there stays, what is new is zero. A smaller region keeps its room.
     * @param {number} length
     */
    resize(length) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.corefloats_resize(retptr, this.__wbg_ptr, length);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            if (r1) {
                throw takeObject(r0);
            }
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
}
if (Symbol.dispose) CoreFloats.prototype[Symbol.dispose] = CoreFloats.prototype.free;

/**
 * BLAKE3 of bytes that come in parts.
 */
export class CoreHasher {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        CoreHasherFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_corehasher_free(ptr, 0);
    }
    /**
     * The digest of what was taken so far, 32 bytes, in hexadecimal.
     * @returns {string}
     */
    digest() {
        let deferred1_0;
        let deferred1_1;
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.corehasher_digest(retptr, this.__wbg_ptr);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            deferred1_0 = r0;
            deferred1_1 = r1;
            return getStringFromWasm0(r0, r1);
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
            wasm.__wbindgen_export3(deferred1_0, deferred1_1, 1);
        }
    }
    /**
     * Has seen nothing.
     */
    constructor() {
        const ret = wasm.corehasher_new();
        this.__wbg_ptr = ret;
        CoreHasherFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
    /**
     * Takes the first `length` bytes of a region.
     * @param {CoreBytes} bytes
     * @param {number} length
     */
    update(bytes, length) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            _assertClass(bytes, CoreBytes);
            wasm.corehasher_update(retptr, this.__wbg_ptr, bytes.__wbg_ptr, length);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            if (r1) {
                throw takeObject(r0);
            }
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
}
if (Symbol.dispose) CoreHasher.prototype[Symbol.dispose] = CoreHasher.prototype.free;

/**
 * Upright RGB pixels in the core's memory.
 */
export class CoreImage {
    static __wrap(ptr) {
        const obj = Object.create(CoreImage.prototype);
        obj.__wbg_ptr = ptr;
        CoreImageFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        CoreImageFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_coreimage_free(ptr, 0);
    }
    /**
     * The part of `width` x `height` pixels whose first one is (`x`, `y`).
     * @param {number} x
     * @param {number} y
     * @param {number} width
     * @param {number} height
     * @returns {CoreImage}
     */
    crop(x, y, width, height) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.coreimage_crop(retptr, this.__wbg_ptr, x, y, width, height);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            return CoreImage.__wrap(r0);
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Decodes a picture file; `drop_alpha` leaves transparency out where it would be composited onto white.
     * @param {Uint8Array} bytes
     * @param {number} max_pixels
     * @param {boolean} drop_alpha
     * @returns {CoreImage}
     */
    static decode(bytes, max_pixels, drop_alpha) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            const ptr0 = passArray8ToWasm0(bytes, wasm.__wbindgen_export);
            const len0 = WASM_VECTOR_LEN;
            wasm.coreimage_decode(retptr, ptr0, len0, max_pixels, drop_alpha);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            return CoreImage.__wrap(r0);
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Takes pixels `[height, width, 3]`.
     * @param {Uint8Array} data
     * @param {number} width
     * @param {number} height
     * @returns {CoreImage}
     */
    static fromPixels(data, width, height) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            const ptr0 = passArray8ToWasm0(data, wasm.__wbindgen_export);
            const len0 = WASM_VECTOR_LEN;
            wasm.coreimage_fromPixels(retptr, ptr0, len0, width, height);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            return CoreImage.__wrap(r0);
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Pixels.
     * @returns {number}
     */
    get height() {
        const ret = wasm.coreimage_height(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * The picture with a border of `color`, three levels.
     * @param {number} left
     * @param {number} top
     * @param {number} right
     * @param {number} bottom
     * @param {Uint8Array} color
     * @returns {CoreImage}
     */
    pad(left, top, right, bottom, color) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            const ptr0 = passArray8ToWasm0(color, wasm.__wbindgen_export);
            const len0 = WASM_VECTOR_LEN;
            wasm.coreimage_pad(retptr, this.__wbg_ptr, left, top, right, bottom, ptr0, len0);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            return CoreImage.__wrap(r0);
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * The picture in the middle of a square of its longer side, on a plain colour.
     * @param {number} red
     * @param {number} green
     * @param {number} blue
     * @returns {CoreImage}
     */
    padToSquare(red, green, blue) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.coreimage_padToSquare(retptr, this.__wbg_ptr, red, green, blue);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            return CoreImage.__wrap(r0);
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * A copy of the pixels, `[height, width, 3]`.
     * @returns {Uint8Array}
     */
    pixels() {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.coreimage_pixels(retptr, this.__wbg_ptr);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var v1 = getArrayU8FromWasm0(r0, r1).slice();
            wasm.__wbindgen_export3(r0, r1 * 1, 1);
            return v1;
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Resizes the whole picture to `width` x `height`, as torchvision does.
     * @param {number} width
     * @param {number} height
     * @param {ResizeFilter} filter
     * @returns {CoreImage}
     */
    resize(width, height, filter) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.coreimage_resize(retptr, this.__wbg_ptr, width, height, (__wbindgen_enum_ResizeFilter.indexOf(filter) + 1 || 7) - 1);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            return CoreImage.__wrap(r0);
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Resizes the whole picture to `width` x `height`, as Pillow 12 does.
     * @param {number} width
     * @param {number} height
     * @param {ResizeFilter} filter
     * @returns {CoreImage}
     */
    resizeAsPillow(width, height, filter) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.coreimage_resizeAsPillow(retptr, this.__wbg_ptr, width, height, (__wbindgen_enum_ResizeFilter.indexOf(filter) + 1 || 7) - 1);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            return CoreImage.__wrap(r0);
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Pixels.
     * @returns {number}
     */
    get width() {
        const ret = wasm.coreimage_width(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Resizes to `width` x `height`, as torchvision does, and writes patches `[num_patches, 3, frames, size, size]` into
     * `out` from `offset` on, those of a cell of `merge` x `merge` together, each value looked up in its channel's 256
     * entries of `tables`.
     * @param {number} width
     * @param {number} height
     * @param {ResizeFilter} filter
     * @param {number} size
     * @param {number} merge
     * @param {number} frames
     * @param {Float32Array} tables
     * @param {any} out
     * @param {number} offset
     */
    writePatches(width, height, filter, size, merge, frames, tables, out, offset) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            const ptr0 = passArrayF32ToWasm0(tables, wasm.__wbindgen_export);
            const len0 = WASM_VECTOR_LEN;
            wasm.coreimage_writePatches(retptr, this.__wbg_ptr, width, height, (__wbindgen_enum_ResizeFilter.indexOf(filter) + 1 || 7) - 1, size, merge, frames, ptr0, len0, addBorrowedObject(out), offset);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            if (r1) {
                throw takeObject(r0);
            }
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
            heap[stack_pointer++] = undefined;
        }
    }
    /**
     * Resizes to `width` x `height`, as torchvision does, and writes the part of `part_width` x `part_height` pixels at
     * (`x`, `y`) into `out` from `offset` on, as `[3, part_height, part_width]`, each value looked up in its channel's 256
     * entries of `tables`. The part may reach beyond the picture, where every level is 0.
     * @param {number} width
     * @param {number} height
     * @param {number} x
     * @param {number} y
     * @param {number} part_width
     * @param {number} part_height
     * @param {ResizeFilter} filter
     * @param {Float32Array} tables
     * @param {any} out
     * @param {number} offset
     */
    writePlanes(width, height, x, y, part_width, part_height, filter, tables, out, offset) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            const ptr0 = passArrayF32ToWasm0(tables, wasm.__wbindgen_export);
            const len0 = WASM_VECTOR_LEN;
            wasm.coreimage_writePlanes(retptr, this.__wbg_ptr, width, height, x, y, part_width, part_height, (__wbindgen_enum_ResizeFilter.indexOf(filter) + 1 || 7) - 1, ptr0, len0, addBorrowedObject(out), offset);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            if (r1) {
                throw takeObject(r0);
            }
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
            heap[stack_pointer++] = undefined;
        }
    }
}
if (Symbol.dispose) CoreImage.prototype[Symbol.dispose] = CoreImage.prototype.free;

/**
 * What a header says: sizes are upright, `channels` those stored.
 */
export class CoreImageHeader {
    static __wrap(ptr) {
        const obj = Object.create(CoreImageHeader.prototype);
        obj.__wbg_ptr = ptr;
        CoreImageHeaderFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        CoreImageHeaderFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_coreimageheader_free(ptr, 0);
    }
    /**
     * 1 to 4.
     * @returns {number}
     */
    get channels() {
        const ret = wasm.__wbg_get_coreimageheader_channels(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * `png`, `jpeg`, `webp`, `gif` or `bmp`.
     * @returns {string}
     */
    get format() {
        let deferred1_0;
        let deferred1_1;
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.__wbg_get_coreimageheader_format(retptr, this.__wbg_ptr);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            deferred1_0 = r0;
            deferred1_1 = r1;
            return getStringFromWasm0(r0, r1);
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
            wasm.__wbindgen_export3(deferred1_0, deferred1_1, 1);
        }
    }
    /**
     * Pictures in the file; the first is decoded.
     * @returns {number}
     */
    get frames() {
        const ret = wasm.__wbg_get_coreimageheader_frames(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Pixels.
     * @returns {number}
     */
    get height() {
        const ret = wasm.__wbg_get_coreimageheader_height(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Pixels.
     * @returns {number}
     */
    get width() {
        const ret = wasm.__wbg_get_coreimageheader_width(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * 1 to 4.
     * @param {number} arg0
     */
    set channels(arg0) {
        wasm.__wbg_set_coreimageheader_channels(this.__wbg_ptr, arg0);
    }
    /**
     * `png`, `jpeg`, `webp`, `gif` or `bmp`.
     * @param {string} arg0
     */
    set format(arg0) {
        const ptr0 = passStringToWasm0(arg0, wasm.__wbindgen_export, wasm.__wbindgen_export2);
        const len0 = WASM_VECTOR_LEN;
        wasm.__wbg_set_coreimageheader_format(this.__wbg_ptr, ptr0, len0);
    }
    /**
     * Pictures in the file; the first is decoded.
     * @param {number} arg0
     */
    set frames(arg0) {
        wasm.__wbg_set_coreimageheader_frames(this.__wbg_ptr, arg0);
    }
    /**
     * Pixels.
     * @param {number} arg0
     */
    set height(arg0) {
        wasm.__wbg_set_coreimageheader_height(this.__wbg_ptr, arg0);
    }
    /**
     * Pixels.
     * @param {number} arg0
     */
    set width(arg0) {
        wasm.__wbg_set_coreimageheader_width(this.__wbg_ptr, arg0);
    }
}
if (Symbol.dispose) CoreImageHeader.prototype[Symbol.dispose] = CoreImageHeader.prototype.free;

/**
 * The log-mel transform of a checkpoint.
 */
export class CoreLogMel {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        CoreLogMelFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_corelogmel_free(ptr, 0);
    }
    /**
     * Features `[num_mels, num_samples / hop]`; `num_samples` is more than half of `n_fft`.
     * @param {Float32Array} samples
     * @param {number} num_samples
     * @param {number} padding
     * @returns {Float32Array}
     */
    features(samples, num_samples, padding) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            const ptr0 = passArrayF32ToWasm0(samples, wasm.__wbindgen_export);
            const len0 = WASM_VECTOR_LEN;
            wasm.corelogmel_features(retptr, this.__wbg_ptr, ptr0, len0, num_samples, padding);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var v2 = getArrayF32FromWasm0(r0, r1).slice();
            wasm.__wbindgen_export3(r0, r1 * 4, 4);
            return v2;
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * The caller has checked the ranges: `n_fft` is even, the others are above zero.
     * @param {number} num_mels
     * @param {number} sampling_rate
     * @param {number} n_fft
     * @param {number} hop
     */
    constructor(num_mels, sampling_rate, n_fft, hop) {
        const ret = wasm.corelogmel_new(num_mels, sampling_rate, n_fft, hop);
        this.__wbg_ptr = ret;
        CoreLogMelFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
}
if (Symbol.dispose) CoreLogMel.prototype[Symbol.dispose] = CoreLogMel.prototype.free;

/**
 * Chooses the tokens of one sequence.
 */
export class CoreSampler {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        CoreSamplerFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_coresampler_free(ptr, 0);
    }
    /**
     * Log-probabilities of the last choice, if it was asked for them: its own, then pairs of id and log-probability.
     * @returns {Float64Array}
     */
    logprobs() {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.coresampler_logprobs(retptr, this.__wbg_ptr);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var v1 = getArrayF64FromWasm0(r0, r1).slice();
            wasm.__wbindgen_export3(r0, r1 * 8, 8);
            return v1;
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * See `limbus_vecmath::sampling::Params`; the caller has checked the ranges.
     * @param {number} temperature
     * @param {number} top_k
     * @param {number} top_p
     * @param {number} min_p
     * @param {number} repetition_penalty
     * @param {number} presence_penalty
     * @param {number} frequency_penalty
     * @param {number} seed
     */
    constructor(temperature, top_k, top_p, min_p, repetition_penalty, presence_penalty, frequency_penalty, seed) {
        const ret = wasm.coresampler_new(temperature, top_k, top_p, min_p, repetition_penalty, presence_penalty, frequency_penalty, seed);
        this.__wbg_ptr = ret;
        CoreSamplerFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
    /**
     * Tells it tokens of the answer.
     * @param {Uint32Array} ids
     */
    observeAnswer(ids) {
        const ptr0 = passArray32ToWasm0(ids, wasm.__wbindgen_export);
        const len0 = WASM_VECTOR_LEN;
        wasm.coresampler_observeAnswer(this.__wbg_ptr, ptr0, len0);
    }
    /**
     * Tells it tokens of the prompt.
     * @param {Uint32Array} ids
     */
    observePrompt(ids) {
        const ptr0 = passArray32ToWasm0(ids, wasm.__wbindgen_export);
        const len0 = WASM_VECTOR_LEN;
        wasm.coresampler_observePrompt(this.__wbg_ptr, ptr0, len0);
    }
    /**
     * Chooses one token and gives its id. Overwrites the logits. A negative `num_logprobs` asks for none.
     * @param {CoreFloats} logits
     * @param {number} position
     * @param {Uint32Array} banned
     * @param {number} num_logprobs
     * @returns {number}
     */
    sample(logits, position, banned, num_logprobs) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            _assertClass(logits, CoreFloats);
            const ptr0 = passArray32ToWasm0(banned, wasm.__wbindgen_export);
            const len0 = WASM_VECTOR_LEN;
            wasm.coresampler_sample(retptr, this.__wbg_ptr, logits.__wbg_ptr, position, ptr0, len0, num_logprobs);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            return r0 >>> 0;
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * What is added to the logits of tokens; one bias for each id.
     * @param {Uint32Array} ids
     * @param {Float32Array} biases
     */
    setBias(ids, biases) {
        const ptr0 = passArray32ToWasm0(ids, wasm.__wbindgen_export);
        const len0 = WASM_VECTOR_LEN;
        const ptr1 = passArrayF32ToWasm0(biases, wasm.__wbindgen_export);
        const len1 = WASM_VECTOR_LEN;
        wasm.coresampler_setBias(this.__wbg_ptr, ptr0, len0, ptr1, len1);
    }
}
if (Symbol.dispose) CoreSampler.prototype[Symbol.dispose] = CoreSampler.prototype.free;

/**
 * A tokenizer in the core's memory, with room for a text that comes and for the ids that go.
 */
export class CoreTokenizer {
    static __wrap(ptr) {
        const obj = Object.create(CoreTokenizer.prototype);
        obj.__wbg_ptr = ptr;
        CoreTokenizerFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        CoreTokenizerFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_coretokenizer_free(ptr, 0);
    }
    /**
     * Texts of the added tokens.
     * @returns {string[]}
     */
    addedTokens() {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.coretokenizer_addedTokens(retptr, this.__wbg_ptr);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var v1 = getArrayJsValueFromWasm0(r0, r1).slice();
            wasm.__wbindgen_export3(r0, r1 * 4, 4);
            return v1;
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * The compact form of what a `tokenizer.json` describes, if there is one; throws `[path, message]`.
     * @param {Uint8Array} json
     * @returns {Uint8Array | undefined}
     */
    static binaryOf(json) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            const ptr0 = passArray8ToWasm0(json, wasm.__wbindgen_export);
            const len0 = WASM_VECTOR_LEN;
            wasm.coretokenizer_binaryOf(retptr, ptr0, len0);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            var r3 = getDataViewMemory0().getInt32(retptr + 4 * 3, true);
            if (r3) {
                throw takeObject(r2);
            }
            let v2;
            if (r0 !== 0) {
                v2 = getArrayU8FromWasm0(r0, r1).slice();
                wasm.__wbindgen_export3(r0, r1 * 1, 1);
            }
            return v2;
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Decodes the ids that were written to that room. Their text lies between `decodedStart` and `decodedEnd`, good until the
     * next call; bytes in it that are no UTF-8 stand for U+FFFD, as the Encoding Standard has it.
     * @param {number} count
     * @param {boolean} skip_special
     */
    decodeIds(count, skip_special) {
        wasm.coretokenizer_decodeIds(this.__wbg_ptr, count, skip_special);
    }
    /**
     * A stream that decodes ids as they come.
     * @param {boolean} skip_special
     * @returns {CoreDecodeStream}
     */
    decodeStream(skip_special) {
        const ret = wasm.coretokenizer_decodeStream(this.__wbg_ptr, skip_special);
        return CoreDecodeStream.__wrap(ret);
    }
    /**
     * Address behind it.
     * @returns {number}
     */
    decodedEnd() {
        const ret = wasm.coretokenizer_decodedEnd(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Address of the last decoded text.
     * @returns {number}
     */
    decodedStart() {
        const ret = wasm.coretokenizer_decodedStart(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Ids of segments that lie end to end in `text`, then, behind them, as many indices of segments (-1 as 0xffffffff).
     * `lengths` are in UTF-16 units; `origins` are 0 template, 1 user, 2 item. Throws a message.
     * @param {string} text
     * @param {Uint32Array} lengths
     * @param {Uint8Array} origins
     * @param {string[]} placeholders
     * @param {boolean} add_special_tokens
     * @returns {Uint32Array}
     */
    encodeSegments(text, lengths, origins, placeholders, add_special_tokens) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            const ptr0 = passStringToWasm0(text, wasm.__wbindgen_export, wasm.__wbindgen_export2);
            const len0 = WASM_VECTOR_LEN;
            const ptr1 = passArray32ToWasm0(lengths, wasm.__wbindgen_export);
            const len1 = WASM_VECTOR_LEN;
            const ptr2 = passArray8ToWasm0(origins, wasm.__wbindgen_export);
            const len2 = WASM_VECTOR_LEN;
            const ptr3 = passArrayJsValueToWasm0(placeholders, wasm.__wbindgen_export);
            const len3 = WASM_VECTOR_LEN;
            wasm.coretokenizer_encodeSegments(retptr, this.__wbg_ptr, ptr0, len0, ptr1, len1, ptr2, len2, ptr3, len3, add_special_tokens);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            var r3 = getDataViewMemory0().getInt32(retptr + 4 * 3, true);
            if (r3) {
                throw takeObject(r2);
            }
            var v5 = getArrayU32FromWasm0(r0, r1).slice();
            wasm.__wbindgen_export3(r0, r1 * 4, 4);
            return v5;
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Number of ids of the text that was written to that room; they lie at `idsAddress`. Throws a message.
     * @param {number} bytes
     * @param {boolean} add_special_tokens
     * @returns {number}
     */
    encodeText(bytes, add_special_tokens) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.coretokenizer_encodeText(retptr, this.__wbg_ptr, bytes, add_special_tokens);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            return r0 >>> 0;
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Loads the compact form that was made from the `tokenizer.json` of this fingerprint; throws what is wrong with it.
     * @param {Uint8Array} binary
     * @param {CoreFingerprint} json
     * @returns {CoreTokenizer}
     */
    static fromBinary(binary, json) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            const ptr0 = passArray8ToWasm0(binary, wasm.__wbindgen_export);
            const len0 = WASM_VECTOR_LEN;
            _assertClass(json, CoreFingerprint);
            wasm.coretokenizer_fromBinary(retptr, ptr0, len0, json.__wbg_ptr);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            return CoreTokenizer.__wrap(r0);
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Loads a `tokenizer.json`; throws `[path, message]`.
     * @param {string} json
     * @returns {CoreTokenizer}
     */
    static fromJson(json) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            const ptr0 = passStringToWasm0(json, wasm.__wbindgen_export, wasm.__wbindgen_export2);
            const len0 = WASM_VECTOR_LEN;
            wasm.coretokenizer_fromJson(retptr, ptr0, len0);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            return CoreTokenizer.__wrap(r0);
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Loads the bytes of a `tokenizer.json`; throws `[path, message]`.
     * @param {Uint8Array} json
     * @returns {CoreTokenizer}
     */
    static fromJsonBytes(json) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            const ptr0 = passArray8ToWasm0(json, wasm.__wbindgen_export);
            const len0 = WASM_VECTOR_LEN;
            wasm.coretokenizer_fromJsonBytes(retptr, ptr0, len0);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            return CoreTokenizer.__wrap(r0);
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Largest id plus one.
     * @returns {number}
     */
    idBound() {
        const ret = wasm.coretokenizer_idBound(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Token of an id.
     * @param {number} id
     * @returns {string | undefined}
     */
    idToToken(id) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.coretokenizer_idToToken(retptr, this.__wbg_ptr, id);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            let v1;
            if (r0 !== 0) {
                v1 = getStringFromWasm0(r0, r1).slice();
                wasm.__wbindgen_export3(r0, r1 * 1, 1);
            }
            return v1;
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Where the ids of the last text are, good until the next call.
     * @returns {number}
     */
    idsAddress() {
        const ret = wasm.coretokenizer_idsAddress(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Address of room for so many ids, good until the next call; throws an error if there is none.
     * @param {number} count
     * @returns {number}
     */
    idsRoom(count) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.coretokenizer_idsRoom(retptr, this.__wbg_ptr, count);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            return r0 >>> 0;
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Whether an id is special.
     * @param {number} id
     * @returns {boolean}
     */
    isSpecial(id) {
        const ret = wasm.coretokenizer_isSpecial(this.__wbg_ptr, id);
        return ret !== 0;
    }
    /**
     * Address of room for a text of so many bytes, good until the next call; throws an error if there is none.
     * @param {number} bytes
     * @returns {number}
     */
    textAddress(bytes) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.coretokenizer_textAddress(retptr, this.__wbg_ptr, bytes);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            return r0 >>> 0;
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Bytes of an id.
     * @param {number} id
     * @returns {Uint8Array}
     */
    tokenBytes(id) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.coretokenizer_tokenBytes(retptr, this.__wbg_ptr, id);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var v1 = getArrayU8FromWasm0(r0, r1).slice();
            wasm.__wbindgen_export3(r0, r1 * 1, 1);
            return v1;
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Id of a token.
     * @param {string} token
     * @returns {number | undefined}
     */
    tokenToId(token) {
        const ptr0 = passStringToWasm0(token, wasm.__wbindgen_export, wasm.__wbindgen_export2);
        const len0 = WASM_VECTOR_LEN;
        const ret = wasm.coretokenizer_tokenToId(this.__wbg_ptr, ptr0, len0);
        return ret === Number.MAX_SAFE_INTEGER ? undefined : ret;
    }
}
if (Symbol.dispose) CoreTokenizer.prototype[Symbol.dispose] = CoreTokenizer.prototype.free;

/**
 * 32-bit unsigned integers in the core's memory.
 */
export class CoreWords {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        CoreWordsFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_corewords_free(ptr, 0);
    }
    /**
     * First byte in the core's memory; another one after `resize`.
     * @returns {number}
     */
    get address() {
        const ret = wasm.corewords_address(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Number of elements.
     * @returns {number}
     */
    get length() {
        const ret = wasm.corewords_length(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Takes the memory, zeroed.
     * @param {number} length
     */
    constructor(length) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.corewords_new(retptr, length);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
            if (r2) {
                throw takeObject(r1);
            }
            this.__wbg_ptr = r0;
            CoreWordsFinalization.register(this, this.__wbg_ptr, this);
            return this;
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
    /**
     * Changes the number of elements; what is there stays, what is new is zero. A smaller region keeps its room.
     * @param {number} length
     */
    resize(length) {
        try {
            const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
            wasm.corewords_resize(retptr, this.__wbg_ptr, length);
            var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
            var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
            if (r1) {
                throw takeObject(r0);
            }
        } finally {
            wasm.__wbindgen_add_to_stack_pointer(16);
        }
    }
}
if (Symbol.dispose) CoreWords.prototype[Symbol.dispose] = CoreWords.prototype.free;

/**
 * Converts the first `count` little-endian elements from one of `float32`, `float16`, `bfloat16` to another.
 * @param {CoreBytes} from
 * @param {string} from_dtype
 * @param {CoreBytes} to
 * @param {string} to_dtype
 * @param {number} count
 */
export function convertElements(from, from_dtype, to, to_dtype, count) {
    try {
        const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
        _assertClass(from, CoreBytes);
        const ptr0 = passStringToWasm0(from_dtype, wasm.__wbindgen_export, wasm.__wbindgen_export2);
        const len0 = WASM_VECTOR_LEN;
        _assertClass(to, CoreBytes);
        const ptr1 = passStringToWasm0(to_dtype, wasm.__wbindgen_export, wasm.__wbindgen_export2);
        const len1 = WASM_VECTOR_LEN;
        wasm.convertElements(retptr, from.__wbg_ptr, ptr0, len0, to.__wbg_ptr, ptr1, len1, count);
        var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
        var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
        if (r1) {
            throw takeObject(r0);
        }
    } finally {
        wasm.__wbindgen_add_to_stack_pointer(16);
    }
}

/**
 * The memory in which all regions lie; it grows, and its older views are then of length zero.
 * @returns {any}
 */
export function coreMemory() {
    const ret = wasm.coreMemory();
    return takeObject(ret);
}

/**
 * Samples of one channel at a rate; both have been checked to be above zero.
 * @param {Uint8Array} bytes
 * @param {number} sampling_rate
 * @param {number} max_seconds
 * @returns {Float32Array}
 */
export function decodeAudioMono(bytes, sampling_rate, max_seconds) {
    try {
        const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
        const ptr0 = passArray8ToWasm0(bytes, wasm.__wbindgen_export);
        const len0 = WASM_VECTOR_LEN;
        wasm.decodeAudioMono(retptr, ptr0, len0, sampling_rate, max_seconds);
        var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
        var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
        var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
        var r3 = getDataViewMemory0().getInt32(retptr + 4 * 3, true);
        if (r3) {
            throw takeObject(r2);
        }
        var v2 = getArrayF32FromWasm0(r0, r1).slice();
        wasm.__wbindgen_export3(r0, r1 * 4, 4);
        return v2;
    } finally {
        wasm.__wbindgen_add_to_stack_pointer(16);
    }
}

/**
 * Gives every item of a prompt its place.
 *
 * `target_kinds`: 0 tokens, 1 start, 2 prefix, 3 end; the tokens of target `i` end at `target_ends[i]` in
 * `target_tokens`. The alternatives of group `i` end at `group_ends[i]` in `alternative_targets` and
 * `alternative_inserts` (1: insert). `origins` is empty, or 1 where a user wrote the token.
 *
 * Returns the number of placements; `item, alternative, start, end` of each; then `item, reason` of every item without
 * a place (reason 0: unmatched, 1: conflict).
 * @param {Uint32Array} prompt
 * @param {Uint8Array} origins
 * @param {Uint8Array} target_kinds
 * @param {Uint32Array} target_tokens
 * @param {Uint32Array} target_ends
 * @param {Uint32Array} alternative_targets
 * @param {Uint8Array} alternative_inserts
 * @param {Uint32Array} group_ends
 * @param {Uint32Array} item_groups
 * @returns {Uint32Array}
 */
export function planPromptUpdates(prompt, origins, target_kinds, target_tokens, target_ends, alternative_targets, alternative_inserts, group_ends, item_groups) {
    try {
        const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
        const ptr0 = passArray32ToWasm0(prompt, wasm.__wbindgen_export);
        const len0 = WASM_VECTOR_LEN;
        const ptr1 = passArray8ToWasm0(origins, wasm.__wbindgen_export);
        const len1 = WASM_VECTOR_LEN;
        const ptr2 = passArray8ToWasm0(target_kinds, wasm.__wbindgen_export);
        const len2 = WASM_VECTOR_LEN;
        const ptr3 = passArray32ToWasm0(target_tokens, wasm.__wbindgen_export);
        const len3 = WASM_VECTOR_LEN;
        const ptr4 = passArray32ToWasm0(target_ends, wasm.__wbindgen_export);
        const len4 = WASM_VECTOR_LEN;
        const ptr5 = passArray32ToWasm0(alternative_targets, wasm.__wbindgen_export);
        const len5 = WASM_VECTOR_LEN;
        const ptr6 = passArray8ToWasm0(alternative_inserts, wasm.__wbindgen_export);
        const len6 = WASM_VECTOR_LEN;
        const ptr7 = passArray32ToWasm0(group_ends, wasm.__wbindgen_export);
        const len7 = WASM_VECTOR_LEN;
        const ptr8 = passArray32ToWasm0(item_groups, wasm.__wbindgen_export);
        const len8 = WASM_VECTOR_LEN;
        wasm.planPromptUpdates(retptr, ptr0, len0, ptr1, len1, ptr2, len2, ptr3, len3, ptr4, len4, ptr5, len5, ptr6, len6, ptr7, len7, ptr8, len8);
        var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
        var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
        var v10 = getArrayU32FromWasm0(r0, r1).slice();
        wasm.__wbindgen_export3(r0, r1 * 4, 4);
        return v10;
    } finally {
        wasm.__wbindgen_add_to_stack_pointer(16);
    }
}

/**
 * Reads the header of a sound file.
 * @param {Uint8Array} bytes
 * @returns {CoreAudioHeader}
 */
export function probeAudioHeader(bytes) {
    try {
        const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
        const ptr0 = passArray8ToWasm0(bytes, wasm.__wbindgen_export);
        const len0 = WASM_VECTOR_LEN;
        wasm.probeAudioHeader(retptr, ptr0, len0);
        var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
        var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
        var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
        if (r2) {
            throw takeObject(r1);
        }
        return CoreAudioHeader.__wrap(r0);
    } finally {
        wasm.__wbindgen_add_to_stack_pointer(16);
    }
}

/**
 * Reads the header of a picture file.
 * @param {Uint8Array} bytes
 * @returns {CoreImageHeader}
 */
export function probeImageHeader(bytes) {
    try {
        const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
        const ptr0 = passArray8ToWasm0(bytes, wasm.__wbindgen_export);
        const len0 = WASM_VECTOR_LEN;
        wasm.probeImageHeader(retptr, ptr0, len0);
        var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
        var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
        var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
        if (r2) {
            throw takeObject(r1);
        }
        return CoreImageHeader.__wrap(r0);
    } finally {
        wasm.__wbindgen_add_to_stack_pointer(16);
    }
}

/**
 * Samples at another rate; both have been checked to be above zero.
 * @param {Float32Array} samples
 * @param {number} from
 * @param {number} to
 * @returns {Float32Array}
 */
export function resampleMono(samples, from, to) {
    try {
        const retptr = wasm.__wbindgen_add_to_stack_pointer(-16);
        const ptr0 = passArrayF32ToWasm0(samples, wasm.__wbindgen_export);
        const len0 = WASM_VECTOR_LEN;
        wasm.resampleMono(retptr, ptr0, len0, from, to);
        var r0 = getDataViewMemory0().getInt32(retptr + 4 * 0, true);
        var r1 = getDataViewMemory0().getInt32(retptr + 4 * 1, true);
        var r2 = getDataViewMemory0().getInt32(retptr + 4 * 2, true);
        var r3 = getDataViewMemory0().getInt32(retptr + 4 * 3, true);
        if (r3) {
            throw takeObject(r2);
        }
        var v2 = getArrayF32FromWasm0(r0, r1).slice();
        wasm.__wbindgen_export3(r0, r1 * 4, 4);
        return v2;
    } finally {
        wasm.__wbindgen_add_to_stack_pointer(16);
    }
}
export function __wbg_Error_92b29b0548f8b746(arg0, arg1) {
    const ret = Error(getStringFromWasm0(arg0, arg1));
    return addHeapObject(ret);
}
export function __wbg___wbindgen_memory_de265df8aadd6273() {
    const ret = wasm.memory;
    return addHeapObject(ret);
}
export function __wbg___wbindgen_string_get_b0ca35b86a603356(arg0, arg1) {
    const obj = getObject(arg1);
    const ret = typeof(obj) === 'string' ? obj : undefined;
    var ptr1 = isLikeNone(ret) ? 0 : passStringToWasm0(ret, wasm.__wbindgen_export, wasm.__wbindgen_export2);
    var len1 = WASM_VECTOR_LEN;
    getDataViewMemory0().setInt32(arg0 + 4 * 1, len1, true);
    getDataViewMemory0().setInt32(arg0 + 4 * 0, ptr1, true);
}
export function __wbg___wbindgen_throw_344f42d3211c4765(arg0, arg1) {
    throw new Error(getStringFromWasm0(arg0, arg1));
}
export function __wbg_length_d6209bf99c630a5a(arg0) {
    const ret = getObject(arg0).length;
    return ret;
}
export function __wbg_set_17dce76c3908dc14(arg0, arg1, arg2, arg3) {
    getObject(arg0).set(getArrayF32FromWasm0(arg1, arg2), arg3 >>> 0);
}
export function __wbindgen_cast_0000000000000001(arg0, arg1) {
    // Cast intrinsic for `Ref(String) -> Externref`.
    const ret = getStringFromWasm0(arg0, arg1);
    return addHeapObject(ret);
}
export function __wbindgen_cast_0000000000000002(arg0, arg1) {
    var v0 = getArrayJsValueFromWasm0(arg0, arg1).slice();
    wasm.__wbindgen_export3(arg0, arg1 * 4, 4);
    // Cast intrinsic for `Vector(Externref) -> Externref`.
    const ret = v0;
    return addHeapObject(ret);
}
export function __wbindgen_object_drop_ref(arg0) {
    takeObject(arg0);
}
const __wbindgen_enum_ResizeFilter = ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"];
const CoreAudioHeaderFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_coreaudioheader_free(ptr, 1));
const CoreBytesFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_corebytes_free(ptr, 1));
const CoreDecodeStreamFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_coredecodestream_free(ptr, 1));
const CoreEmbeddingTableFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_coreembeddingtable_free(ptr, 1));
const CoreFingerprintFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_corefingerprint_free(ptr, 1));
const CoreFloatsFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_corefloats_free(ptr, 1));
const CoreHasherFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_corehasher_free(ptr, 1));
const CoreImageFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_coreimage_free(ptr, 1));
const CoreImageHeaderFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_coreimageheader_free(ptr, 1));
const CoreLogMelFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_corelogmel_free(ptr, 1));
const CoreSamplerFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_coresampler_free(ptr, 1));
const CoreTokenizerFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_coretokenizer_free(ptr, 1));
const CoreWordsFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_corewords_free(ptr, 1));

function addHeapObject(obj) {
    if (heap_next === heap.length) heap.push(heap.length + 1);
    const idx = heap_next;
    heap_next = heap[idx];

    heap[idx] = obj;
    return idx;
}

function _assertClass(instance, klass) {
    if (!(instance instanceof klass)) {
        throw new Error(`expected instance of ${klass.name}`);
    }
}

function addBorrowedObject(obj) {
    if (stack_pointer == 1) throw new Error('out of js stack');
    heap[--stack_pointer] = obj;
    return stack_pointer;
}

function dropObject(idx) {
    if (idx < 1028) return;
    heap[idx] = heap_next;
    heap_next = idx;
}

function getArrayF32FromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    return getFloat32ArrayMemory0().subarray(ptr / 4, ptr / 4 + len);
}

function getArrayF64FromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    return getFloat64ArrayMemory0().subarray(ptr / 8, ptr / 8 + len);
}

function getArrayJsValueFromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    const mem = getDataViewMemory0();
    const result = [];
    for (let i = ptr; i < ptr + 4 * len; i += 4) {
        result.push(takeObject(mem.getUint32(i, true)));
    }
    return result;
}

function getArrayU32FromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    return getUint32ArrayMemory0().subarray(ptr / 4, ptr / 4 + len);
}

function getArrayU8FromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    return getUint8ArrayMemory0().subarray(ptr / 1, ptr / 1 + len);
}

let cachedDataViewMemory0 = null;
function getDataViewMemory0() {
    if (cachedDataViewMemory0 === null || cachedDataViewMemory0.buffer.detached === true || (cachedDataViewMemory0.buffer.detached === undefined && cachedDataViewMemory0.buffer !== wasm.memory.buffer)) {
        cachedDataViewMemory0 = new DataView(wasm.memory.buffer);
    }
    return cachedDataViewMemory0;
}

let cachedFloat32ArrayMemory0 = null;
function getFloat32ArrayMemory0() {
    if (cachedFloat32ArrayMemory0 === null || cachedFloat32ArrayMemory0.byteLength === 0) {
        cachedFloat32ArrayMemory0 = new Float32Array(wasm.memory.buffer);
    }
    return cachedFloat32ArrayMemory0;
}

let cachedFloat64ArrayMemory0 = null;
function getFloat64ArrayMemory0() {
    if (cachedFloat64ArrayMemory0 === null || cachedFloat64ArrayMemory0.byteLength === 0) {
        cachedFloat64ArrayMemory0 = new Float64Array(wasm.memory.buffer);
    }
    return cachedFloat64ArrayMemory0;
}

function getStringFromWasm0(ptr, len) {
    return decodeText(ptr >>> 0, len);
}

let cachedUint32ArrayMemory0 = null;
function getUint32ArrayMemory0() {
    if (cachedUint32ArrayMemory0 === null || cachedUint32ArrayMemory0.byteLength === 0) {
        cachedUint32ArrayMemory0 = new Uint32Array(wasm.memory.buffer);
    }
    return cachedUint32ArrayMemory0;
}

let cachedUint8ArrayMemory0 = null;
function getUint8ArrayMemory0() {
    if (cachedUint8ArrayMemory0 === null || cachedUint8ArrayMemory0.byteLength === 0) {
        cachedUint8ArrayMemory0 = new Uint8Array(wasm.memory.buffer);
    }
    return cachedUint8ArrayMemory0;
}

function getObject(idx) { return heap[idx]; }

let heap = new Array(1024).fill(undefined);
heap.push(undefined, null, true, false);

let heap_next = heap.length;

function isLikeNone(x) {
    return x === undefined || x === null;
}

function passArray32ToWasm0(arg, malloc) {
    const ptr = malloc(arg.length * 4, 4) >>> 0;
    getUint32ArrayMemory0().set(arg, ptr / 4);
    WASM_VECTOR_LEN = arg.length;
    return ptr;
}

function passArray8ToWasm0(arg, malloc) {
    const ptr = malloc(arg.length * 1, 1) >>> 0;
    getUint8ArrayMemory0().set(arg, ptr / 1);
    WASM_VECTOR_LEN = arg.length;
    return ptr;
}

function passArrayF32ToWasm0(arg, malloc) {
    const ptr = malloc(arg.length * 4, 4) >>> 0;
    getFloat32ArrayMemory0().set(arg, ptr / 4);
    WASM_VECTOR_LEN = arg.length;
    return ptr;
}

function passArrayJsValueToWasm0(array, malloc) {
    const ptr = malloc(array.length * 4, 4) >>> 0;
    const mem = getDataViewMemory0();
    for (let i = 0; i < array.length; i++) {
        mem.setUint32(ptr + 4 * i, addHeapObject(array[i]), true);
    }
    WASM_VECTOR_LEN = array.length;
    return ptr;
}

function passStringToWasm0(arg, malloc, realloc) {
    if (realloc === undefined) {
        const buf = cachedTextEncoder.encode(arg);
        const ptr = malloc(buf.length, 1) >>> 0;
        getUint8ArrayMemory0().subarray(ptr, ptr + buf.length).set(buf);
        WASM_VECTOR_LEN = buf.length;
        return ptr;
    }

    let len = arg.length;
    let ptr = malloc(len, 1) >>> 0;

    const mem = getUint8ArrayMemory0();

    let offset = 0;

    for (; offset < len; offset++) {
        const code = arg.charCodeAt(offset);
        if (code > 0x7F) break;
        mem[ptr + offset] = code;
    }
    if (offset !== len) {
        if (offset !== 0) {
            arg = arg.slice(offset);
        }
        ptr = realloc(ptr, len, len = offset + arg.length * 3, 1) >>> 0;
        const view = getUint8ArrayMemory0().subarray(ptr + offset, ptr + len);
        const ret = cachedTextEncoder.encodeInto(arg, view);

        offset += ret.written;
        ptr = realloc(ptr, len, offset, 1) >>> 0;
    }

    WASM_VECTOR_LEN = offset;
    return ptr;
}

let stack_pointer = 1024;

function takeObject(idx) {
    const ret = getObject(idx);
    dropObject(idx);
    return ret;
}

let cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
cachedTextDecoder.decode();
const MAX_SAFARI_DECODE_BYTES = 2146435072;
let numBytesDecoded = 0;
function decodeText(ptr, len) {
    numBytesDecoded += len;
    if (numBytesDecoded >= MAX_SAFARI_DECODE_BYTES) {
        cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
        cachedTextDecoder.decode();
        numBytesDecoded = len;
    }
    return cachedTextDecoder.decode(getUint8ArrayMemory0().subarray(ptr, ptr + len));
}

const cachedTextEncoder = new TextEncoder();

if (!('encodeInto' in cachedTextEncoder)) {
    cachedTextEncoder.encodeInto = function (arg, view) {
        const buf = cachedTextEncoder.encode(arg);
        view.set(buf);
        return {
            read: arg.length,
            written: buf.length
        };
    };
}

let WASM_VECTOR_LEN = 0;


let wasm;
export function __wbg_set_wasm(val) {
    wasm = val;
}
