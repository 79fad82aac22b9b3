import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { decodeImage } from "../../src/multimodal/image.ts";
import { MediaDecodeError } from "../../src/core/errors.ts";
import { readPicture, sha256 } from "../testdata/image/goldens.ts";
import damaged from "../testdata/image/damaged.json" with { type: "json" };

/** Each edit: a place, how many bytes are taken away there, and what comes in their stead. */
function edited(bytes: Uint8Array, edits: readonly (readonly (number | string)[])[]): Uint8Array {
  for (const [place, taken, put] of edits as readonly (readonly [number, number, string])[]) {
    const behind = bytes.subarray(place + taken);
    bytes = new Uint8Array([...bytes.subarray(0, place), ...Uint8Array.fromHex(put), ...behind]);
  }
  return bytes;
}

/** SHA-256 of the pixels; `null` for a file that is refused. */
async function shown(bytes: Uint8Array): Promise<string | null> {
  try {
    return await sha256(decodeImage(bytes).data);
  } catch (error) {
    assertInstanceOf(error, MediaDecodeError);
    return null;
  }
}

Deno.test("damaged JPEG files show what Pillow shows, and are refused where it refuses them", async () => {
  let refused = 0;
  for (const { file, edits, sha256: expected } of damaged.cases) {
    assertEquals(await shown(edited(readPicture(file), edits)), expected, `${file}, ${JSON.stringify(edits)}`);
    if (expected === null) refused++;
  }
  assert(refused > 0 && refused < damaged.cases.length / 2, `${refused} of ${damaged.cases.length}`);
});
