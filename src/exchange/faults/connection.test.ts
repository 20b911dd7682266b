import { afterEach, describe, expect, test } from "bun:test";
import { START, startFaulty, stopFaulty } from "../../../tests/helpers/in-process.ts";
import { listenTo } from "../../../tests/helpers/listening-client.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

afterEach(stopFaulty);

describe("connections", () => {
  test("disconnect: at about its rate, without a word, at times that the seed decides", async () => {
    const cuts = async (seed: number): Promise<number[]> => {
      const { exchange, clock, story } = startFaulty("disconnect=2/m", { seed, symbols: 1 });
      const client = listenTo(exchange, clock, "/ws/btcusdt@miniTicker", true);
      await clock.turn(HOUR);
      expect(client.closes.every(({ code }) => code === 1006)).toBe(true);
      expect(exchange.faults().disconnect).toBe(client.closes.length);
      expect(story.map(({ at }) => START + at * 1_000)).toEqual(client.closes.map(({ at }) => at));
      return client.closes.map(({ at }) => at);
    };
    const first = await cuts(1);
    // 120 are expected; four standard deviations are 44.
    expect(Math.abs(first.length - 120)).toBeLessThan(44);
    expect(await cuts(1)).toEqual(first);
    expect(await cuts(2)).not.toEqual(first);
  });

  test("stall: open and silent for good; whoever connects anew hears again", async () => {
    const { exchange, clock, story } = startFaulty("stall@1m");
    const client = listenTo(exchange, clock, "/ws/btcusdt@kline_1m");
    await clock.turn(2 * HOUR);
    expect(client.frames).toHaveLength(30);
    expect(client.closes).toEqual([]);
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
    client.send({ method: "LIST_SUBSCRIPTIONS", id: 1 });
    await clock.turn(MINUTE);
    expect(client.frames).toHaveLength(30);
    expect(story).toEqual([{ kind: "stall", at: 60, what: "connection 1: is silent from now on" }]);
    client.socket.close();
    await clock.turn(0);
    expect(client.closes).toHaveLength(1);
    const other = listenTo(exchange, clock, "/ws/btcusdt@kline_1m");
    await clock.turn(MINUTE);
    expect(other.frames).toHaveLength(30);
  });

  test("ack-only: a SUBSCRIBE is acknowledged and silent; asked for again it may come", async () => {
    const { exchange, clock } = startFaulty("ack-only@1m");
    const client = listenTo(exchange, clock, "/ws");
    await clock.turn(MINUTE);
    const streams = ["btcusdt@kline_1m", "ethusdt@kline_1m"];
    client.send({ method: "SUBSCRIBE", params: streams, id: 1 });
    await clock.turn(MINUTE);
    client.send({ method: "LIST_SUBSCRIPTIONS", id: 2 });
    await clock.turn(0);
    expect(client.frames).toEqual(['{"result":null,"id":1}', JSON.stringify({ result: streams, id: 2 })]);
    client.send({ method: "UNSUBSCRIBE", params: streams, id: 3 });
    client.send({ method: "SUBSCRIBE", params: streams, id: 4 });
    await clock.turn(MINUTE);
    // Half of the pairs speak at odd seconds, and so once more before their close.
    expect(client.frames.length).toBe(4 + 30 + 31);
    expect(exchange.faults()["ack-only"]).toBe(1);
  });

  test("ack-only: about that share of the streams in a URL, the others as ever", async () => {
    const { exchange, clock } = startFaulty("ack-only=0.3", { symbols: 60 });
    const streams = exchange.symbols.map((symbol) => `${symbol.toLowerCase()}@kline_1m`);
    const client = listenTo(exchange, clock, `/stream?streams=${streams.join("/")}`);
    await clock.turn(MINUTE);
    const heard = new Set(client.frames.map((frame) => JSON.parse(frame).stream));
    expect(60 - heard.size).toBe(exchange.faults()["ack-only"]);
    // 18 of 60 are expected; four standard deviations are 14.
    expect(Math.abs(60 - heard.size - 18)).toBeLessThan(14);
  });

  test("shutdown: told first, raw or combined, and closed some seconds later", async () => {
    const forms = new Set<string>();
    for (let seed = 1; seed <= 12; seed += 1) {
      const { exchange, clock } = startFaulty("shutdown@1m", { seed });
      const combined = listenTo(exchange, clock, "/stream?streams=btcusdt@kline_1m");
      const raw = listenTo(exchange, clock, "/ws/btcusdt@kline_1m");
      await clock.turn(2 * MINUTE);
      const event = { e: "serverShutdown", E: START + MINUTE };
      for (const { frames, closes } of [combined, raw]) {
        const notice = frames.filter((frame) => frame.includes("serverShutdown"));
        expect(notice).toHaveLength(1);
        const told = JSON.parse(notice[0] as string);
        expect(told.data ?? told).toEqual(event);
        forms.add(`${frames === raw.frames ? "raw" : "combined"} ${told.stream ?? "bare"}`);
        expect(closes).toHaveLength(1);
        const later = ((closes[0]?.at ?? 0) - START - MINUTE) / 1_000;
        expect(later).toBeGreaterThanOrEqual(1);
        expect(later).toBeLessThanOrEqual(10);
        expect(closes[0]?.code).toBe(1001);
        // Until then it goes on telling.
        if (later > 3) expect(frames.indexOf(notice[0] as string)).toBeLessThan(frames.length - 1);
      }
    }
    expect([...forms].sort()).toEqual(["combined !serverShutdown", "combined bare", "raw bare"]);
  });

  test("cut-24h: each connection after 24 hours of its own", async () => {
    // A market hour a second.
    const { exchange, clock, story } = startFaulty("cut-24h", { symbols: 1, speed: 3_600 });
    const first = listenTo(exchange, clock, "/ws", true);
    await clock.turn(1_000);
    const second = listenTo(exchange, clock, "/ws");
    await clock.turn(48_000);
    expect(first.closes.map(({ at }) => at)).toEqual([START + 24_000, START + 48_000]);
    expect(second.closes).toEqual([{ at: START + 25_000, code: 1001, reason: "24 hours" }]);
    expect(story.map(({ at }) => at / 3_600)).toEqual([24, 25, 48]);
    expect(exchange.faults()["cut-24h"]).toBe(3);
  });
});
