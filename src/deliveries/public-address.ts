import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** Where addresses of the public internet are, among those of IPv6. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Whether an IP address is one of the public internet. Private, loopback, link-local, shared, multicast and reserved ones aren't, in whatever
 * form they are written: `::ffff:10.0.0.1`, `::a00:1` and `64:ff9b::a00:1` are 10.0.0.1, too. False for what isn't an address.
 */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0) return false;
  const address = ipaddr.process(text);
  const isGlobal = !(address instanceof ipaddr.IPv6) || address.match(GLOBAL_UNICAST);
  return isGlobal && address.range() === "unicast";
}
