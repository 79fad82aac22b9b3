/**
 * Adapters from outside this package, by the specifiers of their modules.
 *
 * @module
 */
import { resolve, toFileUrl } from "@std/path";
import { ConfigError } from "../core/errors.ts";
import type { AnyAdapter } from "../models/adapter.ts";
import { defineAdapter } from "../models/define_adapter.ts";
import { builtinAdapters } from "../models/registry.ts";

const PARAM = "adapters";

/**
 * The address under which a module is imported: URLs (`https:`, `file:`, `npm:`, `jsr:`) and names of the import map as they
 * are, paths against the working directory.
 *
 * @param specifier As it was given.
 */
function toAddress(specifier: string): string {
  if (/^[a-z][a-z0-9+.-]+:/i.test(specifier)) return specifier; // a single letter is a drive
  const isPath = /^(\.{0,2}[\\/]|[a-z]:)|\.[cm]?[jt]sx?$/i.test(specifier);
  return isPath ? toFileUrl(resolve(specifier)).href : specifier;
}

/**
 * Imports adapters and adds them to those of this package.
 *
 * Called on both sides of the Worker's border: on the outer side so that a mistake ends the start with one clear line, in
 * the Worker because functions cannot cross.
 *
 * @param specifiers Of modules whose default exports are adapters.
 * @returns The built-in ones, then these.
 * @throws {ConfigError} If a module cannot be imported, its default export is no adapter, or a `model_type` is taken.
 */
export async function loadAdapters(specifiers: readonly string[]): Promise<readonly AnyAdapter[]> {
  const owners = new Map(builtinAdapters.map(({ modelType }) => [modelType, "an adapter of this package"]));
  const adapters = [...builtinAdapters];
  for (const specifier of specifiers) {
    const adapter = checkAdapter(specifier, await importDefault(specifier));
    const owner = owners.get(adapter.modelType);
    if (owner) {
      const known = [...owners.keys()].sort().join(", ");
      throw new ConfigError(
        `Expected adapter ${specifier} to have a modelType other than ${known}: found "${adapter.modelType}", which is ${owner}`,
        { param: PARAM },
      );
    }
    owners.set(adapter.modelType, `that of ${specifier}`);
    adapters.push(adapter);
  }
  return adapters;
}

async function importDefault(specifier: string): Promise<unknown> {
  let module: { default?: unknown };
  try {
    module = await import(toAddress(specifier));
  } catch (cause) {
    const { message, code } = cause as { message?: string; code?: string };
    const isMissing = code === "ERR_MODULE_NOT_FOUND";
    const [reason] = (message ?? String(cause)).split("\n");
    throw new ConfigError(`Expected adapter ${specifier} to be a module that can be imported: ${reason}`, {
      param: PARAM,
      code: isMissing ? "adapter_not_found" : undefined,
      hint: isMissing
        ? "Paths are taken from the working directory; other hosts need deno's --allow-import"
        : undefined,
      cause,
    });
  }
  if (module.default !== undefined) return module.default;
  const names = Object.keys(module).join(", ") || "no export";
  throw new ConfigError(`Expected adapter ${specifier} to have a default export: found ${names}`, {
    param: PARAM,
    hint: "Write export default defineAdapter({ ... })",
  });
}

function checkAdapter(specifier: string, exported: unknown): AnyAdapter {
  try {
    return defineAdapter(exported as AnyAdapter);
  } catch (cause) {
    const { message } = cause as Error;
    throw new ConfigError(`Expected the default export of ${specifier} to be an adapter: ${message}`, {
      param: PARAM,
      hint: "Write export default defineAdapter({ ... })",
      cause,
    });
  }
}
