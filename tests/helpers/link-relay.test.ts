import { afterEach, describe, expect, test } from "bun:test";
import { LinkRelay } from "./link-relay.ts";
import { until } from "./until.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A server that sends back what it gets, a relay to it, and a client of the relay: what came back, and when. */
async function start(): Promise<{
  relay: LinkRelay;
  send(text: string): void;
  came: () => string;
  isClosed: () => boolean;
}> {
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket, bytes) => void socket.write(bytes) },
  });
  stops.push(() => server.stop(true));
  const relay = await LinkRelay.start(server.port);
  stops.push(() => relay.stop());
  let [text, isClosed] = ["", false];
  const client = await Bun.connect({
    hostname: "127.0.0.1",
    port: relay.port,
    socket: {
      data: (_, bytes) => {
        text += bytes.toString();
      },
      close: () => {
        isClosed = true;
      },
    },
  });
  stops.push(() => client.terminate());
  return { relay, send: (one) => void client.write(one), came: () => text, isClosed: () => isClosed };
}

describe("a link", () => {
  test("passes all in its order; cut, it holds what is sent, and brings it once it is healed", async () => {
    const { relay, send, came, isClosed } = await start();
    send("a");
    await until(() => came() === "a");
    relay.cut();
    send("b");
    await Bun.sleep(50);
    send("c");
    await Bun.sleep(50);
    expect([came(), isClosed()]).toEqual(["a", false]);
    relay.heal();
    await until(() => came() === "abc");
  });

  test("may stall one way", async () => {
    const { relay, send, came } = await start();
    for (const way of ["up", "down"] as const) {
      const before = came();
      relay.cut(way);
      send("x");
      await Bun.sleep(50);
      expect(came()).toBe(before);
      relay.heal();
      await until(() => came() === `${before}x`);
    }
  });

  test("may be late by a time each way, and take so many bytes a second", async () => {
    const { relay, send, came } = await start();
    relay.slow({ delayMs: 100, bytesPerSecond: 1e9 });
    let begun = performance.now();
    send("a");
    await until(() => came() === "a");
    expect(performance.now() - begun).toBeGreaterThanOrEqual(195);
    relay.slow({ delayMs: 0, bytesPerSecond: 10_000 });
    begun = performance.now();
    send("b".repeat(4_000));
    await until(() => came().length === 4_001);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(390);
  });

  test("that is cut keeps an end from the other side, too", async () => {
    const { relay, isClosed, send, came } = await start();
    send("a");
    await until(() => came() === "a");
    relay.cut("down");
    // The server ends.
    await stops.shift()?.();
    await Bun.sleep(50);
    expect(isClosed()).toBe(false);
    relay.heal();
    await until(() => isClosed());
  });
});
