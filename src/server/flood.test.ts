import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { keyAccess } from "../../tests/helpers/keys.ts";
import { type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { until } from "../../tests/helpers/until.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { MAX_REFUSALS_IN_A_ROW } from "./pipeline.ts";
import { parseRate } from "./rate.ts";

const RATE = 10;

const statuses: number[] = [];
let market: ServedMarket;
beforeAll(() => {
  market = serveMarket({
    with: {
      access: keyAccess(new KeyRing([]), { addressRate: parseRate(`${RATE}/h`) }),
      onRequest: ({ status }) => statuses.push(status),
      requestLinesPerSecond: 1_000_000,
    },
  });
});
afterAll(() => market?.server.stop());

test("thousands of requests on one connection end with the connection, once the caller's rate is long used up", async () => {
  const { hostname, port } = new URL(market.server.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.resume();
  socket.on("error", () => {});
  socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(4_000));
  await new Promise((resolve) => socket.on("close", resolve));
  expect(statuses).toEqual([...Array(RATE).fill(200), ...Array(MAX_REFUSALS_IN_A_ROW + 1).fill(429)]);
});

describe("requests that are sent on one connection without waiting for answers", () => {
  /** How many of 200 are answered where each takes so long, in milliseconds, and whether the connection is still open then. */
  async function answered(msEach: number): Promise<{ answers: number; isOpen: boolean }> {
    let at = 0;
    const served = serveMarket({
      with: {
        // Twice a request: when it comes, and when it is answered.
        stopwatch: () => {
          at += msEach / 2;
          return at;
        },
      },
    });
    const { hostname, port } = new URL(served.server.url);
    const socket = connect({ host: hostname, port: Number(port) });
    let [text, isOpen] = ["", true];
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      isOpen = false;
    });
    socket.write("GET /closes HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200));
    const count = (): number => text.split("HTTP/1.1 200").length - 1;
    await until(() => !isOpen || count() === 200);
    await served.server.stop();
    return { answers: count(), isOpen };
  }

  test("end with the connection where they hold up the event loop, and not where they don't", async () => {
    expect(await answered(0)).toEqual({ answers: 200, isOpen: true });
    const { answers, isOpen } = await answered(2);
    expect(isOpen).toBe(false);
    expect(answers).toBeLessThan(6);
  });
});
