import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isMissing } from "../helpers/databases.ts";
import { CHROMIUM } from "../helpers/page-browser.ts";
import { hasCaddy, startCaddy } from "./proxies.ts";
import { type Roll, startRoll } from "./roll/roll.ts";

const SIZE = { connections: 12, pauseMs: 100, symbols: 2, speed: 10, socketAgeSeconds: 12 };
const isRunnable = hasCaddy && CHROMIUM !== null && !isMissing("PostgreSQL");

describe.skipIf(!isRunnable)("servers behind Caddy, a small `npm run roll`", () => {
  let roll: Roll;
  beforeAll(async () => {
    roll = await startRoll({ ...SIZE, withPage: true, proxy: startCaddy }, () => {});
  });
  afterAll(() => roll?.stop());

  // After the restarts, the sockets are on one server. This ends because their age spreads them again.
  test("they are restarted under traffic, and the sockets spread over both again", () => roll.restart());

  test("one is killed under traffic, and its sockets move", () => roll.kill());

  test("no client was refused, lost a candle or got a signal twice, and no request failed", async () => {
    const { faults, pageConnected, candles, answered, signals } = await roll.report();
    expect([faults, pageConnected]).toEqual([[], true]);
    expect(Math.min(candles, answered, signals)).toBeGreaterThan(0);
  });
});
