/**
 * The embedded model, as tests and benches ask for it.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";

/** What it is served as, where nothing else is said. */
export const EMBEDDED_NAME = "limbus-sketch";

/** Its folder, with the slash that makes names relative to it. */
export const EMBEDDED_URL = new URL(`../../checkpoints/${EMBEDDED_NAME}/`, import.meta.url);

/** The same as a path, without the slash. */
export const EMBEDDED_PATH = fromFileUrl(EMBEDDED_URL).slice(0, -1);

/** The picture that the README asks about. */
export const EXAMPLE_PICTURE = new URL("examples/cat.png", EMBEDDED_URL);
