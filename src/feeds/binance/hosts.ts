import { isOnHost } from "../addresses.ts";

const HOSTS = ["binance.com", "binance.vision", "binance.us"];

/** Whether an address is one of Binance's. */
export function isBinance(address: string): boolean {
  return isOnHost(address, HOSTS);
}
