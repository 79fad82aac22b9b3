import { MediaFetchError } from "../core/errors.ts";

/** Fetches that one request has under way at the same time. */
export const MAX_CONCURRENT_FETCHES = 8;

/**
 * Bounds what all fetches of one request do together: few at a time, and not more bytes than a request may hold.
 *
 * @param fetch Gets the bytes of one item.
 * @param maxTotalBytes Most bytes of all items.
 * @returns As `fetch`; rejects with a {@linkcode MediaFetchError} of code `media_too_large` for the item that is too much.
 */
export function withinFetchBudget<Item>(
  fetch: (item: Item) => Promise<Uint8Array>,
  maxTotalBytes: number,
): (item: Item) => Promise<Uint8Array> {
  const waiting: (() => void)[] = [];
  let running = 0;
  let total = 0;
  return async (item) => {
    if (running >= MAX_CONCURRENT_FETCHES) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      // Also those in the queue: what comes now would be thrown away.
      if (total > maxTotalBytes) throw tooMuch(maxTotalBytes);
      const bytes = await fetch(item);
      total += bytes.byteLength;
      if (total > maxTotalBytes) throw tooMuch(maxTotalBytes);
      return bytes;
    } finally {
      const next = waiting.shift();
      // Its place goes to who has waited longest.
      if (next) next();
      else running--;
    }
  };
}

function tooMuch(maxTotalBytes: number): MediaFetchError {
  return new MediaFetchError(`Expected at most ${maxTotalBytes} bytes of media in one request: found more`, {
    code: "media_too_large",
    hint: "Send fewer or smaller items; the server's limit is LIMBUS_MAX_REQUEST_MEDIA_BYTES",
  });
}
