import { assertEquals, assertThrows } from "@std/assert";
import { createChatTemplate, noChatTemplate } from "../../src/chat/template.ts";
import { CheckpointError, InvalidRequestError } from "../../src/core/errors.ts";
import { loadTemplate, template } from "./templates.ts";

const options = { addGenerationPrompt: false, now: new Date(2026, 2, 7, 14, 5, 6) };
const render = (source: string, content = "hi") => template(source).render([{ role: "user", content }], options);

Deno.test("blocks are trimmed and the last line break is not printed", () => {
  assertEquals(render("  {% if true %}\nA\n  {% endif %}\nB\n"), "A\nB");
  assertEquals(render("{% if true %}\r\nA\r\n{% endif %}\r\n"), "A\n");
});

Deno.test("generation tags are without effect", () => {
  assertEquals(render("a {% generation %}b{% endgeneration %} c"), "a b c");
  assertEquals(render("a\n{%- generation %}\nb\n{%- endgeneration %}\nc"), "ab\nc".replace("\n", ""));
});

Deno.test("tojson is Python's json.dumps: spaces, and no escapes of HTML or other scripts", () => {
  assertEquals(render("{{ messages | tojson }}", 'é<&>"'), '[{"role": "user", "content": "é<&>\\""}]');
  assertEquals(render("{{ {'a': 1.5, 'b': none, 'c': [true]} | tojson }}"), '{"a": 1.5, "b": null, "c": [true]}');
});

Deno.test("the words of chat templates work", () => {
  assertEquals(render("{{ messages[::-1][0].content }}"), "hi");
  assertEquals(render("{{ messages[0].content.split('i')[0].startswith('h') }}"), "true");
  assertEquals(
    render("{% set n = namespace(x=1) %}{% for i in range(3) %}{% set n.x = n.x + i %}{% endfor %}{{ n.x }}"),
    "4",
  );
  assertEquals(render("{% for i in range(9) %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}"), "01");
  assertEquals(render("{{ tools is none }}{{ documents is none }}{{ other is defined }}"), "truetruefalse");
  assertEquals(render("{{ bos_token }}{{ eos_token }}{{ pad_token }}"), "<s></s>");
  assertEquals(render("{{ messages | selectattr('role', 'equalto', 'user') | list | length }}"), "1");
});

Deno.test("strip takes characters, as in Python", () => {
  assertEquals(render("{{ '\\n a\\n'.strip('\\n') }}"), " a");
  assertEquals(render("{{ 'xyaxy'.lstrip('yx') + '|' + 'xyaxy'.rstrip('yx') }}"), "axy|xya");
  assertEquals(render("{{ ' a '.strip(none) + '|' + ' a '.strip() }}"), "a|a");
  assertEquals(render("{{ messages[0].content.split('i')[0].strip('h') | length }}"), "0");
  assertThrows(() => render("{{ messages.strip('a') }}"), InvalidRequestError);
});

Deno.test("strftime_now is Python's, of the clock that was passed in", () => {
  assertEquals(
    render("{{ strftime_now('%d %b %Y %B %A %a %H:%M:%S %I %p %-d %y %m %%') }}"),
    "07 Mar 2026 March Saturday Sat 14:05:06 02 PM 7 26 03 %",
  );
});

Deno.test("a template that does not parse names its file", () => {
  const error = assertThrows(
    () => createChatTemplate("{% if %}", { file: "tokenizer_config.json", specialTokens: [] }),
    CheckpointError,
  );
  assertEquals(error.param, "tokenizer_config.json");
  assertEquals(error.message.startsWith("Expected a Jinja template in tokenizer_config.json: "), true);
});

Deno.test("a refusal shows the template's own words, never the client's", () => {
  const refusal = (source: string, content: string) => assertThrows(() => render(source, content), InvalidRequestError);
  const own = refusal("{{ raise_exception('Roles must alternate') }}", "secret");
  assertEquals(
    own.message,
    "Expected messages that the model's chat template accepts: found others (Roles must alternate)",
  );
  assertEquals(own.param, "messages");
  const mixed = refusal("{{ raise_exception('No: ' + messages[0].content) }}", "secret");
  assertEquals(mixed.message, "Expected messages that the model's chat template accepts: found others");
  assertEquals(refusal("{{ messages[0].content.nothing() }}", "secret").message.includes("secret"), false);
});

Deno.test("a template that counts without end is stopped", () => {
  assertThrows(() => render("{% for i in range(100000000000) %}{% endfor %}"), InvalidRequestError);
});

Deno.test("content formats are found for each role", () => {
  const formats = (name: string) => loadTemplate(name).contentFormats;
  const all = (format: string) => ({
    user: format,
    system: format,
    developer: format,
    assistant: format,
    tool: format,
  });
  assertEquals({ ...formats("llava") }, all("openai"));
  assertEquals({ ...formats("gemma3"), tool: "openai" }, all("openai"));
  assertEquals({ ...formats("llama3") }, all("string"));
  assertEquals({ ...formats("think") }, all("string"));
  const mixed = template(
    "{% for m in messages %}{% if m.role == 'user' %}{% for p in m.content %}{{ p.text }}{% endfor %}" +
      "{% else %}{{ m.content + '</s>' }}{% endif %}{% endfor %}",
  ).contentFormats;
  assertEquals([mixed.user, mixed.system, mixed.assistant], ["openai", "string", "string"]);
  // The whole list printed is no support for lists.
  assertEquals(template("{{ messages | tojson }}").contentFormats.user, "string");
  assertEquals(template("{% for m in messages %}{{ m.content }}{% endfor %}").contentFormats.user, "string");
});

Deno.test("a checkpoint without a template says what to do", () => {
  const error = noChatTemplate();
  assertEquals([error.code, error.param], ["chat_template_missing", "messages"]);
});
