import { afterAll, describe, expect, test } from "bun:test";
import { MainClient, WebsocketClient } from "binance";
import { systemClock } from "../../src/cli/clock.ts";
import { createExchange } from "../../src/exchange/mod.ts";

/** A client from npm that knows nothing of us, as it comes. */
describe("an unmodified Binance client", () => {
  const exchange = createExchange({ port: 0, clock: systemClock, speed: 60, symbols: 5 });
  const rest = new MainClient({ baseUrl: exchange.url });
  afterAll(() => exchange.stop());

  test("lists symbols", async () => {
    const info = await rest.getExchangeInfo();
    expect(info.symbols.map(({ symbol }) => symbol)).toEqual([...exchange.symbols]);
  });

  test("reads klines", async () => {
    const rows = await rest.getKlines({ symbol: "BTCUSDT", interval: "1m", limit: 10 });
    const truth = exchange.truth("BTCUSDT", Number(rows[0]?.[0]), Number(rows[8]?.[0]));
    expect(rows.slice(0, 9).map((row) => [row[0], Number(row[4]), Number(row[5]), row[8]])).toEqual(
      truth.map(({ openTime, close, volume, trades }) => [openTime, close, volume, trades]),
    );
  });

  test("is told of a symbol that doesn't exist", async () => {
    await expect(rest.getKlines({ symbol: "NOPE", interval: "1m" })).rejects.toMatchObject({ code: -1121 });
  });

  test("reads a kline stream up to the close", async () => {
    const quiet = { trace: () => {}, info: () => {}, error: console.error };
    const client = new WebsocketClient({ wsUrl: `${exchange.url.replace("http", "ws")}/ws`, beautify: true }, quiet);
    const closed = new Promise<{ symbol: string; kline: Record<string, number | boolean> }>((resolve) => {
      client.on("formattedMessage", (message: unknown) => {
        const event = message as { eventType: string; symbol: string; kline: Record<string, number | boolean> };
        if (event.eventType === "kline" && event.kline.final) resolve(event);
      });
    });
    await client.subscribe("btcusdt@kline_1m", "main");
    const { symbol, kline } = await closed;
    const [truth] = exchange.truth("BTCUSDT", Number(kline.startTime), Number(kline.startTime));
    expect(symbol).toBe("BTCUSDT");
    expect(kline).toMatchObject({
      close: truth?.close as number,
      volume: truth?.volume as number,
      trades: truth?.trades as number,
    });
    client.closeAll(true);
  });
});
