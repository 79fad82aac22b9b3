/** Headers of every event stream; the last one keeps reverse proxies from holding events back. */
const EVENT_STREAM_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  "x-accel-buffering": "no",
};

/** What to do when an event stream does not end well. */
export interface EventStreamOptions {
  /** Called once if the reader leaves before the end. */
  readonly onCancel: () => void;
  /** Turns what the source threw into the last event. */
  readonly toErrorEvent: (error: unknown) => unknown;
}

/**
 * Sends values as server-sent events, then `[DONE]`; after an error, one error event and nothing more.
 *
 * The stream is pulled: the source is asked for the next value when the connection can take it. A stream built from
 * pipes would wait for the source before it ends; this one tells it at once that nobody listens any longer.
 *
 * @param events JSON values, one for each event.
 */
export function eventStreamResponse(events: AsyncIterable<unknown>, options: EventStreamOptions): Response {
  const encoder = new TextEncoder();
  const iterator = events[Symbol.asyncIterator]();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await iterator.next();
        controller.enqueue(encoder.encode(`data: ${done ? "[DONE]" : JSON.stringify(value)}\n\n`));
        if (done) controller.close();
      } catch (error) {
        controller.enqueue(encoder.encode(`data: ${JSON.stringify(options.toErrorEvent(error))}\n\n`));
        controller.close();
      }
    },
    cancel() {
      options.onCancel();
      iterator.return?.().catch(() => {}); // Ends with the signal's reason, which nobody waits for.
    },
  });
  return new Response(body, { headers: EVENT_STREAM_HEADERS });
}
