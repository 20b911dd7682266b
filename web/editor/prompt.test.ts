import { expect, test } from "bun:test";
import { INDICATORS, WORKED_FILTERS } from "../../src/strategy/mod.ts";
import { MAX_WISH, promptFor, withoutFence } from "./prompt.ts";
import { PromptState } from "./prompt-state.ts";

const WISH = "Pairs that fell for three hours.";

test("a prompt has the rules, the served intervals, examples that run here, and the wish last", () => {
  const prompt = promptFor(`  ${WISH}\n`, ["5m", "1h"]);
  expect(prompt).toContain("An interval must be one of 5m, 1h.");
  for (const { name } of INDICATORS) expect([name, prompt.includes(`- ${name}(`)]).toEqual([name, true]);
  expect(prompt).toEndWith(`# What the filter is to find\n\n${WISH}`);
  const shown = WORKED_FILTERS.filter(({ code }) => prompt.includes(code.trim()));
  expect(shown.map(({ title }) => title)).toEqual(["Oversold", "Golden cross", "Breakout on volume"]);
  expect(shown.flatMap(({ timeframes }) => timeframes).every((one) => ["5m", "1h"].includes(one))).toBe(true);
  // A chat takes it in one message: about 1,000 tokens.
  expect(prompt.length / 4).toBeLessThan(1_500);
});

test("without a wish the model is to ask, without examples there are none, and a long wish is cut", () => {
  expect(promptFor("", ["5m"])).toEndWith("Ask me what it is to find, and write it then.");
  expect(promptFor(WISH, ["1M"])).not.toContain("# Examples");
  expect(promptFor("x".repeat(MAX_WISH + 500), ["5m"]).match(/x{100,}$/)?.[0]).toHaveLength(MAX_WISH);
});

test("an answer is pasted without the fence around it, and anything else as it is", () => {
  const code = 'return rsi(candles("5m").close, 14).at(-1) < 30;';
  for (const fenced of [
    `\`\`\`js\n${code}\n\`\`\``,
    `\n\`\`\`\r\n${code}\r\n\`\`\`\n`,
    `\`\`\`javascript  \n${code}\`\`\``,
  ]) {
    expect(withoutFence(fenced)).toBe(code);
  }
  for (const other of [code, `Here it is:\n\`\`\`\n${code}\n\`\`\``, "```", "```js\na\n```\nand\n```js\nb\n```", ""]) {
    expect(withoutFence(other)).toBe(other);
  }
});

test("the prompt is copied, or shown where the browser doesn't let the page copy", async () => {
  const written: string[] = [];
  const state = new PromptState(async (text) => written.push(text) > 0);
  state.change(WISH);
  await state.copy(["5m"]);
  expect(written).toEqual([promptFor(WISH, ["5m"])]);
  expect(state.outcome.peek()).toEqual({ kind: "copied" });
  state.change("another");
  expect(state.outcome.peek()).toEqual({ kind: "none" });
  const refused = new PromptState(async () => false);
  await refused.copy(["1h"]);
  expect(refused.outcome.peek()).toEqual({ kind: "refused", text: promptFor("", ["1h"]) });
});
