import { afterEach, expect, spyOn, test } from "bun:test";
import { type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { json } from "./answer.ts";
import { route } from "./route.ts";
import { ANSWER_WITHIN_SECONDS, REQUEST_IDLE_SECONDS } from "./server.ts";

let market: ServedMarket;
afterEach(() => market.server.stop());

test.each([
  ["is there", async () => json({}), 200],
  ["failed", async () => await Promise.reject(new Error("a mistake of ours")), 500],
] as const)(
  "a connection may stand still for long until its answer %s, and no longer",
  async (_what, handle, status) => {
    const times: number[] = [];
    const serve = Bun.serve;
    const spy = spyOn(Bun, "serve").mockImplementation(((options: never) => {
      const server = serve(options);
      spyOn(server, "timeout").mockImplementation((_request, seconds) => void times.push(seconds));
      return server;
    }) as never);
    const later = route({
      ...{ method: "GET", path: "/later", says: "", scope: undefined, parameters: {}, answers: {}, handle },
    });
    market = serveMarket({ with: { routes: [later] } });
    spy.mockRestore();
    expect((await market.get("/later")).status).toBe(status);
    expect((await market.get("/closes")).status).toBe(200);
    expect(times).toEqual([ANSWER_WITHIN_SECONDS, REQUEST_IDLE_SECONDS]);
  },
);
