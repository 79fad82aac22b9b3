/**
 * The core in a browser, on a page that is isolated from nothing: no threads, no shared memory. Needs Chromium, which
 * `apt-get install chromium` brings, or another browser of its family.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { makeBundle, PICTURE } from "./bundle.ts";
import { smoke } from "./smoke.ts";

const BROWSERS = ["chromium", "chromium-browser", "google-chrome"];

const PAGE = `<!doctype html><script type="module">
  import { initCore, smoke } from "./limbus.js";
  let answer;
  try {
    if (globalThis.crossOriginIsolated) throw new Error("isolated");
    await initCore(fetch("core_bg.wasm"));
    answer = await smoke("${PICTURE}");
  } catch (error) {
    answer = String(error.stack);
  }
  await fetch("answer", { method: "POST", body: answer });
</script>`;

const TYPES: Readonly<Record<string, string>> = { js: "text/javascript", wasm: "application/wasm" };

/** Serves the page and takes its answer. */
function servePage(folder: string, take: (answer: string) => void): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const name = new URL(request.url).pathname.slice(1);
    if (name === "answer") take(await request.text());
    const type = TYPES[name.split(".").at(-1)!];
    if (type) return new Response(Deno.readFileSync(`${folder}/${name}`), { headers: { "content-type": type } });
    return new Response(PAGE, { headers: { "content-type": "text/html" } });
  });
}

function startBrowser(url: string, profile: string): Deno.ChildProcess {
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", `--user-data-dir=${profile}`];
  for (const browser of BROWSERS) {
    try {
      return new Deno.Command(browser, { args: [...args, url], stdin: "null", stdout: "null", stderr: "null" }).spawn();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(`Expected a browser (apt-get install chromium): found none of ${BROWSERS.join(", ")}`);
}

/** Removes a folder into which the browser's other processes, which end after it, may still write. */
async function removeOnceQuiet(folder: string): Promise<void> {
  for (let triesLeft = 50;; triesLeft--) {
    try {
      return Deno.removeSync(folder, { recursive: true });
    } catch (error) {
      if (triesLeft === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

Deno.test("a browser gives what Deno gives", async () => {
  const folder = await makeBundle();
  const { promise: answer, resolve, reject } = Promise.withResolvers<string>();
  const server = servePage(folder, resolve);
  try {
    const browser = startBrowser(`http://127.0.0.1:${server.addr.port}/`, `${folder}/profile`);
    browser.status.then(({ code }) =>
      reject(new Error(`Expected an answer: found that the browser ended with ${code}`))
    );
    try {
      assertEquals(await answer, await smoke(PICTURE));
    } finally {
      answer.catch(() => {}); // it ends now, which is no fault any more
      browser.kill();
      await browser.status;
    }
  } finally {
    await server.shutdown();
    await removeOnceQuiet(folder);
  }
});
