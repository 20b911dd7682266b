import { expect, test } from "bun:test";
import type { PageSettings } from "../../src/wire/mod.ts";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { until } from "../../tests/helpers/until.ts";
import { loadPageSettings } from "./page-settings.ts";

const SIGN_IN: PageSettings = {
  signIn: { kind: "supabase", url: "https://p.supabase.co", publishableKey: "public" },
  functionsUrl: null,
  markets: ["binance"],
  sendsMail: false,
};
const NONE: PageSettings = { signIn: null, functionsUrl: null, markets: ["binance"], sendsMail: false };
const fails = (): Promise<PageSettings> => Promise.reject(new Error("429"));

function setUp(later: (() => Promise<PageSettings>)[]) {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
  const clock = new ManualClock();
  const log: string[] = [];
  const load = (ask: () => Promise<PageSettings>): Promise<PageSettings> =>
    loadPageSettings({
      ask,
      askLonger: () => {
        log.push("asked again");
        return later.shift()?.() ?? fails();
      },
      storage,
      clock,
      reloadPage: () => log.push("anew"),
    });
  return { load, log, kept, clock };
}

test("settings that come in time leave nothing behind", async () => {
  const { load, log, kept } = setUp([]);
  expect(await load(() => Promise.resolve(SIGN_IN))).toEqual(SIGN_IN);
  expect([log, kept.size]).toEqual([[], 0]);
});

test("those that come late begin the page anew, which has them without asking, and the one after that asks", async () => {
  const { load, log, kept, clock } = setUp([fails, fails, () => Promise.resolve(SIGN_IN)]);
  expect(await load(fails)).toEqual(NONE);
  await until(() => log.length === 1);
  for (const asked of [2, 3]) {
    await clock.turn(3_000);
    await until(() => log.filter((one) => one === "asked again").length === asked);
  }
  await until(() => log.at(-1) === "anew");
  expect(await load(fails)).toEqual(SIGN_IN);
  expect([log.length, kept.size]).toEqual([4, 0]);
  expect(await load(() => Promise.resolve(NONE))).toEqual(NONE);
});

test("a server that has nothing to say, though late, leaves the page as it is", async () => {
  const { load, log, kept } = setUp([() => Promise.resolve(NONE)]);
  expect(await load(fails)).toEqual(NONE);
  await until(() => log.length === 1);
  await Promise.resolve();
  expect([log, kept.size]).toEqual([["asked again"], 0]);
});

test.each([
  ...["{", "1", "{}", '{"signIn":null}', JSON.stringify({ ...SIGN_IN, markets: [] })],
  ...[{ markets: ["mars"] }, { markets: [{}] }, { functionsUrl: "x" }, { scopes: [1] }, { signIn: { url: "x" } }].map(
    (wrong) => JSON.stringify({ ...SIGN_IN, ...wrong }),
  ),
])("kept settings that aren't some are asked for: %s", async (text) => {
  const { load, kept } = setUp([]);
  kept.set("vyx.settings", text);
  expect(await load(() => Promise.resolve(SIGN_IN))).toEqual(SIGN_IN);
});
