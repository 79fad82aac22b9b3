/* tslint:disable */
/* eslint-disable */

/**
 * Version of the core, to be compared with the glue's.
 */
export function coreVersion(): string;
