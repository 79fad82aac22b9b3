import type { Role } from "../core/message.ts";
import type { TemplateMessage, TemplatePart } from "./template.ts";

/** How a template wants a message's content: a list of typed parts, or one text. */
export type ContentFormat = "openai" | "string";

/** A word that no template contains. */
const PROBE = "Zqxjkv";

/**
 * Finds out for each role whether a template iterates over parts, by rendering a conversation with a part. A template that
 * takes a text would fail, drop it, or print the list with its keys.
 *
 * Roles are probed one by one, because templates differ: some take parts from the user and a text from the system. A role
 * that a template refuses in both forms takes the user's format.
 *
 * @param render Renders with the generation prompt; throws if the template does.
 */
export function probeContentFormats(
  render: (messages: readonly TemplateMessage[]) => string,
): Readonly<Record<Role, ContentFormat>> {
  const user = { role: "user" };
  const assistant = { role: "assistant" };
  const probe = (role: Role, before: { role: string }[], after: { role: string }[]): ContentFormat | undefined => {
    const prints = (content: TemplateMessage["content"], other: (text: string) => TemplateMessage["content"]) => {
      const filled = (message: { role: string }) => ({ ...message, content: other("a") });
      try {
        const text = render([...before.map(filled), { role, content }, ...after.map(filled)]);
        return text.includes(PROBE) && !/["']?type["']?: ?["']text["']/.test(text);
      } catch {
        return false;
      }
    };
    const asParts = (text: string): TemplatePart[] => [{ type: "text", text }];
    const asText = (text: string) => text;
    for (const others of [asParts, asText]) if (prints(asParts(PROBE), others)) return "openai";
    for (const others of [asParts, asText]) if (prints(PROBE, others)) return "string";
    return undefined;
  };
  const ofUser = probe("user", [], []) ?? "string";
  const ofSystem = probe("system", [], [user]) ?? ofUser;
  return {
    user: ofUser,
    system: ofSystem,
    developer: probe("developer", [], [user]) ?? ofSystem,
    assistant: probe("assistant", [user], [user]) ?? ofUser,
    tool: probe("tool", [user, assistant], []) ?? ofUser,
  };
}
