import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CAUSES, kitAlerts, missing, UNCAUSED } from "./causes.ts";
import { type Drilled, drill } from "./drill.ts";
import { ALERTMANAGER, Monitoring, PROMETHEUS } from "./monitoring.ts";
import { scaledRules } from "./scaled-rules.ts";

/** At this factor alerts that hold for half a minute take two seconds. */
const FACTOR = 15;

/** Alerts that fire and clear soon, from the exchange, the server and the database. `npm run alarms` causes all of them. */
const SHORT = ["VyxDown", "VyxFeedStale", "VyxDatabaseDown"];

/** A drill that takes longer is over, in milliseconds: less than the runner's limit for a test, so that it says what it saw. */
const WITHIN_MS = 80_000;

test("every alert of the kit has a cause, or a reason why it has none", () => {
  const caused = CAUSES.map(({ alert }) => alert);
  expect([...caused, ...Object.keys(UNCAUSED)].toSorted()).toEqual(kitAlerts().toSorted());
});

test("rules are scaled in all of their times, and in the limits that say so", () => {
  const limits = ["checkpoint_age", "database_maintenance_age"].map((name) => `vyx_${name}_seconds > 600`);
  const others = [
    "vyx_trader_backlog_seconds > 30",
    "vyx_database_bytes > 4e9",
    'vyx_memory_bytes{kind!="cgroup"}) > 1.5e9',
  ];
  const rule =
    "      - alert: VyxEventLoopLate\n        expr: rate(a[5m])\n        for: 1m\n        keep_firing_for: 30s\n";
  const scaled = scaledRules(rule + [...limits, ...others].join("\n"), 10);
  expect(scaled).toContain("rate(a[30000ms])\n        for: 20s\n        keep_firing_for: 3000ms\n");
  expect(scaled).toContain("vyx_checkpoint_age_seconds > 60\n");
  expect(() => scaledRules(rule, 10)).toThrow("the rules have no vyx_checkpoint_age_seconds > 600 any more");
});

describe.skipIf(PROMETHEUS === null || ALERTMANAGER === null)("the kit's alerts on a real server", () => {
  let monitoring: Monitoring;
  /** All at once, each on a server of its own: most of a drill is waiting. */
  const drills = new Map<string, Promise<Drilled>>();
  beforeAll(async () => {
    monitoring = await Monitoring.start(FACTOR);
    for (const cause of CAUSES) {
      const isRunnable = SHORT.includes(cause.alert) && missing(cause.alert) === undefined;
      if (isRunnable) drills.set(cause.alert, drill(cause, monitoring, WITHIN_MS));
    }
  });
  afterAll(async () => {
    await Promise.all(drills.values());
    await monitoring?.stop();
  });

  for (const alert of SHORT) {
    test.skipIf(missing(alert) !== undefined)(
      `${alert} is fired by its cause, a person is notified, and it ends`,
      async () => {
        expect(await drills.get(alert)).toMatchObject({
          isNotified: true,
          firesSeconds: expect.any(Number),
          clearsSeconds: expect.any(Number),
        });
      },
    );
  }
});
