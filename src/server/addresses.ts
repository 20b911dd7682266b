import { BlockList, isIP } from "node:net";
import { InvalidInput } from "../core/mod.ts";

/** Headers in which a proxy names the client, as settings name them. */
export const PROXY_HEADERS = ["x-forwarded-for", "fly-client-ip"] as const;

/** One of {@link PROXY_HEADERS}. */
export type ProxyHeader = (typeof PROXY_HEADERS)[number];

/** The most hops of a forwarding header that are looked at, from the near end. */
const MAX_HOPS = 32;

/** Addresses and networks, for example of the proxies whose word about a caller's address is believed. */
export interface AddressList {
  readonly isEmpty: boolean;
  has(address: string): boolean;
}

/** Reads a list of addresses and networks such as 10.0.0.0/8,fd00::/8,127.0.0.1. Throws InvalidInput. */
export function parseAddressList(text: string): AddressList {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  const list = new BlockList();
  for (const name of names) {
    const [address = "", bits, ...rest] = name.split("/");
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    if (family === 0 || rest.length > 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most))) {
      throw new InvalidInput(`"${name}" is not an address or network: expected for example 127.0.0.1 or 10.0.0.0/8`);
    }
    list.addSubnet(address, bits === undefined ? most : Number(bits), family === 4 ? "ipv4" : "ipv6");
  }
  return {
    isEmpty: names.length === 0,
    has: (address) => names.length > 0 && list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4"),
  };
}

/**
 * The address that a request really comes from. A forwarding header counts only when the peer is a trusted proxy; of
 * several hops the nearest that isn't a trusted proxy itself is the one: what stands further left, anyone can write.
 */
export function clientAddress(
  peer: string,
  headers: Headers,
  trusted: AddressList,
  believed: readonly ProxyHeader[],
): string {
  const near = plainAddress(peer);
  if (trusted.isEmpty || !trusted.has(near)) return near;
  for (const name of believed) {
    const told = headers.get(name);
    if (told === null) continue;
    return nearestUntrusted(told, trusted) ?? near;
  }
  return near;
}

/** What shares one bucket: an IPv4 address, or the /64 network that one IPv6 customer has all of. */
export function addressGroup(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  if (tail === undefined) return left.slice(0, 4).join(":");
  const right = tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  return [...left, ...zeros, ...right].slice(0, 4).join(":");
}

/** Whether only this machine can reach a server that listens there. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Whether a Host header names this machine, with or without a port. Nobody's DNS decides where names in .localhost lead. */
export function isOwnName(host: string): boolean {
  const [, bracketed, plain = ""] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(host.toLowerCase()) ?? [];
  return isLoopback(bracketed ?? plain) || plain.endsWith(".localhost");
}

function nearestUntrusted(told: string, trusted: AddressList): string | undefined {
  const hops = told.split(",").slice(-MAX_HOPS).reverse();
  let last: string | undefined;
  for (const hop of hops) {
    const address = plainAddress(hop.trim().replace(/^\[(.*)\](?::\d+)?$/, "$1"));
    const withoutPort = isIP(address) === 0 ? address.replace(/:\d+$/, "") : address;
    // What no address is, no proxy of ours has written: everything left of it is as good as unsaid.
    if (isIP(withoutPort) === 0) return last;
    last = withoutPort;
    if (!trusted.has(withoutPort)) return withoutPort;
  }
  return last;
}

/** IPv4 in IPv6's clothes is IPv4; a zone has no meaning elsewhere; letters are small. */
function plainAddress(address: string): string {
  const bare = address.toLowerCase().split("%")[0] ?? "";
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1] ?? bare;
}
