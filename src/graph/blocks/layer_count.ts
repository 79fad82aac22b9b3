import { z } from "zod";

/**
 * Number of layers in a config. A list is made from it: a number without end would take all memory.
 */
export const layerCount: z.ZodInt = z.int().positive().max(1024);
