import { expect, test } from "bun:test";
import { type MarketSource, seededRandom, type UnixMs } from "../core/mod.ts";
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

/** What a feed says that is connected. */
function of(source: MarketSource, standIn?: string): Parameters<MarketEpoch["text"]>[0] {
  return { source, state: "live", standIn };
}

test("a real exchange's market is the same on every server", () => {
  const [one, other] = [epochAt(1), epochAt(2)];
  other.renew();
  expect([one.text(of("binance")), other.text(of("binance")), other.text(of("bybit"))]).toEqual([
    "binance",
    "binance",
    "bybit",
  ]);
});

test("a simulated market has an id that stays until it is replaced, and that a checkpoint keeps", () => {
  const epoch = epochAt(1_770_000_000_000);
  const text = epoch.text(of("simulated"));
  expect(text).toMatch(/^simulated-[0-9a-z]{14}$/);
  expect(epoch.text(of("simulated"))).toBe(text);
  const restarted = epochAt(1_770_000_060_000);
  restarted.restored(text);
  expect(restarted.text(of("simulated"))).toBe(text);
  restarted.renew();
  expect(restarted.text(of("simulated"))).not.toBe(text);
  const old = epochAt(1_770_000_060_000);
  old.restored(undefined);
  expect(old.text(of("simulated"))).toMatch(/^simulated-/);
});

test("a follower has the epoch of its upstream, once it is known", () => {
  const epoch = epochAt(1, { isFollower: true });
  expect(epoch.text(of("simulated"))).toBeUndefined();
  expect([epoch.told("simulated-a"), epoch.told("simulated-a"), epoch.text(of("binance"))]).toEqual([
    ...[false, false],
    "simulated-a",
  ]);
  expect([epoch.told("simulated-b"), epoch.text(of("simulated"))]).toEqual([true, "simulated-b"]);
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
    for (const [name, node] of Object.entries(nodes)) said.set(name, node.text(of("simulated")) ?? "");
  };
  expect(serve.text(of("simulated"))).toBeUndefined();
  turn();
  turn();
  const oldest = nodes.a.text(of("simulated"));
  expect([nodes.b.text(of("simulated")), serve.text(of("simulated"))]).toEqual([oldest, oldest]);
  said.delete("a");
  expect([nodes.b.text(of("simulated")), serve.text(of("simulated"))]).toEqual([oldest, oldest]);
  said.clear();
  expect(serve.text(of("simulated"))).toBe(oldest);
  // The market is replaced: one notices before the other.
  turn();
  nodes.b.renew();
  turn();
  const newer = nodes.b.text(of("simulated"));
  expect([newer === oldest, nodes.a.text(of("simulated"))]).toEqual([false, oldest]);
  nodes.a.renew();
  turn();
  turn();
  expect(nodes.a.text(of("simulated"))).toBe(String(nodes.b.text(of("simulated"))));
  expect([serve.text(of("simulated")) === oldest, nodes.a.text(of("simulated")) === oldest]).toEqual([false, false]);
  // A node of a real exchange has no part in it.
  expect(epochAt(5, { inCluster: () => [String(oldest)] }).text(of("recorded"))).toMatch(/^recorded-/);
});

test("a node of a cluster names nothing before it has looked who is there", () => {
  let others: readonly string[] | undefined;
  const node = epochAt(1_770_000_000_000, { inCluster: () => others });
  expect([node.text(of("simulated")), node.text(of("binance"))]).toEqual([undefined, "binance"]);
  others = ["simulated-0old"];
  expect(node.text(of("simulated"))).toBe("simulated-0old");
  const restarted = epochAt(1_770_000_000_000, { inCluster: () => undefined });
  restarted.restored("simulated-0old");
  expect(restarted.text(of("simulated"))).toBe("simulated-0old");
});

test("servers of one stand-in say its name, from its first answer on, and keep what they restored while the market is the same", () => {
  const [one, other] = [epochAt(1_770_000_000_000), epochAt(1_770_000_000_500)];
  expect(one.text({ source: "simulated", state: "connecting" })).toBeUndefined();
  expect([one, other].map((epoch) => epoch.text(of("simulated", "abc")))).toEqual(["simulated-abc", "simulated-abc"]);
  // It was started anew: as long as nothing shows that its market is another one, nothing changes.
  expect(one.text(of("simulated", "def"))).toBe("simulated-abc");
  one.renew();
  expect(one.text(of("simulated", "def"))).toBe("simulated-def");
  // One that says the same name for another market isn't believed.
  other.renew();
  expect(other.text(of("simulated", "abc"))).toMatch(/^simulated-[0-9a-z]{14}$/);
});
