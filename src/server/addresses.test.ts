import { describe, expect, test } from "bun:test";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { Access } from "./access.ts";
import { addressGroup, clientAddress, PROXY_HEADERS, parseAddressList } from "./addresses.ts";
import { CACHES } from "./caches.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { parseRate } from "./rate.ts";

const believed = PROXY_HEADERS;
const trusted = parseAddressList("10.0.0.0/8, 127.0.0.1, fd00::/8");
const address = (peer: string, headers: Record<string, string>): string =>
  clientAddress(peer, new Headers(headers), trusted, believed);

describe("a caller's address", () => {
  test("is the peer's, whatever headers say, unless the peer is a trusted proxy", () => {
    expect(address("203.0.113.9", { "x-forwarded-for": "1.1.1.1", "fly-client-ip": "2.2.2.2" })).toBe("203.0.113.9");
    expect(
      clientAddress("127.0.0.1", new Headers({ "x-forwarded-for": "1.1.1.1" }), parseAddressList(""), believed),
    ).toBe("127.0.0.1");
  });

  test("is the nearest that isn't a proxy of ours: what stands further left anyone can write", () => {
    expect(address("10.1.2.3", { "x-forwarded-for": "6.6.6.6, 203.0.113.9, 10.9.9.9" })).toBe("203.0.113.9");
    expect(address("::ffff:10.1.2.3", { "x-forwarded-for": "203.0.113.9" })).toBe("203.0.113.9");
    expect(address("10.1.2.3", { "x-forwarded-for": "203.0.113.9:4711" })).toBe("203.0.113.9");
    expect(address("10.1.2.3", { "x-forwarded-for": "[2001:db8::1]:4711" })).toBe("2001:db8::1");
    expect(address("fd00::1", { "x-forwarded-for": "2001:DB8::1" })).toBe("2001:db8::1");
    expect(address("10.1.2.3", { "x-forwarded-for": "6.6.6.6, nonsense, 10.9.9.9" })).toBe("10.9.9.9");
    expect(address("10.1.2.3", { "x-forwarded-for": "nonsense" })).toBe("10.1.2.3");
    expect(address("10.1.2.3", {})).toBe("10.1.2.3");
  });

  test("comes from the first header that is there, of those that are believed", () => {
    expect(address("10.1.2.3", { "fly-client-ip": "203.0.113.9" })).toBe("203.0.113.9");
    const both = { "x-forwarded-for": "203.0.113.9", "fly-client-ip": "6.6.6.6" };
    expect(address("10.1.2.3", both)).toBe("203.0.113.9");
    expect(clientAddress("10.1.2.3", new Headers(both), trusted, ["fly-client-ip"])).toBe("6.6.6.6");
  });

  test("of IPv6 shares a bucket with its /64, which one customer has all of", () => {
    expect(addressGroup("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2");
    expect(addressGroup("2001:db8:1:2::9")).toBe("2001:db8:1:2");
    expect(addressGroup("2001:db8::1")).toBe("2001:db8:0:0");
    expect(addressGroup("::1")).toBe("0:0:0:0");
    expect(addressGroup("203.0.113.9")).toBe("203.0.113.9");
  });

  test.each(["10.0.0.0/33", "10.0.0/8", "::/129", "proxy.example", "10.0.0.0/8/8"])("%s is no network", (text) => {
    expect(() => parseAddressList(text)).toThrow("is not an address or network: expected for example");
  });
});

describe("100,000 addresses", () => {
  const access = (proxies: string): Access =>
    new Access(
      keyAccess(new KeyRing([keyRecord("k")]), {
        addressRate: parseRate("10/min"),
        trustedProxies: parseAddressList(proxies),
      }),
      () => 0,
    );
  const spoofed = (index: number): Headers =>
    new Headers({ "x-forwarded-for": `${(index >> 16) + 1}.${(index >> 8) & 255}.${index & 255}.7` });

  test("made up by one stranger are one bucket: its own", () => {
    const doors = access("");
    let allowed = 0;
    for (let index = 0; index < 100_000; index += 1) {
      if (doors.stranger("203.0.113.9", spoofed(index)).bucket.take(1, 0)) allowed += 1;
    }
    expect([allowed, doors.addresses]).toEqual([10, 1]);
  });

  test("told by a trusted proxy are each limited on its own, in a table that stays bounded", () => {
    const doors = access("10.0.0.0/8");
    const before = process.memoryUsage().heapUsed;
    const allowed = [0, 0, 0];
    for (let index = 0; index < 100_000; index += 1) {
      const headers = spoofed(index);
      for (let ask = 0; ask < 3; ask += 1) {
        if (doors.stranger("10.0.0.1", headers).bucket.take(4, 0)) allowed[ask] = (allowed[ask] ?? 0) + 1;
      }
    }
    expect(allowed).toEqual([100_000, 100_000, 0]);
    expect(doors.addresses).toBeGreaterThan(10_000);
    expect(doors.addresses).toBeLessThan(30_000);
    Bun.gc(true);
    const grown = process.memoryUsage().heapUsed - before;
    expect(grown).toBeLessThan(2 * CACHES.addresses.maxBytes);
  });

  test("don't push out one that has sockets open", () => {
    const doors = access("10.0.0.0/8");
    const connected = doors.stranger("203.0.113.9", new Headers());
    connected.sockets = 1;
    for (let index = 0; index < 50_000; index += 1) doors.stranger("10.0.0.1", spoofed(index));
    expect(doors.stranger("203.0.113.9", new Headers())).toBe(connected);
  });
});
