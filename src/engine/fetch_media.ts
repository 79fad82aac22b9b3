import type { EngineConfig } from "../config.ts";
import type { MediaPart } from "../core/message.ts";
import { fetchMedia } from "../multimodal/media_source.ts";

/** Binds the server's limits to the fetching of media. */
export function fetchMediaWithin(config: EngineConfig): (part: MediaPart, signal: AbortSignal) => Promise<Uint8Array> {
  return ({ source, param }, signal) => {
    if (source.kind !== "url" && source.kind !== "bytes") {
      throw new TypeError(`Expected a file to fetch: found ${source.kind}`);
    }
    return fetchMedia(source, {
      maxBytes: config.maxMediaBytes,
      timeoutMs: config.mediaTimeoutMs,
      allowedHosts: config.allowedMediaHosts,
      param,
      signal,
    });
  };
}
