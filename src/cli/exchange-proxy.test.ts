import { afterAll, describe, expect, test } from "bun:test";
import { type AddressInfo, connect, createServer } from "node:net";
import { createExchange } from "../exchange/mod.ts";
import { systemClock } from "./clock.ts";
import { proxyOf } from "./exchange-proxy.ts";
import { createLog } from "./log.ts";
import { readSettings } from "./read-settings.ts";
import { startVyx } from "./serve.ts";
import { bypassProxyForLoopback } from "./unproxied-loopback.ts";

describe("the proxy of an address", () => {
  const HTTPS = { HTTPS_PROXY: "http://proxy:3128" };
  test.each([
    ["https://api.binance.com", HTTPS, "http://proxy:3128"],
    ["wss://stream.binance.com:9443", HTTPS, "http://proxy:3128"],
    ["http://api.binance.com", HTTPS, undefined],
    ["ws://api.binance.com", { http_proxy: "http://low:1", HTTP_PROXY: "http://up:1" }, "http://low:1"],
    ["wss://stream.binance.com", { ...HTTPS, NO_PROXY: "example.com, binance.com" }, undefined],
    ["wss://stream.binance.com", { ...HTTPS, no_proxy: ".binance.com" }, undefined],
    ["wss://stream.binance.com", { ...HTTPS, NO_PROXY: "stream.binance.com:443" }, "http://proxy:3128"],
    ["wss://stream.binance.com:9443", { ...HTTPS, NO_PROXY: "stream.binance.com:9443" }, undefined],
    ["wss://notbinance.com", { ...HTTPS, NO_PROXY: "binance.com" }, "http://proxy:3128"],
    ["https://api.binance.com", { ...HTTPS, NO_PROXY: "*" }, undefined],
    ["http://[::1]:9090", { HTTP_PROXY: "http://proxy:1", NO_PROXY: "localhost,127.0.0.1,::1" }, undefined],
    ["https://api.binance.com", {}, undefined],
  ] as [string, Record<string, string>, string | undefined][])("%s with %j", (address, environment, url) => {
    expect(proxyOf(address, environment)?.url).toBe(url as string);
  });

  test("one that isn't HTTP is refused, without its password", () => {
    const socks = { HTTPS_PROXY: "socks5://user:secret@proxy:1080" };
    expect(() => proxyOf("wss://stream.binance.com", socks)).toThrow(
      "HTTPS_PROXY is no HTTP proxy but socks5: expected http://host:port, or stream.binance.com in NO_PROXY",
    );
    expect(() => proxyOf("https://api.binance.com", { HTTPS_PROXY: "proxy" })).toThrow("HTTPS_PROXY is no HTTP proxy:");
  });
});

describe("a server behind a proxy", () => {
  const stops: (() => unknown)[] = [];
  afterAll(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
    delete process.env.HTTP_PROXY;
    delete process.env.NO_PROXY;
  });

  test("reaches the exchange through it, REST and streams alike", async () => {
    const exchange = createExchange({ clock: systemClock, port: 0, symbols: ["BTCUSDT"] });
    stops.push(() => exchange.stop());
    const asked: string[] = [];
    const proxy = createServer((client) => {
      client.on("error", () => {});
      client.once("data", (head: Buffer) => {
        const [method = "", target = ""] = head.toString("latin1").split(" ");
        asked.push(`${method} ${new URL(method === "CONNECT" ? `http://${target}` : target).hostname}`);
        const onward = connect(Number(new URL(exchange.url).port), "127.0.0.1", () => {
          if (method === "CONNECT") client.write("HTTP/1.1 200 Connection established\r\n\r\n");
          else onward.write(head);
          client.pipe(onward).pipe(client);
        });
        onward.on("error", () => client.destroy());
        client.on("close", () => onward.destroy());
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    stops.push(() => proxy.close());
    process.env.HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    // As `vyx` does before anything else: this machine is never reached through a proxy.
    bypassProxyForLoopback(process.env);
    const [exchangeRest, exchangeWs] = ["http://exchange.example:8000", "ws://streams.example:8000"];
    const flags = { port: "0", logLevel: "error", symbols: "BTCUSDT", dataDir: "none", exchangeRest, exchangeWs };
    const { settings } = readSettings(flags, {});
    const vyx = await startVyx(settings, createLog("error"));
    stops.push(() => vyx.stop());
    while (!(await fetch(`${vyx.url}/ready`)).ok) await Bun.sleep(20);
    expect(asked.some((one) => one.endsWith(" exchange.example"))).toBe(true);
    expect(asked).toContain("CONNECT streams.example");
  });
});
