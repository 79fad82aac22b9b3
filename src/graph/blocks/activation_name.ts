import { z } from "zod";
import { type Activation, activationNamed } from "../ops/activation.ts";

/** Name of an activation in a config, as `hidden_act` has it; comes to the name used here. */
export const activationName: z.ZodType<Activation, string> = z.string().transform((name, context): Activation => {
  const activation = activationNamed(name);
  if (activation) return activation;
  context.addIssue({ code: "custom", message: "the name of a known activation" });
  return z.NEVER;
});
