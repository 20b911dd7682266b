import { connect } from "node:net";
import type { Aim } from "./aim.ts";
import { headersOf } from "./keys.ts";
import { ended, lanes, note, type Outcomes } from "./lanes.ts";

/** Requests for a kline of each series, hundreds on one connection without waiting for an answer, again and again. */
export async function pipelined({ url, key, until }: Aim, paths: readonly string[]): Promise<Outcomes> {
  const { hostname, port } = new URL(url);
  const outcomes: Outcomes = {};
  await lanes(2, until, async () => {
    const socket = connect({ host: hostname, port: Number(port) });
    const requests = Array.from({ length: 300 }, (_, index) => {
      return `GET ${paths[index % paths.length]} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${key}\r\n\r\n`;
    });
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      for (const [, status] of bytes.toString("latin1").matchAll(/HTTP\/1\.1 (\d+)/g)) note(outcomes, String(status));
    });
    socket.write(requests.join(""));
    await Promise.race([new Promise((resolve) => socket.on("close", resolve)), ended(until), Bun.sleep(5_000)]);
    socket.destroy();
    await Promise.race([Bun.sleep(50), ended(until)]);
    return "connection";
  });
  return outcomes;
}

/** Bodies with as many wrong items as they hold, to each route that reads one. */
export async function wrongBodies(aim: Aim): Promise<Outcomes> {
  const items = (bytes: number): number[] => Array(Math.floor(bytes / 2) - 100).fill(1);
  const bodies = [
    ["/functions/v1/traders", JSON.stringify({ timeframes: items(130_000) })],
    ["/screen", JSON.stringify({ code: "return true;", timeframes: items(65_000) })],
    ["/screen", JSON.stringify({ code: "return true;", timeframes: ["1m"], symbols: Array(8_000).fill("!") })],
  ] as const;
  return await lanes(16, aim.until, async (turn) => {
    const [path, body] = bodies[turn % bodies.length] as (typeof bodies)[number];
    const response = await fetch(aim.url + path, {
      method: "POST",
      headers: headersOf(aim.key),
      body,
      signal: aim.until,
    });
    await response.arrayBuffer();
    if (response.status === 429) await Promise.race([Bun.sleep(100), ended(aim.until)]);
    return String(response.status);
  });
}
