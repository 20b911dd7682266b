import { expect, test } from "bun:test";
import { seededRandom, type UnixMs } from "../core/mod.ts";
import { MarketEpoch } from "./market-epoch.ts";

function epochAt(
  now: number,
  rest: { isFollower?: boolean; inCluster?: () => readonly string[] | undefined } = {},
): MarketEpoch {
  let made = 0;
  // Each epoch is made a minute after the one before.
  const clock = { now: () => (now + 60_000 * made++) as UnixMs };
  return new MarketEpoch({ clock, random: seededRandom(now), isFollower: false, ...rest });
}

test("a real exchange's market is the same on every server", () => {
  const [one, other] = [epochAt(1), epochAt(2)];
  other.renew();
  expect([one.text("binance"), other.text("binance"), other.text("bybit")]).toEqual(["binance", "binance", "bybit"]);
});

test("a simulated market has an id that stays until it is replaced, and that a checkpoint keeps", () => {
  const epoch = epochAt(1_770_000_000_000);
  const text = epoch.text("simulated");
  expect(text).toMatch(/^simulated-[0-9a-z]{14}$/);
  expect(epoch.text("simulated")).toBe(text);
  const restarted = epochAt(1_770_000_060_000);
  restarted.restored(text);
  expect(restarted.text("simulated")).toBe(text);
  restarted.renew();
  expect(restarted.text("simulated")).not.toBe(text);
  const old = epochAt(1_770_000_060_000);
  old.restored(undefined);
  expect(old.text("simulated")).toMatch(/^simulated-/);
});

test("a follower has the epoch of its upstream, once it is known", () => {
  const epoch = epochAt(1, { isFollower: true });
  expect(epoch.text("simulated")).toBeUndefined();
  expect([epoch.told("simulated-a"), epoch.told("simulated-a"), epoch.text("binance")]).toEqual([
    ...[false, false],
    "simulated-a",
  ]);
  expect([epoch.told("simulated-b"), epoch.text("simulated")]).toEqual([true, "simulated-b"]);
});

test("nodes of a cluster agree on the oldest epoch, and keep it when the node that had it first has left", () => {
  const said = new Map<string, string>();
  const others = (own: string) => (): readonly string[] =>
    [...said].filter(([name]) => name !== own).map(([, epoch]) => epoch);
  const nodes = {
    a: epochAt(1_770_000_000_000, { inCluster: others("a") }),
    b: epochAt(1_770_000_000_500, { inCluster: others("b") }),
  };
  const serve = epochAt(1_770_000_001_000, { isFollower: true, inCluster: others("serve") });
  const turn = (): void => {
    for (const [name, node] of Object.entries(nodes)) said.set(name, node.text("simulated") ?? "");
  };
  expect(serve.text("simulated")).toBeUndefined();
  turn();
  turn();
  const oldest = nodes.a.text("simulated");
  expect([nodes.b.text("simulated"), serve.text("simulated")]).toEqual([oldest, oldest]);
  said.delete("a");
  expect([nodes.b.text("simulated"), serve.text("simulated")]).toEqual([oldest, oldest]);
  said.clear();
  expect(serve.text("simulated")).toBe(oldest);
  // The market is replaced: one notices before the other.
  turn();
  nodes.b.renew();
  turn();
  const newer = nodes.b.text("simulated");
  expect([newer === oldest, nodes.a.text("simulated")]).toEqual([false, oldest]);
  nodes.a.renew();
  turn();
  turn();
  expect(nodes.a.text("simulated")).toBe(String(nodes.b.text("simulated")));
  expect([serve.text("simulated") === oldest, nodes.a.text("simulated") === oldest]).toEqual([false, false]);
  // A node of a real exchange has no part in it.
  expect(epochAt(5, { inCluster: () => [String(oldest)] }).text("recorded")).toMatch(/^recorded-/);
});

test("a node of a cluster names nothing before it has looked who is there", () => {
  let others: readonly string[] | undefined;
  const node = epochAt(1_770_000_000_000, { inCluster: () => others });
  expect([node.text("simulated"), node.text("binance")]).toEqual([undefined, "binance"]);
  others = ["simulated-0old"];
  expect(node.text("simulated")).toBe("simulated-0old");
  const restarted = epochAt(1_770_000_000_000, { inCluster: () => undefined });
  restarted.restored("simulated-0old");
  expect(restarted.text("simulated")).toBe("simulated-0old");
});
