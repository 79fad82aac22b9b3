import type * as Ort from "onnxruntime-web";
import { DeviceMemoryError } from "../core/errors.ts";

/** What ONNX Runtime says when scores of attention, or anything else, do not fit; a session works on after it. */
const NO_ROOM = /bad_alloc|SafeIntOnOverflow|failed to allocate|out of memory/i;

/**
 * Runs a session.
 *
 * @param fetches As of ONNX Runtime's `run`: outputs to write to, or null for new ones; absent: all are new.
 * @throws {DeviceMemoryError} If the run does not fit into memory; the next one may.
 */
export async function runSession(
  session: Ort.InferenceSession,
  feeds: Readonly<Record<string, Ort.Tensor>>,
  fetches?: Readonly<Record<string, Ort.Tensor | null>>,
): Promise<Ort.InferenceSession.ReturnType> {
  try {
    return await (fetches ? session.run(feeds, fetches) : session.run(feeds));
  } catch (cause) {
    if (!(cause instanceof Error && NO_ROOM.test(cause.message))) throw cause;
    throw new DeviceMemoryError("Expected an input for whose run there is memory: found a larger one", {
      cause,
      hint:
        "Send a smaller item (or lower max_pixels in mm_processor_kwargs, where the model has it), or a shorter prompt",
    });
  }
}
