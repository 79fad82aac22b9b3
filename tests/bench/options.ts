/**
 * What a bench's command line may say: anything else ends it at once, instead of a long run with other settings than were
 * meant.
 *
 * @module
 */

/**
 * What `parseArgs` calls for an argument that the command does not have: `--help` prints how it is used, anything else is
 * an error with exit code 2.
 */
export function otherArgument(usage: string): (argument: string) => never {
  return (argument) => {
    if (argument === "--help" || argument === "-h") {
      console.log(usage);
      Deno.exit(0);
    }
    return stop(`an option of this command: ${argument}`, usage);
  };
}

/** Ends the command with what was expected and how it is used. */
export function stop(expected: string, usage: string): never {
  console.error(`Expected ${expected}\n${usage}`);
  Deno.exit(2);
}
