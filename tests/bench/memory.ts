import type { Measurement } from "./main.ts";
import { exampleRequest, post, serve } from "./served.ts";

/** Resident memory of the whole process while it serves the embedded model on WASM. Linux only. */
export async function benchMemory(): Promise<Measurement[]> {
  await using server = await serve({ LIMBUS_DEVICE: "wasm" });
  let peak = 0;
  for (let i = 0; i < 40; i++) {
    const response = await post(`${server.url}/v1/chat/completions`, exampleRequest());
    await response.json();
    const status = Deno.readTextFileSync(`/proc/${server.pid}/status`);
    peak = Math.max(peak, Number(status.match(/VmRSS:\s+(\d+)/)![1]) / 1024);
  }
  const status = Deno.readTextFileSync(`/proc/${server.pid}/status`);
  const highest = Number(status.match(/VmHWM:\s+(\d+)/)![1]) / 1024;
  return [{
    name: "resident memory while serving, WASM",
    value: peak,
    unit: "MiB",
    goal: "400 or less",
    note: `most after each of 40 requests; highest ever, start included: ${highest.toFixed(0)} MiB`,
  }];
}
