import { type Measurement, median } from "./main.ts";
import { exampleRequest, firstText, post, serve } from "./served.ts";

const RUNS = 5;

/** From the start of the process to the first streamed text of the embedded model; packages are cached by the first run. */
export async function benchStartup(): Promise<Measurement[]> {
  const totals: number[] = [];
  let parts = "";
  for (let run = 0; run <= RUNS; run++) {
    const start = performance.now();
    await using server = await serve({ LIMBUS_DEVICE: "wasm" });
    const listening = performance.now();
    const response = await post(`${server.url}/v1/chat/completions`, exampleRequest(undefined, { stream: true }));
    await firstText(response);
    const end = performance.now();
    if (run === 0) continue;
    totals.push(end - start);
    const { startup } = await (await fetch(`${server.url}/health`)).json();
    const engine = Object.entries(startup).map(([part, ms]) => `${part} ${ms}`).join(", ");
    parts = `last run: listening after ${(listening - start).toFixed(0)} ms; engine: ${engine} ms`;
  }
  return [{
    name: "process start to first streamed token",
    value: median(totals),
    unit: "ms",
    goal: "1500 or less on 2 cores",
    note: `median of ${RUNS}; ${parts}`,
  }];
}
