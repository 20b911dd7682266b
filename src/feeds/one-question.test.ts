import { expect, test } from "bun:test";
import { BINANCE } from "./binance/binance.ts";
import { askTime } from "./one-question.ts";

test("an answer that holds more than any that is meant isn't parsed", async () => {
  const asked = (body: string): Promise<number> =>
    askTime(BINANCE, { url: "https://x.example/", fetch: (async () => new Response(body)) as unknown as typeof fetch });
  expect(await asked('{"serverTime":1760000000000,"more":[[]]}')).toBe(1_760_000_000_000);
  const deep = `{"serverTime":1760000000000,"more":${"[".repeat(40)}${"]".repeat(40)}}`;
  await expect(asked(deep)).rejects.toThrow("https://x.example/api/v3/time: time: expected serverTime");
});
