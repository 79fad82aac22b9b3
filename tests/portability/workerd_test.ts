/**
 * The core on workerd, which runs Cloudflare's workers: there a module is compiled before the start or not at all.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { makeBundle, outputOf, PICTURE } from "./bundle.ts";
import { smoke } from "./smoke.ts";

const WORKERD = "workerd@1.20261117.1";

const WORKER = `
import module from "./core_bg.wasm";
import { initCore, smoke } from "./limbus.js";
export default {
  async test() {
    await initCore(module);
    console.log("answer " + await smoke("${PICTURE}"));
  },
};
`;

const CONFIG = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .worker)]);
const worker :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "limbus.js", esModule = embed "limbus.js"),
    (name = "core_bg.wasm", wasm = embed "core_bg.wasm"),
  ],
);
`;

Deno.test("workerd gives what Deno gives", async () => {
  const folder = await makeBundle();
  try {
    Deno.writeTextFileSync(`${folder}/worker.js`, WORKER);
    Deno.writeTextFileSync(`${folder}/config.capnp`, CONFIG);
    const output = await outputOf("npx", ["-y", WORKERD, "test", "config.capnp"], folder);
    assertEquals(output.match(/answer (.*)/)?.[1], await smoke(PICTURE));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
