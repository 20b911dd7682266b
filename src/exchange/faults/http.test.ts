import { afterEach, describe, expect, test } from "bun:test";
import { START, startFaulty, stopFaulty } from "../../../tests/helpers/in-process.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

afterEach(stopFaulty);

type Faulty = ReturnType<typeof startFaulty>;

/** Asks, and turns the clock until the answer is there. */
async function ask({ get, clock }: Faulty, path = "ping"): Promise<Response> {
  const asked = get(path);
  await clock.turn(0);
  return await asked;
}

describe("REST", () => {
  test("http-429: Retry-After is meant; keeping to it is enough, going on brings a ban", async () => {
    const faulty = startFaulty("http-429@1m,http-429@1h");
    await faulty.clock.turn(2 * MINUTE);
    const refused = await ask(faulty);
    expect([refused.status, (await refused.json()).code]).toEqual([429, -1003]);
    const seconds = Number(refused.headers.get("retry-after"));
    expect(seconds).toBeGreaterThanOrEqual(10);
    expect(seconds).toBeLessThanOrEqual(60);
    await faulty.clock.turn(seconds * 1_000);
    expect((await ask(faulty)).status).toBe(200);
    await faulty.clock.turn(HOUR);
    const statuses: number[] = [];
    for (let tries = 0; tries < 12; tries += 1) statuses.push((await ask(faulty)).status);
    expect(statuses).toEqual([...Array(10).fill(429), 418, 418]);
    expect(faulty.exchange.callsWhileBanned()).toBe(0);
    await faulty.clock.turn(3_000);
    await ask(faulty);
    expect(faulty.exchange.callsWhileBanned()).toBe(1);
    expect(faulty.exchange.faults()).toMatchObject({ "http-429": 2, "http-418": 0 });
  });

  test("http-418: a ban of some minutes; calls during it are counted, but for those that were on their way", async () => {
    const faulty = startFaulty("http-418@0s");
    const { clock, exchange } = faulty;
    const banned = await ask(faulty);
    const { code, msg } = (await banned.json()) as { code: number; msg: string };
    const seconds = Number(banned.headers.get("retry-after"));
    expect([banned.status, code]).toEqual([418, -1003]);
    expect(seconds).toBeGreaterThanOrEqual(120);
    expect(seconds).toBeLessThanOrEqual(300);
    const until = Number(/IP banned until (\d+)/.exec(msg)?.[1]);
    expect(until).toBeGreaterThan(START + (seconds - 1) * 1_000);
    expect(until).toBeLessThanOrEqual(START + seconds * 1_000);
    await clock.turn(1_000);
    expect((await ask(faulty)).status).toBe(418);
    expect(exchange.callsWhileBanned()).toBe(0);
    await clock.turn(30_000);
    for (let calls = 0; calls < 5; calls += 1) expect((await ask(faulty)).status).toBe(418);
    expect(exchange.callsWhileBanned()).toBe(5);
    await clock.turn((seconds - 31) * 1_000);
    expect((await ask(faulty)).status).toBe(200);
  });

  test("whoever keeps to each refusal's wait isn't banned, however many of its calls were on their way when they began", async () => {
    const faulty = startFaulty("http-429=60/h", { speed: 30, seed: 4 });
    for (let round = 0; round < 40; round += 1) {
      const answers = await Promise.all(Array.from({ length: 8 }, () => ask(faulty)));
      expect(answers.map(({ status }) => status)).not.toContain(418);
      const seconds = Math.max(...answers.map(({ headers }) => Number(headers.get("retry-after"))));
      await faulty.clock.turn(1_000 * Math.max(1, seconds));
    }
    expect(faulty.exchange.faults()["http-429"]).toBeGreaterThan(10);
  });

  test("refusals and bans are as much shorter as market time is faster", async () => {
    const faulty = startFaulty("http-418@0s", { speed: 30 });
    const seconds = Number((await ask(faulty)).headers.get("retry-after"));
    expect(seconds).toBeLessThanOrEqual(10);
    await faulty.clock.turn(seconds * 1_000);
    expect((await ask(faulty)).status).toBe(200);
  });

  test("http-451: for some minutes every call, and then none", async () => {
    const faulty = startFaulty("http-451@1m");
    await faulty.clock.turn(MINUTE);
    const answers: number[] = [];
    for (let minute = 0; minute < 10; minute += 0.5) {
      answers.push((await ask(faulty)).status);
      await faulty.clock.turn(MINUTE / 2);
    }
    const restricted = answers.filter((status) => status === 451).length;
    expect(restricted).toBeGreaterThanOrEqual(2);
    expect(restricted).toBeLessThanOrEqual(10);
    expect(answers).toEqual([...Array(restricted).fill(451), ...Array(20 - restricted).fill(200)]);
    expect(faulty.exchange.faults()["http-451"]).toBe(1);
  });

  test("http-5xx: about that share, of several kinds, with bodies that aren't always JSON", async () => {
    const faulty = startFaulty("http-5xx=0.25");
    const statuses: number[] = [];
    const bodies: string[] = [];
    for (let calls = 0; calls < 400; calls += 1) {
      const response = await ask(faulty);
      statuses.push(response.status);
      if (response.status >= 500) bodies.push(await response.text());
    }
    expect(bodies).toHaveLength(faulty.exchange.faults()["http-5xx"]);
    // 100 are expected; four standard deviations are 35.
    expect(Math.abs(bodies.length - 100)).toBeLessThan(35);
    expect([...new Set(statuses)].sort()).toEqual([200, 500, 502, 503, 504]);
    expect(bodies.some((body) => body.startsWith("<html>"))).toBe(true);
  });

  test("http-slow: what was true when it was asked comes 5 to 40 s later, unless the client gives up", async () => {
    const faulty = startFaulty("http-slow=1");
    const { clock, exchange, get, story } = faulty;
    for (let calls = 0; calls < 10; calls += 1) {
      const askedAt = clock.now();
      let answeredAt = 0;
      const asked = get("time").then((response) => {
        answeredAt = clock.now();
        return response;
      });
      await clock.turn(40_000);
      expect(answeredAt - askedAt).toBeGreaterThanOrEqual(5_000);
      expect(answeredAt - askedAt).toBeLessThanOrEqual(40_000);
      expect(await (await asked).json()).toEqual({ serverTime: askedAt });
    }
    expect(exchange.faults()["http-slow"]).toBe(10);
    expect(story[0]?.what).toMatch(/^address in-process: \/api\/v3\/time is answered \d+ s late$/);
    const giving = new AbortController();
    const given = exchange.fetch("http://exchange/api/v3/time", { signal: giving.signal });
    await clock.turn(1_000);
    giving.abort(new Error("too slow"));
    await expect(given).rejects.toThrow("too slow");
    await clock.turn(40_000);
  });

  test("at about their rates", async () => {
    const faulty = startFaulty("http-429=6/h,http-418=2/h,http-451=3/h", { symbols: 1 });
    for (let minute = 0; minute < 20 * 60; minute += 1) {
      await faulty.clock.turn(MINUTE);
      await ask(faulty);
    }
    const counts = faulty.exchange.faults();
    // 120, 40 and 60 are due; some fall into a time in which the address meets another one.
    expect(counts["http-429"]).toBeGreaterThan(60);
    expect(counts["http-429"]).toBeLessThan(165);
    expect(counts["http-418"]).toBeGreaterThan(15);
    expect(counts["http-418"]).toBeLessThan(66);
    expect(counts["http-451"]).toBeGreaterThan(25);
    expect(counts["http-451"]).toBeLessThan(92);
  });
});
