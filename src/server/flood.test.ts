import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { keyAccess } from "../../tests/helpers/keys.ts";
import { type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { MAX_REFUSALS_IN_A_ROW } from "./pipeline.ts";
import { parseRate } from "./rate.ts";

const RATE = 10;

const statuses: number[] = [];
let market: ServedMarket;
beforeAll(() => {
  market = serveMarket({
    with: {
      access: keyAccess(new KeyRing([], 0), { addressRate: parseRate(`${RATE}/h`) }),
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
