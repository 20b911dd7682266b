import { afterEach, describe, expect, test } from "bun:test";
import { START, startFaulty, stopFaulty } from "../../../tests/helpers/in-process.ts";

const KLINES = "klines?symbol=BTCUSDT&interval=1m&limit=5";

afterEach(stopFaulty);

type Faulty = ReturnType<typeof startFaulty>;

/** Asks, and turns the clock until the answer is there. */
async function ask({ get, clock }: Faulty, path: string): Promise<Response> {
  const asked = get(path);
  await clock.turn(0);
  return await asked;
}

async function rowsOf(faults: string): Promise<{ rows: unknown[][]; right: unknown[][] }> {
  const rows = (await (await ask(startFaulty(faults, { seed: 5 }), KLINES)).json()) as unknown[][];
  return { rows, right: (await (await ask(startFaulty("", { seed: 5 }), KLINES)).json()) as unknown[][] };
}

describe("rows that can't be meant", () => {
  test("future-row: one more, hours ahead", async () => {
    const { rows, right } = await rowsOf("future-row=1");
    expect(rows.slice(0, -1)).toEqual(right);
    expect(Number(rows.at(-1)?.[0])).toBeGreaterThan(START + 3_500_000);
  });

  test("wrong-length: one ends an hour late", async () => {
    const { rows, right } = await rowsOf("wrong-length=1");
    const late = rows.map((row, at) => Number(row[6]) - Number(right[at]?.[6]));
    expect(late.toSorted()).toEqual([0, 0, 0, 0, 3_600_000]);
  });

  test("wrong-unit: all are in seconds or microseconds", async () => {
    const { rows, right } = await rowsOf("wrong-unit=1");
    const factors = rows.map((row, at) => Math.log10(Number(row[0]) / Number(right[at]?.[0])));
    expect(factors.every((factor) => Math.abs(Math.abs(factor) - 3) < 1e-6)).toBe(true);
  });

  test("bad-history-row: one is not as it should be", async () => {
    const { rows, right } = await rowsOf("bad-history-row=1");
    expect(rows).not.toEqual(right);
  });

  test("passing-1121: the symbol isn't known, and then it is", async () => {
    const faulty = startFaulty("passing-1121@0s");
    expect(await (await ask(faulty, KLINES)).json()).toEqual({ code: -1121, msg: "Invalid symbol." });
    expect((await ask(faulty, KLINES)).status).toBe(200);
  });
});

describe("lists that can't be meant", () => {
  const listOf = async (faults: string): Promise<(Record<string, unknown> | null | number)[]> =>
    ((await (await ask(startFaulty(faults), "exchangeInfo")).json()) as { symbols: never[] }).symbols;

  test("status-unknown, bad-entry, duplicate-entry", async () => {
    const known = ["TRADING"];
    const statuses = (await listOf("status-unknown=1")).map((entry) => (entry as { status: unknown }).status);
    expect(statuses.filter((status) => !known.includes(status as string))).toHaveLength(1);
    expect(await listOf("bad-entry=1")).toHaveLength(8);
    expect(await listOf("duplicate-entry=1")).toHaveLength(12);
  });
});

describe("answers that are none", () => {
  test("redirect and html-200", async () => {
    const redirect = await ask(startFaulty("redirect=1"), KLINES);
    expect([redirect.status, redirect.headers.get("location")]).toEqual([302, "http://portal.invalid/sign-in"]);
    const page = await ask(startFaulty("html-200=1"), KLINES);
    expect([page.status, (await page.text()).slice(0, 15)]).toEqual([200, "<!doctype html>"]);
  });

  test("endless-body: pieces without an end; bomb: a megabyte that says it is gzip", async () => {
    const reader = (await ask(startFaulty("endless-body=1"), KLINES)).body?.getReader();
    for (let pieces = 0; pieces < 100; pieces += 1) expect((await reader?.read())?.done).toBe(false);
    await reader?.cancel();
    const bomb = await ask(startFaulty("bomb=1"), KLINES);
    expect(bomb.headers.get("content-encoding")).toBe("gzip");
    expect((await bomb.arrayBuffer()).byteLength).toBeLessThan(4_000_000);
  });

  test("drip: a byte each second", async () => {
    const faulty = startFaulty("drip=1");
    const reader = (await ask(faulty, KLINES)).body?.getReader();
    const first = reader?.read();
    await faulty.clock.turn(1_000);
    expect((await first)?.value).toEqual(new TextEncoder().encode("["));
    await reader?.cancel();
  });

  test("retry-after: refused, and told in another form than whole seconds", async () => {
    const faulty = startFaulty("retry-after@0s");
    const refused = await ask(faulty, KLINES);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).not.toMatch(/^\d+$/);
    expect((await ask(faulty, KLINES)).status).toBe(429);
    await faulty.clock.turn(50_000);
    expect((await ask(faulty, KLINES)).status).toBe(200);
  });
});
