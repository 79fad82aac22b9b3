import { LimbusError } from "../core/errors.ts";

/**
 * Does `work` for one item; an error that names no input gets the item's path.
 *
 * @param param Path of the item in the request.
 */
export async function forItem<T>(param: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withParam(error, param);
  }
}

/**
 * Does `work` for one item, at once; otherwise as {@linkcode forItem}.
 *
 * @param param Path of the item in the request.
 */
export function onItem<T>(param: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw withParam(error, param);
  }
}

function withParam(error: unknown, param: string): unknown {
  if (error instanceof LimbusError && error.param === undefined) {
    Object.defineProperty(error, "param", { value: param, enumerable: true });
  }
  return error;
}
