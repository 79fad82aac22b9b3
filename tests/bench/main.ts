/**
 * The numbers of the README, measured in one run: `deno task bench`. Prints a table and, with `--record`, writes it beside
 * this file with date and machine.
 *
 * The comparison with transformers needs a Python that has it: `deno task bench --python path/to/python`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { benchAudio } from "./audio.ts";
import { benchKernels } from "./kernels.ts";
import { benchImages } from "./images.ts";
import { benchMemory } from "./memory.ts";
import { otherArgument, stop } from "./options.ts";
import { benchOverhead } from "./overhead.ts";
import { benchPlanner } from "./planner.ts";
import { benchProcessing } from "./processing.ts";
import { benchStartup } from "./startup.ts";
import { benchTokenizer } from "./tokenizer.ts";
import { benchTokenizerLoad } from "./tokenizer_load.ts";
import { benchTransformers } from "./versus_transformers.ts";

/** One measured number. */
export interface Measurement {
  /** What was measured. */
  readonly name: string;
  /** The number; a median where there were several runs. */
  readonly value: number;
  readonly unit: string;
  /** What it should reach, for the reader. */
  readonly goal?: string;
  /** Parts, runs, conditions. */
  readonly note?: string;
}

/** Median of several runs. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Model, cores and runtime of this machine. */
function describeMachine(): string {
  let cpu = "unknown processor";
  try {
    cpu = Deno.readTextFileSync("/proc/cpuinfo").match(/model name\s*:\s*(.*)/)?.[1] ?? cpu;
  } catch {
    // Not Linux.
  }
  return `${navigator.hardwareConcurrency} cores, ${cpu}, ${Deno.build.os}, Deno ${Deno.version.deno}`;
}

if (import.meta.main) {
  const usage = "deno task bench [--only NAME] [--python PATH] [--record]";
  const args = parseArgs(Deno.args, { string: ["python", "only"], boolean: ["record"], unknown: otherArgument(usage) });
  const benches: Record<string, () => Promise<Measurement[]>> = {
    startup: benchStartup,
    overhead: benchOverhead,
    memory: benchMemory,
    kernels: () => benchKernels(args.python),
    planner: benchPlanner,
    tokenizer: () => benchTokenizer(args.python),
    tokenizer_load: () => benchTokenizerLoad(args.python),
    transformers: () => args.python ? benchTransformers(args.python) : Promise.resolve([]),
    processing: () => args.python ? benchProcessing(args.python) : Promise.resolve([]),
    images: () => args.python ? benchImages(args.python) : Promise.resolve([]),
    audio: () => args.python ? benchAudio(args.python) : Promise.resolve([]),
  };
  if (args.only !== undefined && !Object.hasOwn(benches, args.only)) {
    stop(`--only to be one of ${Object.keys(benches).join(", ")}: ${args.only}`, usage);
  }
  const machine = describeMachine();
  console.log(machine);
  const measurements: Measurement[] = [];
  for (const [name, bench] of Object.entries(benches)) {
    if (args.only && args.only !== name) continue;
    if (!args.python && ["transformers", "processing", "images", "audio"].includes(name)) {
      console.log(`${name}: left out, no --python given`);
    }
    for (const measured of await bench()) {
      measurements.push(measured);
      const { value, unit, goal, note } = measured;
      const line = `${measured.name.padEnd(52)} ${value.toFixed(value < 10 ? 3 : 1).padStart(9)} ${unit.padEnd(5)}`;
      console.log([line, goal && `(goal: ${goal})`, note].filter(Boolean).join(" "));
    }
  }
  if (args.record) {
    const date = new Date().toISOString().slice(0, 10);
    const file = new URL(`record/${date}-${navigator.hardwareConcurrency}-cores.json`, import.meta.url);
    Deno.writeTextFileSync(file, JSON.stringify({ date, machine, measurements }, null, 2) + "\n");
  }
}
