import { afterAll, beforeAll, expect, test } from "bun:test";
import { type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { until } from "../../tests/helpers/until.ts";
import type { RequestLine } from "./request-log.ts";
import { route } from "./route.ts";

const lines: RequestLine[] = [];
let begun = 0;
let market: ServedMarket;
beforeAll(() => {
  market = serveMarket({
    with: {
      onRequest: (line) => lines.push(line),
      routes: [
        route({
          method: "POST",
          path: "/slow",
          says: "Fails as a handler of another room does whose client is gone",
          scope: undefined,
          parameters: {},
          answers: {},
          handle: async ({ request }) => {
            begun += 1;
            await until(() => request.signal.aborted);
            throw new Error("the connection was closed");
          },
        }),
      ],
    },
  });
});
afterAll(() => market?.server.stop());

test("what fails because its client is gone is no fault of the server's", async () => {
  const client = new AbortController();
  const asked = fetch(`${market.server.url}/slow`, { method: "POST", signal: client.signal }).catch(() => {});
  await until(() => begun === 1);
  client.abort();
  await asked;
  await until(() => lines.length === 1);
  expect(lines).toMatchObject([{ route: "POST /slow", status: 499 }]);
  expect(market.errors).toEqual([]);
});
