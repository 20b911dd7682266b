import { expect, test } from "bun:test";
import { connect } from "node:net";
import { serveMarket } from "../../tests/helpers/served-market.ts";
import { until } from "../../tests/helpers/until.ts";

/** Far more bytes of answers than the system takes for one connection. */
const REQUESTS = 3_000;

test("of a connection whose reader takes nothing no more requests are answered than the system takes the answers of", async () => {
  let answered = 0;
  const market = serveMarket({
    with: {
      onRequest: () => {
        answered += 1;
      },
      requestLinesPerSecond: 1_000_000,
    },
  });
  const { hostname, port } = new URL(market.server.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => {});
  socket.pause();
  const request = "GET /klines/BTCUSDT/1m?limit=300 HTTP/1.1\r\nHost: localhost\r\n\r\n";
  socket.write(request.repeat(REQUESTS));
  let [before, unchanged] = [-1, 0];
  // It has come to rest when nothing more is answered for a second.
  await until(() => {
    unchanged = answered > 0 && answered === before ? unchanged + 1 : 0;
    before = answered;
    return unchanged > 50;
  });
  const unread = answered;
  expect(unread).toBeLessThan(REQUESTS / 2);
  socket.destroy();
  await market.server.stop();
});
