/**
 * The frame of a comparison with references in Python: a script draws cases into a folder, and what Limbus makes of them is
 * compared with the answers beside them.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl } from "@std/path";

/** What every script writes as `cases.json`. */
export interface ParityCases {
  /** Versions of the references by name. */
  readonly versions: Record<string, string>;
}

/** A comparison. */
export interface Parity<Cases extends ParityCases> {
  /** The script that draws: it takes the folder and then the options. */
  readonly script: URL;
  /** Options of the command line and their defaults, in the order of the script's arguments. */
  readonly options: Readonly<Record<string, string>>;
  /** Reports what differs; returns what was compared, to be printed. */
  compare(folder: string, cases: Cases, report: (difference: string) => void): Promise<unknown[]>;
}

/** Runs a comparison with the Python that `--python` names, and ends with code 1 if anything differs. */
export async function runParity<Cases extends ParityCases>(parity: Parity<Cases>): Promise<void> {
  const names = Object.keys(parity.options);
  const args = parseArgs(Deno.args, { string: ["python", ...names], default: parity.options });
  if (!args.python) throw new Error("Expected --python with a path: found none");
  const folder = Deno.makeTempDirSync({ prefix: "limbus-parity-" });
  try {
    const argsOfScript = [fromFileUrl(parity.script), folder, ...names.map((name) => String(args[name]))];
    const { success } = await new Deno.Command(args.python, { args: argsOfScript }).spawn().status;
    if (!success) throw new Error("Expected the script to draw its cases: it failed");
    const cases: Cases = JSON.parse(Deno.readTextFileSync(`${folder}/cases.json`));
    let differences = 0;
    const compared = await parity.compare(folder, cases, (difference) => {
      differences++;
      console.log(difference);
    });
    console.log(`${differences} differences in`, ...compared, cases.versions);
    Deno.exitCode = differences === 0 ? 0 : 1;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
