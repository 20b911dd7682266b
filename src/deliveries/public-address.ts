import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * Whether an IP address is one of the public internet. Private, loopback, link-local, shared, multicast and reserved ones aren't, in whatever
 * form they are written: `::ffff:10.0.0.1` and `64:ff9b::a00:1` are 10.0.0.1, too. False for what isn't an address.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  return ipaddr.process(address).range() === "unicast";
}
