import { afterEach, expect, test } from "bun:test";
import { type Announcement, SignalAlerts } from "./signal-alerts.ts";
import type { SignalFeed } from "./signal-feed.ts";

const before = globalThis.Notification;

afterEach(() => {
  globalThis.Notification = before;
});

test("signals within two seconds are counted in the next notification, and don't keep a price alert from one", () => {
  const shown: string[] = [];
  globalThis.Notification = class {
    static permission = "granted";
    constructor(title: string, { body }: NotificationOptions) {
      shown.push(`${title}: ${body}`);
    }
  } as never;
  let now = 0;
  const alerts = new SignalAlerts({
    feed: { listen: () => () => {} } as Pick<SignalFeed, "listen">,
    traders: { get: () => undefined } as never,
    storage: {
      getItem: (name) => (name === "vyx.notifications" ? "on" : null),
      setItem: () => {},
      removeItem: () => {},
    },
    now: () => now,
  });
  const announce = (title: string, tag: Announcement["tag"]): void =>
    alerts.announce({ title, body: "x", hash: "#", tag });
  announce("A", "vyx-signal");
  announce("B", "vyx-signal");
  announce("C", "vyx-alert");
  now = 2_000;
  announce("D", "vyx-signal");
  announce("E", "vyx-alert");
  expect(shown).toEqual(["A: x", "C: x", "D: x (and 1 earlier)", "E: x"]);
});
