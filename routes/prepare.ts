/**
 * Makes a checkpoint load faster: writes the compact form of its tokenizer, `tokenizer.limbus`, beside it. The server reads
 * it if it is there and belongs to the tokenizer.json; it writes nothing itself.
 *
 *     deno task prepare path/to/checkpoint
 *
 * @module
 */
import { prepareCheckpoint } from "../src/engine/load_tokenizer.ts";
import { describeFault } from "./server.ts";

if (import.meta.main) {
  try {
    if (Deno.args.length === 0) throw new Error("Expected the folder of a checkpoint: found no argument");
    for (const folder of Deno.args) {
      const { file, bytes } = await prepareCheckpoint(folder);
      const result = file ? `${file} written, ${(bytes / 1e6).toFixed(1)} MB` : "no compact form of this vocabulary";
      console.error(`${folder}: ${result}`);
    }
  } catch (error) {
    console.error(`Limbus cannot prepare this checkpoint: ${describeFault(error)}`);
    Deno.exit(1);
  }
}
