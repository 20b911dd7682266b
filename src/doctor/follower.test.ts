import { afterEach, expect, test } from "bun:test";
import { type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import type { UnixMs } from "../core/mod.ts";
import { type Deployment, examine } from "./mod.ts";

let served: ServedMarket;
afterEach(() => served.server.stop());

test("a follower without data is told of its upstream, and not of an exchange that it never asks", async () => {
  served = serveMarket({ with: { followed: { host: "10.0.0.5:8080", path: () => ["up"] } } });
  const { clock, feed, server } = served;
  feed.lastEventAt = (clock.now() - 75_000) as UnixMs;
  const deployment: Deployment = {
    ...{ url: new URL(server.url), apiKey: undefined, functionsUrl: undefined, serviceKey: undefined },
    ...{ origins: [], source: "recorded", isPublic: false, authorities: undefined, clock, build: undefined },
  };
  const [lag] = await examine(deployment, ["lag"]);
  expect(lag).toMatchObject({
    ...{ state: "wrong", found: "no data from the upstream for 75 s; the feed is live with 1 connection" },
    expected:
      "data every second: check with `vyx doctor` whether the upstream is well; if it is, check the network between the two servers: docs/runbook.md#vyxfeedstale",
  });
});
